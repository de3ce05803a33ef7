"""toancanh records: what rests in the warehouse."""

from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter
from django.utils.translation import gettext_lazy

from toancanh.base.problems import Words, register

if TYPE_CHECKING:
    from toancanh.warehouse.types import RecordType

register(
    {
        "records.type": Words(
            gettext_lazy("Không có loại bản ghi `{name}`."), gettext_lazy("Dùng một trong: {known}."), 404
        ),
    }
)


def records(
    record_type: str,
    /,
    *,
    count: Annotated[bool, Parameter(negative="")] = False,
    key: str | None = None,
    as_of: str | None = None,
    json: Annotated[bool, Parameter(negative="")] = False,
) -> int:
    """Bản ghi trong kho. / Records in the warehouse.

    Parameters
    ----------
    record_type
        For example dossier or figure (a source's name is understood too).
    count
        Print {"rows","keys"} only.
    key
        The events of one subject (a dossier), in order.
    as_of
        As it was known at that moment: an ISO date (its end) or time.
    json
        Print JSON, without page limit.
    """
    from toancanh.cli import output

    output.start()
    from django.utils.translation import gettext as _

    from toancanh.cli.moments import moment
    from toancanh.warehouse import reading

    kind = _kind(record_type)
    known = moment("--as-of", as_of)
    if count:
        rows, keys = reading.count(kind.name, known)
        if json:
            output.as_json({"rows": rows, "keys": keys})
        else:
            output.say(_("{rows} bản ghi, {keys} đối tượng").format(rows=output.number(rows), keys=output.number(keys)))
        return 0
    names = [field.name for field in kind.fields]
    if key is not None:
        found = reading.events(kind.name, tuple(key.split("|")) if len(kind.subject) > 1 else key, known)
        if not found:
            output.note(_("Không có bản ghi nào của `{key}`.").format(key=key))
        total = len(found)
    else:
        order = ", ".join(f'"{name}"' for name in (*kind.subject, kind.order))
        sql = f"SELECT * FROM {reading.records(kind.name, known)} r ORDER BY {order}"
        total = reading.count(kind.name, known)[0]
        if json:
            reader = reading.cursor().sql(sql).to_arrow_reader(10_000)
            output.stream_json((row for batch in reader for row in batch.to_pylist()), total)
            return 0
        found = reading.fetch(f"{sql} LIMIT 50").to_pylist()
    if json:
        output.as_json({"items": found, "total": total})
        return 0
    output.as_table(found, [(name, name) for name in [*names, "source", "batch", "row"]])
    if total > len(found):
        output.note(
            _("… và {count} bản ghi nữa; dùng --json để lấy hết.").format(count=output.number(total - len(found)))
        )
    return 0


def _kind(name: str) -> "RecordType":
    from toancanh.base.problems import Problem
    from toancanh.sources import registry
    from toancanh.warehouse import types

    known = [each.name for each in types.all_types()]
    if name in known:
        return types.get(name)
    if name in {spec.name for spec in registry.declared()}:
        return types.get(registry.get(name).record_type)
    raise Problem("records.type", name=name, known=", ".join(known))
