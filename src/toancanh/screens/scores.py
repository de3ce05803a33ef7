"""The page of a score set: its sheet, its units and its months as tables; pages and downloads are made of these."""

from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from toancanh.base import numbers
from toancanh.indicators import scoring
from toancanh.indicators.scoreset import CERTAINTIES, Certainty, ScoreSet
from toancanh.indicators.scoring import Mark, Scores, Sheet
from toancanh.screens.tables import Column, Table
from toancanh.units import labels
from toancanh.units.periods import CALENDAR, REPORTING, Period

# Shares of what could be had from which a cell is good, or not quite.
GOOD, FAIR = 90, 70
# How sure a number is, beside the number itself.
_SHORT = {
    Certainty.VERIFIED: gettext_lazy("đã đọc"),
    Certainty.EXCERPT: gettext_lazy("trích đoạn"),
    Certainty.COPIED: gettext_lazy("chép lại"),
    Certainty.UNVERIFIED: gettext_lazy("chưa kiểm chứng"),
    Certainty.NOT_FOUND: gettext_lazy("chưa tìm thấy"),
    Certainty.PROVINCE: gettext_lazy("tỉnh đặt"),
}
_CHOICES = {"month": 24, "quarter": 8, "year": 3}


@dataclass
class Shown:
    """A score set, filled in, with what tells its page from others (`question`) and from what it is later."""

    scores: Scores
    question: Hashable
    version: Hashable
    may_compare: bool = False  # whether the visitor may open reconciliations
    sheet: Table = field(init=False)
    units: Table | None = field(init=False)
    trend: Table = field(init=False)

    def __post_init__(self) -> None:
        self.sheet, self.units, self.trend = _sheet(self.scores), _units(self.scores), _trend(self.scores)

    @property
    def tables(self) -> list[Table]:
        """Everything shown, as it is downloaded."""
        return [table for table in (self.sheet, self.units, self.trend) if table]

    @property
    def chart(self) -> dict[str, Any]:
        """The points by month, beside those that could be had; a gap where nothing could be scored."""
        rows = self.trend.rows
        return {
            "type": "line",
            "x": [row["period"] for row in rows],
            "series": [
                {"name": _("Điểm đạt"), "values": [row["points"] for row in rows]},
                {"name": _("Điểm chấm được"), "values": [row["scored"] for row in rows]},
            ],
            "measure": _("điểm"),
        }


def rules() -> dict[str, str]:
    """How periods run, in words."""
    return {CALENDAR: _("Theo lịch"), REPORTING: _("Kỳ báo cáo (15 đến 14)")}


def periods(first: date | None, last: date, chosen: Period) -> list[tuple[str, list[Period]]]:
    """The periods to choose from under the name of their kind, latest first, with the chosen one among them."""
    titles = {"month": _("Tháng"), "quarter": _("Quý"), "half": _("6 tháng"), "year": _("Năm")}
    found: dict[str, list[Period]] = {}
    for grain, most in _CHOICES.items():
        each = Period.containing(last, grain, chosen.rule)
        found[grain] = [each]
        while first and each.start > first and len(found[grain]) < most:
            each = each.previous()
            found[grain].append(each)
    if chosen not in found.setdefault(chosen.grain, []):
        found[chosen.grain].append(chosen)
    return [(str(titles[grain]), found[grain]) for grain in titles if grain in found]


def heat(share: float | None) -> str:
    """How good a share of what could be had is."""
    return "" if share is None else "good" if share >= GOOD else "warn" if share >= FAIR else "bad"


def mark_heat(mark: Mark) -> str:
    """How good the points of a criterion are."""
    return "" if mark.points is None or not mark.criterion.points else heat(mark.points * 100 / mark.criterion.points)


def certainty(code: Certainty) -> str:
    """How sure something is, in words."""
    return str(CERTAINTIES[code])


def open_criteria(made: ScoreSet, own: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The criteria of which no points are known for sure, with what the province sets for each."""
    return [
        {
            "group": group,
            "criterion": each,
            "points": own.get("points", {}).get(each.code, ""),
            "threshold": own.get("thresholds", {}).get(each.code, ""),
        }
        for group in made.groups
        for each in group.criteria
        if not each.followed and (not each.scorable or each.points_certainty is Certainty.PROVINCE)
    ]


def certainty_mark(code: Certainty) -> str:
    """How sure a number is, in a word or two."""
    return str(_SHORT[code])


def reasons(sheet: Sheet) -> list[tuple[float, str]]:
    """The points that could not be scored, each number with its reason, the most first."""
    return sorted(((number, str(scoring.WHYS[why])) for why, number in sheet.open.items()), reverse=True)


def remarks(mark: Mark) -> list[str]:
    """What has to be said of a rate: by what it was multiplied, and whose whole it has."""
    told = []
    if mark.factor:
        rate = numbers.plain(mark.factor.rate or 0, 2, get_language() or "vi")
        told.append(
            _("Đã nhân với tỷ lệ {rate} % của tiêu chí {code}.").format(rate=rate, code=mark.factor.criterion.code)
        )
    elif mark.criterion.times and mark.known:
        told.append(_("Chưa nhân với tỷ lệ của tiêu chí {code}: chưa có số liệu.").format(code=mark.criterion.times))
    if mark.borrowed:
        told.append(_("Trong kỳ không có hồ sơ nào, nên mẫu số lấy theo năm trước."))
    return told


def note(scores: Scores) -> str:
    """Whose scores a table tells, of which period, by which document, and what they do not tell."""
    made, sheet = scores.set, scores.sheet
    told = [
        _("Đơn vị: {unit}. Kỳ: {period} ({since} – {until}).").format(
            unit=labels.name(scores.unit, scores.period.end),
            period=scores.period.label(),
            since=f"{scores.period.start:%d/%m/%Y}",
            until=f"{scores.period.end:%d/%m/%Y}",
        ),
        f"{made.name}: {made.document}.",
    ]
    if made.note:
        told.append(str(made.note))
    if scores.until:
        told.append(_("Số liệu đến {at}.").format(at=f"{scores.until:%d/%m/%Y}"))
    if sheet.provincial:
        told.append(_("Có điểm do tỉnh đặt, chưa kiểm chứng."))
    if sheet.simulated:
        told.append(_("SỐ LIỆU MÔ PHỎNG."))
    return " ".join(told)


def _sheet(scores: Scores) -> Table:
    columns = [
        Column("group", _("Nhóm")),
        Column("code", _("Mã")),
        Column("name", _("Tiêu chí")),
        Column("rate", _("Tỷ lệ"), "%", 2, numeric=True),
        Column("part", _("Tử số"), numeric=True),
        Column("whole", _("Mẫu số"), numeric=True),
        Column("threshold", _("Ngưỡng đạt điểm tối đa"), "%", numeric=True),
        Column("points", _("Điểm đạt"), "", 2, numeric=True),
        Column("most", _("Điểm tối đa"), numeric=True),
        Column("points_certainty", _("Độ chắc của điểm")),
        Column("certainty", _("Độ chắc của công thức")),
        Column("why", _("Tình trạng")),
        Column("remark", _("Ghi chú")),
    ]
    rows: list[dict[str, Any]] = []
    for part in scores.sheet.parts:
        for mark in part.marks:
            each = mark.criterion
            rows.append(
                {
                    "group": str(part.group.name),
                    "code": each.code,
                    "name": str(each.name),
                    "rate": mark.rate,
                    "part": mark.part,
                    "whole": mark.whole,
                    "threshold": each.threshold,
                    "points": mark.points,
                    "most": each.points,
                    "points_certainty": certainty(each.points_certainty),
                    "certainty": certainty(each.certainty),
                    "why": mark.reason,
                    "remark": str(each.needs)
                    if mark.part is None
                    else " ".join([*remarks(mark), str(each.lacks)]).strip(),
                }
            )
        rows.append(
            {
                "group": str(part.group.name),
                "name": _("Cộng nhóm"),
                "points": part.points,
                "most": part.group.points,
                "points_certainty": certainty(part.group.certainty),
                "remark": _("chấm được {scored} điểm").format(scored=f"{part.scored:g}"),
            }
        )
    sheet = scores.sheet
    rows.append(
        {
            "name": _("Tổng điểm"),
            "points": sheet.points,
            "most": sheet.whole,
            "remark": _("chấm được {scored} điểm").format(scored=f"{sheet.scored:g}"),
        }
    )
    return Table(_("Từng tiêu chí"), columns, rows)


def _units(scores: Scores) -> Table | None:
    """The units under the one asked for; None where there are none."""
    if not scores.below:
        return None
    asked = scores.period
    columns = [
        Column("rank", "#", numeric=True),
        Column("unit", _("Đơn vị")),
        Column("points", _("Điểm đạt"), "", 2, numeric=True, heat="points!heat"),
        Column("scored", _("Điểm chấm được"), numeric=True),
    ]
    for part in scores.sheet.parts:
        key = f"group.{part.group.code}"
        title = _("{group}, trên {points} điểm").format(group=part.group.name, points=f"{part.group.points:g}")
        columns.append(Column(key, title, "", 2, numeric=True, heat=f"{key}!heat"))
    for mark in _single(scores.sheet.marks):
        key, times = mark.criterion.code, mark.criterion.times
        title = f"{key} {mark.criterion.name}{f' × {times}' if times else ''}"
        # A figure tells its own rate, not that times another; nor does one tell what was reconciled.
        figure = "" if times or not mark.links else f"{key}!"
        columns.append(Column(key, title, "%", 2, numeric=True, figure=figure))
    rows = []
    for place, sheet in enumerate(scores.below, 1):
        row: dict[str, Any] = {
            "rank": place,
            "unit": labels.name(sheet.unit, asked.end),
            "code": sheet.unit,
            "href": "" if sheet.own else f"?unit={sheet.unit}&period={asked}&rule={asked.rule}",
            "points": sheet.points,
            "points!heat": heat(sheet.share),
            "scored": sheet.scored,
        }
        row |= _cells(sheet)
        rows.append(row)
    return Table(_("Theo đơn vị"), columns, rows)


def _cells(sheet: Sheet) -> dict[str, Any]:
    row: dict[str, Any] = {}
    for part in sheet.parts:
        key = f"group.{part.group.code}"
        row[key] = part.points
        row[f"{key}!heat"] = heat(part.points * 100 / part.scored) if part.points is not None and part.scored else ""
    for mark in _single(sheet.marks):
        row[mark.criterion.code] = None if mark.criterion.times and not mark.factor else mark.rate
        row[f"{mark.criterion.code}!"] = "".join(mark.links)
    return row


def _single(marks: Iterable[Mark]) -> Iterable[Mark]:
    """The criteria that have one rate, of one figure or of a reconciliation."""
    return (mark for mark in marks if len(mark.links) == 1 or mark.criterion.reconciled)


def _trend(scores: Scores) -> Table:
    columns = [
        Column("period", _("Kỳ")),
        Column("points", _("Điểm đạt"), "", 2, numeric=True),
        Column("scored", _("Điểm chấm được"), numeric=True),
    ]
    rows = [
        {"period": month.label(), "points": sheet.points, "scored": sheet.scored if sheet.scored else None}
        for month, sheet in scores.trend
    ]
    return Table(_("12 tháng"), columns, rows)
