"""toancanh records: what rests in the warehouse."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, Any

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
        "records.key": Words(
            gettext_lazy("Khoá `{key}` không đúng: một đối tượng của loại bản ghi này có {count} trường khoá."),
            gettext_lazy("Viết {fields}; trường không có giá trị thì để trống."),
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
        How many there are, of how many subjects: {"rows","keys"}.
    key
        The events of one subject (a dossier), in order; several key fields are joined with a bar.
    as_of
        As it was known at that moment: a date (its end) or time.
    json
        Print JSON, without page limit.
    """
    from toancanh.cli import output

    output.start()
    from django.utils.translation import gettext as _

    from toancanh.cli.moments import moment
    from toancanh.warehouse import reading
    from toancanh.warehouse.models import Batch
    from toancanh.warehouse.numbering import Origins

    kind = _kind(record_type)
    known = moment("--as-of", as_of)
    events = None if key is None else reading.events(kind.name, _subject(kind, key), known)
    if count:
        rows, keys = reading.count(kind.name, known) if events is None else (len(events), min(len(events), 1))
        if json:
            output.as_json({"rows": rows, "keys": keys})
        else:
            output.say(_("{rows} bản ghi, {keys} đối tượng").format(rows=output.number(rows), keys=output.number(keys)))
        return 0
    names = [field.name for field in kind.fields]
    origins = Origins(Batch.objects.filter(record_type=kind.name))

    def told(row: dict[str, Any]) -> dict[str, Any]:
        load = origins.load(row["source"], row["batch"])
        return {"load": int(load) if load else None, **row}

    if events is not None:
        found = events
        if not found:
            output.note(_("Không có bản ghi nào của `{key}`.").format(key=key))
        total = len(found)
    else:
        order = ", ".join(f'"{name}"' for name in (*kind.subject, kind.order))
        sql = f"SELECT * FROM {reading.records(kind.name, known)} r ORDER BY {order}"
        total = reading.count(kind.name, known)[0]
        if json:
            reader = reading.cursor().sql(sql).to_arrow_reader(10_000)
            output.stream_json((told(row) for batch in reader for row in batch.to_pylist()), total)
            return 0
        found = reading.fetch(f"{sql} LIMIT 50").to_pylist()
    if json:
        output.as_json({"items": [told(row) for row in found], "total": total})
        return 0
    output.as_table(map(told, found), [(name, name) for name in dict.fromkeys([*names, "source", "load", "row"])])
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
    try:
        return types.get(registry.get(name).record_type)
    except Problem:
        raise Problem("records.type", name=name, known=", ".join(known)) from None


def _subject(kind: "RecordType", key: str) -> Any:
    """The values of the key fields that name one subject. Raises records.key."""
    from toancanh.base.clock import parse_day, parse_moment
    from toancanh.base.problems import Problem
    from toancanh.warehouse.types import Kind

    read: dict[Kind, Callable[[str], Any]] = {Kind.INTEGER: int, Kind.NUMBER: float}
    read |= {Kind.DATE: parse_day, Kind.TIME: parse_moment}
    texts = key.split("|") if len(kind.subject) > 1 else [key]
    try:
        values = [
            read.get(kind.field(name).kind, str)(text) if text else ""
            for name, text in zip(kind.subject, texts, strict=True)
        ]
    except ValueError:
        raise Problem("records.key", key=key, count=len(kind.subject), fields="|".join(kind.subject)) from None
    return tuple(values)
