"""toancanh scores: what an index comes to, criterion by criterion and unit by unit."""

from typing import Annotated

from cyclopts import Parameter


def scores(
    code: str = "",
    /,
    *,
    unit: str = "",
    period: str = "",
    rule: str = "calendar",
    json: Annotated[bool, Parameter(negative="")] = False,
) -> int:
    """Điểm của một bộ chỉ số. / The scores of an index; without its code, the indices there are.

    Parameters
    ----------
    code
        Code of a score set, like 766.
    unit
        Code of a unit, like gso:66; the province without it.
    period
        Month, quarter, half or year: 2026-10, 2026-Q3, 2026-H1, 2026; the month of the latest data without it.
    rule
        calendar, or reporting: months from the 15th to the 14th.
    json
        Print the score with its groups, criteria and trend, and {"items","total"} of the units under it.
    """
    from toancanh.cli import output

    output.start()
    from django.conf import settings
    from django.utils.translation import gettext as _

    from toancanh.access.scope import EVERYTHING
    from toancanh.base.problems import Problem
    from toancanh.indicators import scoreset, scoring
    from toancanh.units import labels
    from toancanh.units.tree import reference

    if not code:
        return _sets(json=json)
    if unit and labels.ever(unit) is None:
        from toancanh.cli import figures  # noqa: F401 - knows the words

        raise Problem("figures.unit", unit=unit)
    asked = scoring.period(period, rule, scoring.last_day(code))
    made = scoreset.in_force(code, asked.end, asked.label())
    found = scoring.ask(made, reference(unit or str(settings.PROVINCE)), asked, EVERYTHING)
    if json:
        items = [scoring.as_dict(sheet, asked) for sheet in found.below]
        output.as_json({**scoring.head(found), "items": items, "total": len(items)})
        return 0
    number = output.number
    output.say(f"{made.name} ({made.document}) · {labels.name(found.unit, asked.end)} · {asked.label()}")
    rows = [
        {
            "code": mark.criterion.code,
            "name": mark.criterion.name,
            "rate": number(mark.rate),
            "of": f"{number(mark.part)}/{number(mark.whole)}" if mark.part is not None else "",
            "points": f"{number(mark.points)}/{number(mark.criterion.points)}",
            "sure": scoreset.CERTAINTIES[mark.criterion.points_certainty],
            "why": mark.reason,
        }
        for mark in found.sheet.marks
    ]
    heads = [("code", _("Mã")), ("name", _("Tiêu chí")), ("rate", _("Tỷ lệ") + " (%)"), ("of", _("Tử/mẫu"))]
    heads += [("points", _("Điểm")), ("sure", _("Độ chắc của điểm")), ("why", _("Tình trạng"))]
    output.as_table(rows, heads)
    if found.below:
        below = [
            {
                "unit": labels.name(sheet.unit, asked.end),
                "points": number(sheet.points),
                "scored": number(sheet.scored),
            }
            for sheet in found.below
        ]
        output.as_table(below, [("unit", _("Đơn vị")), ("points", _("Điểm đạt")), ("scored", _("Điểm chấm được"))])
    total = _("{points} điểm trên {scored} điểm chấm được; {left} trong {whole} điểm chưa chấm được.")
    sheet = found.sheet
    output.note(
        total.format(
            points=number(sheet.points), scored=number(sheet.scored), left=number(sheet.left), whole=number(sheet.whole)
        )
    )
    return 0


def _sets(*, json: bool) -> int:
    """The score sets there are, every edition."""
    from django.utils.translation import gettext as _

    from toancanh.cli import output
    from toancanh.indicators import scoreset

    found = scoreset.shipped()
    if json:
        items = [
            {"code": each.code, "name": str(each.name), "document": each.document, "domain": each.domain}
            | {"valid_from": each.valid_from, "valid_to": each.valid_to, "points": each.points}
            for each in found
        ]
        output.as_json({"items": items, "total": len(items)})
        return 0
    rows = [
        {"code": each.code, "name": each.name, "document": each.document, "from": each.valid_from} for each in found
    ]
    output.as_table(
        rows, [("code", _("Mã")), ("name", _("Bộ chỉ số")), ("document", _("Văn bản")), ("from", _("Từ ngày"))]
    )
    return 0
