"""toancanh reconcile: how well two sources that tell of the same things agree."""

from typing import Annotated

from cyclopts import Parameter


def reconcile(
    code: str = "",
    /,
    *,
    unit: str = "",
    since: Annotated[str | None, Parameter(name="--from")] = None,
    until: Annotated[str | None, Parameter(name="--to")] = None,
    differences: Annotated[bool, Parameter(negative="")] = False,
    kind: str = "",
    field: str = "",
    json: Annotated[bool, Parameter(negative="")] = False,
) -> int:
    """Đối soát hai nguồn. / How well two sources agree: by unit, or difference by difference.

    Parameters
    ----------
    code
        Which reconciliation, like dossiers; without it the only one there is.
    unit
        A unit with all under it, like gso:24133.
    since
        First day.
    until
        Last day.
    differences
        Every single difference, in place of the units.
    kind
        Only of this kind: only_left, only_right, differs, on_the_way.
    field
        Only those in this field.
    json
        Print the counts, or {"items","total"} of the differences.
    """
    from toancanh.cli import output

    output.start()
    from django.utils.translation import gettext as _

    from toancanh.access.scope import EVERYTHING
    from toancanh.base.problems import Problem
    from toancanh.cli import figures  # noqa: F401 - knows the words
    from toancanh.cli.moments import day
    from toancanh.indicators import reconciling
    from toancanh.indicators.reconciliation import all_reconciliations
    from toancanh.screens import reconciled
    from toancanh.units import labels
    from toancanh.units.tree import reference

    known = all_reconciliations()
    if not code and len(known) == 1:
        code = known[0].code
    if unit and labels.ever(unit) is None:
        raise Problem("figures.unit", unit=unit)
    asked = reference(unit) if unit else ""
    found = reconciled.ask(code, EVERYTHING, asked, day("--from", since), day("--to", until), kind, field)
    if differences and json:
        items = (reconciling.as_dict(each, found.reconciliation) for each in found.listed[:])
        output.stream_json(items, len(found.listed))
        return 0
    if json:
        output.as_json(found.as_dict())
        return 0
    if differences:
        table = reconciled.listing(found.reconciliation, found.listed[:])
    else:
        table = reconciled.by_unit(found.reconciliation, found.units(), found.wanted)
    output.say(reconciled.sentence(found.reconciliation, found.counts))
    shown = [
        {each.key: output.number(row[each.key]) if each.numeric else row[each.key] for each in table.columns}
        for row in table.rows
    ]
    output.as_table(shown, list(zip((each.key for each in table.columns), table.heads, strict=True)))
    output.note(reconciled.note(found.reconciliation, found.counted, found.wanted))
    if not shown:
        output.note(_("Không có dòng nào"))
    return 0
