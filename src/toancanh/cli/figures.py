"""toancanh figures: figures with where they come from."""

from typing import Annotated

from cyclopts import Parameter
from django.utils.translation import gettext_lazy

from toancanh.base.problems import Words, register

register(
    {
        "figures.grain": Words(gettext_lazy("Không có loại kỳ `{grain}`."), gettext_lazy("Dùng một trong: {known}.")),
        "figures.unit": Words(
            gettext_lazy("Chưa từng có đơn vị nào mã `{unit}`."),
            gettext_lazy("Tìm mã đơn vị bằng `toancanh units --search`."),
            404,
        ),
    }
)


def figures(
    *,
    indicator: str = "",
    unit: str = "",
    since: Annotated[str | None, Parameter(name="--from")] = None,
    until: Annotated[str | None, Parameter(name="--to")] = None,
    grain: str = "",
    as_of: str | None = None,
    json: Annotated[bool, Parameter(negative="")] = False,
) -> int:
    """Số liệu: giá trị, nguồn gốc, mâu thuẫn. / Figures: every claim and every computed value.

    Parameters
    ----------
    indicator
        Code of one indicator.
    unit
        Code of a unit, like gso:66.
    since
        First day.
    until
        Last day.
    grain
        day, month, quarter, half, year; other: claims over other stretches of days.
    as_of
        As it was known at that moment: a date (its end) or time.
    json
        Print {"items","total"}, without page limit.
    """
    from toancanh.cli import output

    output.start()
    from django.utils.translation import gettext as _

    from toancanh.base.problems import Problem
    from toancanh.cli.moments import day, moment
    from toancanh.indicators.figures import Query, as_dict, ask
    from toancanh.units import labels
    from toancanh.units.periods import GRAINS
    from toancanh.units.tree import reference

    if grain and grain not in GRAINS:
        raise Problem("figures.grain", grain=grain, known=", ".join(GRAINS))
    if unit and labels.ever(unit) is None:
        raise Problem("figures.unit", unit=unit)
    unit = reference(unit) if unit else ""
    query = Query(indicator, unit, day("--from", since), day("--to", until), grain, moment("--as-of", as_of))
    found = ask(query)
    if json:
        output.as_json({"items": [as_dict(each) for each in found], "total": len(found)})
        return 0
    rows = [
        {
            "indicator": each.indicator,
            "unit": labels.name(each.unit, each.end),
            "period": each.period.label(),
            "value": output.number(each.value),
            "part": f"{output.number(each.part)}/{output.number(each.whole)}" if each.whole is not None else "",
            "mark": " ".join(
                mark for mark, on in ((_("mâu thuẫn"), each.conflict), (_("mô phỏng"), each.simulated)) if on
            ),
            "from": " ".join((each.document, each.section)) or each.status,
        }
        for each in found
    ]
    heads = [("indicator", _("Chỉ tiêu")), ("unit", _("Đơn vị")), ("period", _("Kỳ")), ("value", _("Giá trị"))]
    output.as_table(rows, [*heads, ("part", _("Tử/mẫu")), ("mark", _("Lưu ý")), ("from", _("Nguồn"))])
    output.note(_("{count} số liệu").format(count=output.number(len(found))))
    return 0
