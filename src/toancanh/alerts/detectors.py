"""Detectors: what is to be expected of a figure, by its own past. Others may be registered beside the simple one."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from statistics import median
from typing import Any, NamedTuple

from django.utils.translation import gettext_lazy as _

from toancanh.base.options import Option, Shape, Text

_SIGMA = 1.4826  # a deviation of the median that is normal for one standard deviation


class Past(NamedTuple):
    """The value of a period that is over, by the first day of the period; None where nothing is known."""

    start: date
    value: float | None


class Band(NamedTuple):
    """What is to be expected: from the lowest to the highest value."""

    low: float
    high: float


Expectation = Callable[[Sequence[Past], date, str, Mapping[str, Any]], Band | None]


@dataclass(frozen=True)
class Detector:
    """A way to tell what is to be expected of a figure.

    `expect(past, start, grain, options)` is told the periods before the one that begins on `start`, oldest first; None
    where they say too little. It looks back over `periods(grain, options)` of them.
    """

    code: str
    title: Text
    expect: Expectation
    options: tuple[Option, ...] = ()
    periods: Callable[[str, Mapping[str, Any]], int] = lambda _grain, _options: 0


_DETECTORS: dict[str, Detector] = {}


def register(detector: Detector) -> Detector:
    """Make a detector known under its code."""
    if _DETECTORS.setdefault(detector.code, detector) is not detector:
        raise ValueError(f"detector `{detector.code}` is registered twice")
    return detector


def get(code: str) -> Detector | None:
    """The detector of that code."""
    return _DETECTORS.get(code)


def all_detectors() -> dict[str, Text]:
    """The detectors, with their titles."""
    return {code: _DETECTORS[code].title for code in sorted(_DETECTORS)}


def seasonal(past: Sequence[Past], start: date, grain: str, options: Mapping[str, Any]) -> Band | None:
    """The median of the same weekdays, or of the same months, and so many deviations of the median around it.

    None where fewer than `needed` of them are known.
    """
    season = (lambda day: day.weekday()) if grain == "day" else (lambda day: day.month)
    alike = [each.value for each in past if each.value is not None and season(each.start) == season(start)]
    needed = int(options.get("needed") or 6)
    if len(alike) < needed:
        return None
    middle = median(alike)
    spread = median(abs(value - middle) for value in alike) * _SIGMA
    width = max(spread * float(options.get("width") or 3), float(options.get("least_width") or 0))
    return Band(middle - width, middle + width)


SEASONAL = register(
    Detector(
        "seasonal",
        _("Trung vị cùng thứ trong tuần, hoặc cùng tháng các năm trước"),
        seasonal,
        (
            Option("width", _("Số lần độ lệch trung vị"), Shape.NUMBER, default=3, minimum=1, maximum=20),
            Option("least_width", _("Khoảng lệch ít nhất"), Shape.NUMBER, default=1, minimum=0),
            Option("needed", _("Cần ít nhất bao nhiêu kỳ tương tự"), Shape.NUMBER, default=6, minimum=3, maximum=60),
        ),
        lambda grain, options: int(options.get("needed") or 6) * 2 * (7 if grain == "day" else 12),
    )
)
