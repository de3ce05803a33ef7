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
    from toancanh.sources import mappings, registry
    from toancanh.sources.preview import preview as read

    spec = registry.get(source)
    chosen = spec.mapping if mapping is None else mappings.at(mapping)
    found = read(file, chosen, rows, record_type=spec.record_type)
    output.trial(found, json=json)
    return 0
