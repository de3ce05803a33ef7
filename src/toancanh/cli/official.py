"""toancanh official: the official list of units of a day, imported."""

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter


def official(
    file: Path,
    /,
    *,
    at: str,
    law: str = "",
    compare: Annotated[bool, Parameter(negative="")] = False,
    json: Annotated[bool, Parameter(negative="")] = False,
) -> int:
    """Nhập danh mục đơn vị chính thức của một ngày. / Import the official list of units of a day.

    Parameters
    ----------
    file
        CSV of the statistics office's list of communes, or the JSON list of provinces with their communes.
    at
        The day from which the list holds.
    law
        The decision it follows, kept with every change.
    compare
        Only list what differs; change nothing.
    json
        Print {"items","total"}: change, code, name, before, parent, parent_before.
    """
    from toancanh.cli import output

    output.start()
    from django.utils.translation import gettext as _

    from toancanh.base import audit
    from toancanh.base.problems import Problem
    from toancanh.cli.moments import day
    from toancanh.units import actions, lists

    moment = day("--at", at)
    if moment is None:
        raise Problem("option.moment", where="--at", value=at)
    found = actions.import_list(file, moment, law=law, actor=audit.SYSTEM, only_compare=compare)
    items = lists.as_dicts(found)
    if json:
        output.as_json({"items": items, "total": len(items)})
        return 0
    words = {"added": _("thêm"), "renamed": _("đổi tên"), "moved": _("chuyển"), "gone": _("hết")}
    if compare:
        heads = [("change", _("Thay đổi")), ("code", _("Mã")), ("before", _("Tên đang có"))]
        heads += [("name", _("Tên trong danh mục")), ("parent_before", _("Đang thuộc")), ("parent", _("Thuộc"))]
        output.as_table([{**item, "change": words[item["change"]]} for item in items], heads)
    for change, word in words.items():
        output.say(f"{word}: {output.number(sum(item['change'] == change for item in items))}")
    return 0
