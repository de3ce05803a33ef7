"""toancanh sources: where data comes from and how it fares."""

from typing import Annotated

from cyclopts import Parameter


def sources(*, json: Annotated[bool, Parameter(negative="")] = False) -> int:
    """Các nguồn dữ liệu. / The sources: loads, counts, freshness.

    Parameters
    ----------
    json
        Print {"items","total"}.
    """
    from toancanh.cli import output

    output.start()
    from django.utils.translation import gettext as _

    from toancanh.sources import listing

    items = listing.sources()
    if json:
        output.as_json({"items": items, "total": len(items)})
        return 0
    heads = [("name", _("Nguồn")), ("title", _("Tên")), ("loads", _("Số lần nạp")), ("read", _("Đọc"))]
    heads += [
        ("accepted", _("Nhận")),
        ("rejected", _("Bị loại")),
        ("duplicates", _("Trùng")),
        ("freshness", _("Độ tươi")),
    ]
    output.as_table(items, heads)
    return 0
