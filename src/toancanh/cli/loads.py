"""toancanh loads: what was delivered, and what became of it."""

from typing import Annotated

from cyclopts import Parameter


def loads(source: str = "", /, *, json: Annotated[bool, Parameter(negative="")] = False) -> int:
    """Các lần nạp, mới nhất trước. / The loads, newest first.

    Parameters
    ----------
    source
        Name of one source, as `toancanh sources` lists it; all if not given.
    json
        Print {"items","total"}, without page limit.
    """
    from toancanh.cli import output

    output.start()
    from django.utils.translation import gettext as _

    from toancanh.screens.templatetags.labels import load_state
    from toancanh.sources import listing, registry
    from toancanh.sources.models import Load

    found = Load.objects.select_related("source").order_by("-id")
    if source:
        found = found.filter(source=registry.get(source))
    if json:
        items = [listing.load_as_dict(each) for each in found]
        output.as_json({"items": items, "total": len(items)})
        return 0
    rows = [
        {
            **listing.load_as_dict(each),
            **{name: output.number(count) for name, count in each.counts.items()},
            "state": load_state(each.state),
            "created_at": each.created_at,
            "finished_at": each.finished_at,
        }
        for each in found
    ]
    heads = [("load", _("Lần nạp")), ("source", _("Nguồn")), ("file", _("Tệp")), ("state", _("Trạng thái"))]
    heads += [("read", _("Đọc")), ("accepted", _("Nhận")), ("rejected", _("Bị loại")), ("duplicates", _("Trùng"))]
    heads += [("created_at", _("Nhận tệp lúc")), ("finished_at", _("Xong lúc")), ("by", _("Người nạp"))]
    output.as_table(rows, heads)
    output.note(_("{count} lần nạp").format(count=output.number(len(rows))))
    return 0
