"""One clock: UTC inside, Asia/Ho_Chi_Minh on screen; "today" is a calendar day there."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

VIETNAM = ZoneInfo("Asia/Ho_Chi_Minh")


def now() -> datetime:
    """This moment, aware, in UTC."""
    return datetime.now(UTC)


def today() -> date:
    """The calendar day it is in Vietnam."""
    return now().astimezone(VIETNAM).date()


def local(moment: datetime) -> datetime:
    """The same moment on a Vietnamese clock; a naive moment is taken as Vietnamese local time."""
    return moment.replace(tzinfo=VIETNAM) if moment.tzinfo is None else moment.astimezone(VIETNAM)


def parse_moment(text: str) -> datetime:
    """An ISO 8601 date or time as an aware UTC moment; without an offset it is Vietnamese time.

    A bare date means the end of that day, so that "as of 15/11" includes what was known on the 15th.
    Raises ValueError.
    """
    moment = datetime.fromisoformat(text)
    if len(text) <= 10:
        moment = moment.replace(hour=23, minute=59, second=59, microsecond=999999)
    return local(moment).astimezone(UTC)
