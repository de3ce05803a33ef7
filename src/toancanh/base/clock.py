"""One clock: UTC inside, Asia/Ho_Chi_Minh on screen; "today" is a calendar day there."""

import re
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

VIETNAM = ZoneInfo("Asia/Ho_Chi_Minh")
# As people write it: 30/06/2025, 15/11/2026 8:30.
_WRITTEN = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})(?:\s+(\d{1,2}):(\d{2}(?::\d{2})?))?")


def now() -> datetime:
    """This moment, aware, in UTC."""
    return datetime.now(UTC)


def today() -> date:
    """The calendar day it is in Vietnam."""
    return now().astimezone(VIETNAM).date()


def local(moment: datetime) -> datetime:
    """The same moment on a Vietnamese clock; a naive moment is taken as Vietnamese local time."""
    return moment.replace(tzinfo=VIETNAM) if moment.tzinfo is None else moment.astimezone(VIETNAM)


def stamp(moment: datetime) -> str:
    """A moment as programs read it: ISO 8601, in UTC, with its offset."""
    return local(moment).astimezone(UTC).isoformat()


def written(moment: datetime) -> str:
    """A moment as people here write it, `2026-11-09 08:30:00`; midnight is a day whose hour nobody told."""
    here = local(moment)
    return f"{here:%Y-%m-%d}" if here.time() == time() else f"{here:%Y-%m-%d %H:%M:%S}"


def parse_day(text: str) -> date:
    """A day written as 2025-06-30 or 30/06/2025. Raises ValueError."""
    return date.fromisoformat(_iso(text))


def parse_moment(text: str, *, beginning: bool = False) -> datetime:
    """A date or time in ISO 8601 or as 15/11/2026 08:30, as an aware UTC moment; without an offset it is Vietnamese.

    A bare date means the end of that day, so that "as of 15/11" includes what was known on the 15th; or its beginning.
    Raises ValueError.
    """
    iso = _iso(text)
    moment = datetime.fromisoformat(iso)
    if len(iso) <= 10 and not beginning:
        moment = moment.replace(hour=23, minute=59, second=59, microsecond=999999)
    try:
        return local(moment).astimezone(UTC)
    except OverflowError:
        raise ValueError(text) from None


def _iso(text: str) -> str:
    text = text.strip()
    written = _WRITTEN.fullmatch(text)
    if written is None:
        return text
    day, month, year, hour, rest = written.groups()
    return f"{year}-{month:0>2}-{day:0>2}" + (f"T{hour:0>2}:{rest}" if hour else "")
