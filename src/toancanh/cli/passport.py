"""toancanh passport: where a figure comes from."""

from typing import TYPE_CHECKING, Annotated
from urllib.parse import unquote

from cyclopts import Parameter
from django.utils.translation import gettext_lazy

from toancanh.base.problems import Words, register

if TYPE_CHECKING:
    from toancanh.indicators.provenance import Passport

register(
    {
        "passport.missing": Words(
            gettext_lazy("Không có số liệu nào ở địa chỉ `{address}`."),
            gettext_lazy("Lấy địa chỉ từ `id` hoặc `provenance` của `toancanh figures --json`."),
            404,
        ),
    }
)


def passport(
    address: str, /, *, as_of: str | None = None, json: Annotated[bool, Parameter(negative="")] = False
) -> int:
    """Hộ chiếu của một số liệu. / Where a figure comes from: source row or document, rivals, history, records.

    Parameters
    ----------
    address
        `id` or `provenance` of a figure, as `toancanh figures --json` prints them.
    as_of
        As it was known at that moment: a date (its end) or time.
    json
        Print it as the HTTP API writes it.
    """
    from toancanh.cli import output

    output.start()
    from toancanh.access.scope import EVERYTHING
    from toancanh.base.problems import Problem
    from toancanh.cli.moments import moment
    from toancanh.indicators import provenance

    found = provenance.passport(_address(address), EVERYTHING, moment("--as-of", as_of))
    if found is None:
        raise Problem("passport.missing", address=address)
    if json:
        output.as_json(provenance.as_dict(found, records=True))
        return 0
    _tell(found)
    return 0


def _address(text: str) -> str:
    """The address itself, also where it is given as a page or a route of the HTTP API."""
    before, route, rest = text.partition("/figures/")
    return unquote(rest).removesuffix("/provenance") if route and "~" not in before else text


def _tell(found: "Passport") -> None:
    from django.utils.translation import gettext as _

    from toancanh.cli import output
    from toancanh.indicators import provenance
    from toancanh.screens.templatetags.labels import status_name
    from toancanh.units import labels

    figure, indicator, document, load = found.figure, found.indicator, found.document, found.load
    inputs = found.inputs.items()
    output.say(f"{indicator.name} · {found.unit_name} · {figure.period.label()}" + (found.cut and f" · {found.cut}"))
    facts = [(_("Giá trị"), f"{output.number(figure.value)} {indicator.measure}")]
    if figure.whole is not None:
        facts.append((_("Tử/mẫu"), f"{output.number(figure.part)} / {output.number(figure.whole)}"))
    if figure.doubt is not None:
        facts.append((_("Tử/mẫu cho ra"), output.number(figure.doubt)))
    facts += [
        (_("Trạng thái"), status_name(figure.status)),
        (_("Mô phỏng"), output.cell(figure.simulated)),
        (_("Mâu thuẫn"), output.cell(figure.conflict)),
        (_("Số liệu đến"), output.cell(figure.as_of)),
        (_("Biết từ lúc"), output.cell(figure.known_at)),
        (_("Đơn vị chịu trách nhiệm"), labels.name(figure.owner, figure.end)),
        (_("Định nghĩa"), f"{indicator.definition} ({figure.definition})"),
        (_("Công thức"), indicator.formula.code() if indicator.formula else ""),
        (_("Căn cứ"), indicator.law),
    ]
    if document is not None:
        facts.append((_("Văn bản"), ", ".join(filter(None, (document.title, document.issuer, document.number)))))
    if figure.document:
        facts.append((_("Vị trí trong văn bản"), f"{figure.document} {figure.section}"))
    if load is not None:
        row = _("dòng {row}").format(row=figure.row)
        facts.append((_("Lần nạp"), f"{load.pk} · {load.filename}, {row} · {load.by}"))
    facts.append((_("Ghi chú"), figure.note))
    origins = [(source, provenance.loads_of({(source, batch)}).get((source, batch))) for source, batch in inputs]
    until = _("đến lần nạp")
    facts.append((_("Tính từ"), ", ".join(f"{name} ({until} {by})" if by else name for name, by in origins)))
    output.facts(facts)
    if found.rivals:
        output.say(f"\n{_('Số liệu khác về cùng nội dung')}")
        rivals = [
            {
                "value": output.number(each.value),
                "status": status_name(each.status),
                "from": f"{each.document} {each.section}",
                "id": each.id,
            }
            for each in found.rivals
        ]
        heads = [("value", _("Giá trị")), ("status", _("Trạng thái")), ("from", _("Nguồn")), ("id", _("Địa chỉ"))]
        output.as_table(rivals, heads)
    if found.history:
        output.say(f"\n{_('Đã biết gì, từ lúc nào')}")
        known = [{"at": each.at, "value": output.number(each.value), "load": each.load} for each in found.history]
        output.as_table(known, [("at", _("Biết từ lúc")), ("value", _("Giá trị")), ("load", _("Lần nạp"))])
    _tell_records(found)


def _tell_records(found: "Passport") -> None:
    from django.utils.translation import gettext as _

    from toancanh.cli import output
    from toancanh.screens import recordtable

    records, kind = found.contribution, found.record_type
    if records is None or kind is None:
        return
    output.say(f"\n{_('Bản ghi tạo nên số này')}")
    part = output.number(records.part)
    if records.whole is None:
        output.say(_("{part} bản ghi").format(part=part))
    else:
        whole = output.number(records.whole)
        output.say(_("{part} bản ghi ở tử số, {whole} ở mẫu số").format(part=part, whole=whole))
    heads = [(str(place), head) for place, head in enumerate(recordtable.heads(kind))]
    heads += [("in_part", _("Ở tử số"))] if records.whole is not None else []
    heads += [("source", _("Nguồn")), ("load", _("Lần nạp")), ("row", _("Dòng"))]
    rows = []
    for line in recordtable.lines(kind, records.rows):
        origin = {"in_part": line.in_part, "source": line.source, "load": line.load, "row": line.row}
        rows.append({**{str(place): cell for place, cell in enumerate(line.cells)}, **origin})
    output.as_table(rows, heads)
