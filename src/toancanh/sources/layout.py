"""Layout: how a file is laid out, as a mapping says it."""

from dataclasses import dataclass


@dataclass(frozen=True)
class FileRule:
    """The `[file]` part of a mapping. `header` holds the rows of the header, counted from 1."""

    format: str = ""
    sheet: str | int = ""
    delimiter: str = ""
    encoding: str = ""
    header: tuple[int, ...] = (1,)
    decimal: str = ""
    items: str = ""


# The columns that a download of refused rows adds to the right; ignored when it is loaded again.
LOAD, ROW, COLUMN, REASON, REMEDY, PLACE = "_lần nạp", "_dòng", "_cột", "_lý do", "_cách sửa", "_vị trí"
TRAILING = (LOAD, ROW, COLUMN, REASON, REMEDY, PLACE)
