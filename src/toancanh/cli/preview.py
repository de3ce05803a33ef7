"""toancanh preview: how the first rows of a file would be read, without loading anything."""

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter


def preview(
    source: str,
    file: Path,
    /,
    *,
    mapping: str | None = None,
    rows: int = 20,
    json: Annotated[bool, Parameter(negative="")] = False,
) -> int:
    """Đọc thử một tệp, không nạp gì. / Try a file and its mapping without loading anything.

    Parameters
    ----------
    source
        Name of the source.
    file
        The file to try.
    mapping
        A file format: its name, or a path to a TOML file.
    rows
        How many rows to read.
    json
        Print {"columns","rows","rejects"}.
    """
    from toancanh.cli import output

    output.start()
    from django.utils.translation import gettext as _

    from toancanh.base.problems import explain
    from toancanh.sources import mappings, registry
    from toancanh.sources.preview import preview as read

    spec = registry.get(source)
    chosen = spec.mapping if mapping is None else mappings.at(mapping)
    found = read(file, chosen, rows, record_type=spec.record_type)
    rejects = [
        {"row": each.row, "column": each.column, "value": each.value, **explain(each.code, each.params)._asdict()}
        for each in found.rejects
    ]
    if json:
        output.as_json({"columns": found.columns, "rows": found.rows, "rejects": rejects})
        return 0
    output.as_table(found.rows, [(name, name) for name in found.rows[0]] if found.rows else [])
    if rejects:
        heads = [("row", _("Dòng")), ("column", _("Cột")), ("value", _("Giá trị")), ("what", _("Lý do"))]
        output.as_table(rejects, [*heads, ("remedy", _("Cách sửa"))])
    return 0
