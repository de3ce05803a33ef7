"""Small drawings the server makes, so that the first page needs no chart library."""

from collections.abc import Iterable, Sequence
from itertools import groupby

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext

from toancanh.screens.templatetags.numbers import Number, number

_WIDTH, _HEIGHT, _MARGIN = 100.0, 32.0, 3.0


def _runs(values: Sequence[Number | None], break_at: int | None) -> list[list[tuple[int, float]]]:
    """The unbroken stretches of the line: cut where a value is missing and where its meaning changes."""
    points = [(i, float(value)) for i, value in enumerate(values) if value is not None]
    keyed = groupby(
        enumerate(points), lambda pair: (pair[1][0] - pair[0], break_at is not None and pair[1][0] >= break_at)
    )
    return [[point for _, point in run] for _, run in keyed]


def sparkline(
    values: Iterable[Number | None], label: str = "", target: Number | str | None = None, break_at: int | None = None
) -> SafeString:
    """A line of the values; None is a gap. `break_at` is the index of the first value counted in a new way.

    A target that the template did not find arrives as "" and is none.
    """
    series = list(values)
    known = [float(value) for value in series if value is not None]
    if not known:
        return SafeString("")
    goal = [] if target in (None, "") else [float(target)]
    low, high = min(known + goal), max(known + goal)

    def x(i: float) -> float:
        return round(i * _WIDTH / max(len(series) - 1, 1), 2)

    def y(value: float) -> float:
        if high == low:
            return _HEIGHT / 2
        return round(_HEIGHT - _MARGIN - (value - low) / (high - low) * (_HEIGHT - 2 * _MARGIN), 2)

    lines = []
    for run in _runs(series, break_at):
        steps = " ".join(f"{x(i)},{y(value)}" for i, value in run)
        # A stroke of no length with round ends is a dot that keeps its shape when the drawing is stretched.
        lines.append(("spark-lone" if len(run) == 1 else "", f"M{steps}h0" if len(run) == 1 else f"M{steps}"))
    last = max(i for i, value in enumerate(series) if value is not None)
    lines.append(("spark-dot", f"M{x(last)},{y(known[-1])}h0"))
    if goal:
        lines.insert(0, ("spark-target", f"M0,{y(goal[0])}H{_WIDTH:g}"))
    if break_at is not None and 0 < break_at < len(series):
        lines.insert(0, ("spark-break", f"M{x(break_at - 0.5)},0V{_HEIGHT:g}"))
    text = label or gettext("Từ %(first)s đến %(last)s, thấp nhất %(low)s, cao nhất %(high)s") % {
        "first": number(known[0]),
        "last": number(known[-1]),
        "low": number(min(known)),
        "high": number(max(known)),
    }
    return format_html(
        '<svg class="spark" viewBox="0 0 100 32" preserveAspectRatio="none" role="img" aria-label="{}">{}</svg>',
        text,
        format_html_join("", '<path class="{}" d="{}"/>', lines),
    )


def _portion(value: Number | None, maximum: Number) -> float:
    if value is None or not maximum:
        return 0.0
    return round(min(max(float(value) / float(maximum), 0.0), 1.0) * 100, 2)


def bar(value: Number | None, maximum: Number, label: str = "", status: str = "") -> SafeString:
    """A bar from 0 to `maximum`; beside a number it is decoration, with a label it speaks."""
    spoken = format_html('role="img" aria-label="{}"', label) if label else SafeString('aria-hidden="true"')
    return format_html(
        '<svg class="bar is-{}" {}><rect class="bar-track" width="100%" height="100%"/>'
        '<rect class="bar-fill" width="{}%" height="100%"/></svg>',
        status or ("stale" if value is None else "plain"),
        spoken,
        _portion(value, maximum),
    )


def target_bar(
    value: Number | None, target: Number, maximum: Number | None = None, status: str = "", label: str = ""
) -> SafeString:
    """A bar with a mark at the target. Without `maximum` the longer of the two fills four fifths of it."""
    top = maximum or max(float(value or 0), float(target)) * 1.25 or 1
    text = label or gettext("%(value)s so với mục tiêu %(target)s") % {"value": number(value), "target": number(target)}
    return format_html(
        '<svg class="bar is-{}" role="img" aria-label="{}"><rect class="bar-track" width="100%" height="100%"/>'
        '<rect class="bar-fill" width="{}%" height="100%"/>'
        '<rect class="bar-target" x="{}%" y="-40%" width="2" height="180%"/></svg>',
        status or "plain",
        text,
        _portion(value, top),
        _portion(target, top),
    )


def stacked_bar(items: Sequence[dict[str, object]], total: Number, label: str = "") -> SafeString:
    """The parts of a whole side by side; an item has `value` and, where it is a judgement, `status`."""
    rects, start = [], 0.0
    for index, item in enumerate(items):
        width = _portion(item["value"], total)  # type: ignore[arg-type]
        rects.append((item.get("status") or min(index, 5), start, width))
        start += width
    return format_html(
        '<svg role="img" aria-label="{}">{}</svg>',
        label,
        format_html_join("", '<rect class="tone-{}" x="{}%" width="{}%" height="100%"/>', rects),
    )
