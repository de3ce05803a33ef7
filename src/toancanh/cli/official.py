"""toancanh official: the official list of units of a day, imported."""

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter


def official(file: Path, /, *, at: str, law: str = "", compare: Annotated[bool, Parameter(negative="")] = False) -> int:
    """Nhập danh mục đơn vị chính thức của một ngày. / Import the official list of units of a day.

    Parameters
    ----------
    file
        CSV of the statistics office's list of communes, or the JSON list of provinces with their communes.
    at
        The day from which the list holds (ISO).
    law
        The decision it follows, kept with every change.
    compare
        Only say what differs; change nothing.
    """
    from toancanh.cli import output

    output.start()
    from django.utils.translation import gettext as _

    from toancanh.base import audit
    from toancanh.cli.moments import day
    from toancanh.units import actions

    moment = day("--at", at)
    if moment is None:
        return 2
    found = actions.import_list(file, moment, law=law, actor=audit.SYSTEM, only_compare=compare)
    for word, count in (
        (_("thêm"), len(found.added)),
        (_("đổi tên"), len(found.renamed)),
        (_("chuyển"), len(found.moved)),
        (_("hết"), len(found.gone)),
    ):
        output.say(f"{word}: {output.number(count)}")
    return 0
