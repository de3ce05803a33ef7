"""The strip of a source's days: a bar for each, told apart by shape as well as by colour; and the same in words."""

from collections.abc import Sequence
from itertools import groupby

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from toancanh.screens.templatetags.numbers import number
from toancanh.screens.templatetags.times import day as written
from toancanh.sources.beats import Day, State

WORDS = {
    State.GOOD: gettext_lazy("tốt"),
    State.FAILING: gettext_lazy("có lần hỏng"),
    State.REJECTED: gettext_lazy("bị loại nhiều"),
    State.SILENT: gettext_lazy("im lặng quá cam kết"),
    State.REST: gettext_lazy("không hẹn gì"),
    State.NONE: gettext_lazy("chưa có nguồn"),
}
# Whole; with a gap; in slices; hollow; low; a dot.
_SHAPES = {
    State.GOOD: "M1 2h8v28h-8z",
    State.FAILING: "M1 2h8v9h-8zM1 16h8v14h-8z",
    State.REJECTED: "M1 2h8v4h-8zM1 10h8v4h-8zM1 18h8v4h-8zM1 26h8v4h-8z",
    State.SILENT: "M1 2h8v28h-8zM3 5v22h4v-22z",
    State.REST: "M1 25h8v5h-8z",
    State.NONE: "M4 27h2v3h-2z",
}


def beat_words(state: State | str) -> str:
    """The state of a day in words."""
    return str(WORDS[State(state)])


def beat_title(beat: Day) -> str:
    """All that is known of a day, in one sentence."""
    head = f"{written(beat.day)}: {beat_words(beat.state)}"
    if beat.state in (State.REST, State.NONE):
        return head
    return (
        head
        + " · "
        + _("{looks} lần hỏi, {failures} lần hỏng · đọc {read} dòng, loại {rejected} · im lặng {silent} phút").format(
            **{name: number(getattr(beat, name)) for name in ("looks", "failures", "read", "rejected", "silent")}
        )
    )


def beat_runs(days: Sequence[Day]) -> list[str]:
    """The strip for the ear: days of one state together, what was wrong in full."""
    told = []
    for state, group in groupby(days, key=lambda each: each.state):
        run = list(group)
        if state in (State.FAILING, State.REJECTED, State.SILENT):
            told += [beat_title(each) for each in run]
        else:
            span = written(run[0].day) if len(run) == 1 else f"{written(run[0].day)}–{written(run[-1].day)}"
            told.append(f"{span}: {beat_words(state)}")
    return told


def heartbeat(days: Sequence[Day]) -> SafeString:
    """The strip as a drawing that stretches; what it says is told beside it, in words."""
    bars = [(each.state.value, place * 10, beat_title(each), _SHAPES[each.state]) for place, each in enumerate(days)]
    return format_html(
        '<svg class="beats" viewBox="0 0 {} 32" preserveAspectRatio="none" aria-hidden="true">{}</svg>',
        len(days) * 10,
        format_html_join(
            "",
            '<g class="beat-{}" transform="translate({})"><title>{}</title>'
            '<path class="beat-hit" d="M0 0h10v32h-10z"/><path fill-rule="evenodd" d="{}"/></g>',
            bars,
        ),
    )


def beat_legend() -> SafeString:
    """What each shape of the strip means."""
    items = format_html_join(
        "",
        '<li><svg class="beats" viewBox="0 0 10 32" aria-hidden="true"><g class="beat-{}">'
        '<path fill-rule="evenodd" d="{}"/></g></svg>{}</li>',
        ((state.value, shape, WORDS[state]) for state, shape in _SHAPES.items()),
    )
    return format_html('<ul class="beat-legend">{}</ul>', items)
