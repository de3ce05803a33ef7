"""toancanh units: the units at any date."""

from typing import Annotated

from cyclopts import Parameter


def units(
    *,
    at: str | None = None,
    within: str = "",
    search: str = "",
    json: Annotated[bool, Parameter(negative="")] = False,
) -> int:
    """Đơn vị tại một ngày bất kỳ. / The units at any date; search needs no accents.

    Parameters
    ----------
    at
        A day; today if not given.
    within
        Code of a unit: it and everything under it.
    search
        Words of a name, without accents, at any date.
    json
        Print {"items","total"}, without page limit.
    """
    from toancanh.cli import output

    output.start()
    from django.utils.translation import gettext as _

    from toancanh.base.clock import today
    from toancanh.cli.moments import day
    from toancanh.units import listing
    from toancanh.units.models import Unit
    from toancanh.units.search import search as find

    moment = day("--at", at) or today()
    found = find(search, day=moment if at else None, limit=1000) if search else listing.units(moment, within)
    items = [listing.as_dict(unit) for unit in found]
    if json:
        output.as_json({"items": items, "total": len(items)})
        return 0
    heads = [("code", _("Mã")), ("name", _("Tên")), ("kind", _("Loại")), ("parent", _("Thuộc"))]
    rows = [{**item, "kind": Unit.Kind(item["kind"]).label} for item in items]
    output.as_table(rows, [*heads, ("valid_from", _("Từ")), ("valid_to", _("Đến"))])
    output.note(_("{count} đơn vị").format(count=output.number(len(items))))
    return 0
