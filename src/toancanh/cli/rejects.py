"""toancanh rejects: the rows that a load refused."""

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter
from django.utils.translation import gettext_lazy

from toancanh.base.problems import Words, register

register(
    {
        "rejects.output": Words(
            gettext_lazy("Không ghi được tệp {file}: {reason}."), gettext_lazy("Chọn tệp khác bằng --output."), 507
        ),
    }
)


def rejects(
    number: int, /, *, output: Path | None = None, json: Annotated[bool, Parameter(negative="")] = False
) -> int:
    """Các dòng bị loại của một lần nạp. / The rows that a load refused, each with reason and remedy.

    Of a load that failed as a whole it says why, and exits with 1.

    Parameters
    ----------
    number
        The load's number, as `toancanh load` printed it.
    output
        Write them to this CSV or XLSX file, to correct and load again.
    json
        Print {"items","total"}, without page limit.
    """
    from toancanh.cli import output as printing

    printing.start()
    from django.utils.translation import gettext as _

    from toancanh.base.problems import Problem
    from toancanh.base.reasons import reason
    from toancanh.sources import actions, quarantine
    from toancanh.sources.models import Load

    load = actions.get(number)
    if output is not None:
        try:
            output.write_bytes(quarantine.export(load, "xlsx" if output.suffix == ".xlsx" else "csv"))
        except OSError as error:
            raise Problem("rejects.output", file=str(output), reason=reason(error)) from None
        printing.say(_("Đã ghi {count} dòng vào {file}.").format(count=printing.number(load.rejected), file=output))
    else:
        items = [
            {
                "row": each.row,
                "column": each.column,
                "value": each.value,
                **quarantine.words(each)._asdict(),
                "state": each.state,
            }
            for each in quarantine.rejects(load)
        ]
        if json:
            printing.as_json({"items": items, "total": len(items)})
        elif items:
            heads = [("row", _("Dòng")), ("column", _("Cột")), ("value", _("Giá trị")), ("what", _("Lý do"))]
            printing.as_table(items, [*heads, ("remedy", _("Cách sửa"))])
        elif load.state != Load.State.FAILED:
            printing.note(_("Lần nạp {number} không có dòng nào bị loại.").format(number=load.pk))
    if load.state == Load.State.FAILED:
        where = _("Lần nạp {number} ({name})").format(number=load.pk, name=load.filename)
        raise Problem(load.problem, where=where, **load.problem_params)
    return 0
