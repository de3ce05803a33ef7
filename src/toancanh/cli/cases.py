"""toancanh cases: the cases, and what became of them."""

from typing import Annotated

from cyclopts import Parameter


def cases(
    *,
    kind: str = "",
    unit: str = "",
    state: str = "",
    search: str = "",
    limit: int = 100,
    json: Annotated[bool, Parameter(negative="")] = False,
) -> int:
    """Các vụ việc: đang mở trước, theo hạn. / The cases: open ones first, by deadline.

    Parameters
    ----------
    kind
        A kind of case, such as slip.
    unit
        The unit that must act, with everything under it.
    state
        A state of the workflow, or open, closed, overdue, near, late.
    search
        Words in the title, number or unit, without accents; or the number of a record.
    limit
        How many at most.
    json
        Print {"items","total"}.
    """
    from toancanh.cli import output

    output.start()
    from django.utils.translation import gettext as _

    from toancanh.access.scope import EVERYTHING
    from toancanh.cases import listing
    from toancanh.cases.listing import CaseFilter
    from toancanh.units.tree import reference

    wanted = CaseFilter(kind=kind, unit=reference(unit) if unit else "", state=state, q=search)
    found = listing.cases(wanted, EVERYTHING)
    part = list(found[: max(limit, 0)])
    if json:
        output.as_json({"items": [listing.as_dict(case) for case in part], "total": found.count()})
        return 0
    if not part:
        output.say(_("Không có vụ việc nào."))
        return 0
    told = [listing.told(case) for case in part]
    rows = [
        {
            "number": each.number,
            "title": each.title,
            "state": each.state,
            "due": each.case.due_at,
            "left": f"{each.case.left}/{each.case.count}",
            "answered": each.case.answered_at,
            "closed": each.case.closed_at,
        }
        for each in told
    ]
    heads = [("number", _("Số")), ("title", _("Tiêu đề")), ("state", _("Trạng thái")), ("due", _("Hạn"))]
    heads += [("left", _("Chờ trả lời")), ("answered", _("Trả lời lúc")), ("closed", _("Đóng lúc"))]
    output.as_table(rows, heads)
    return 0
