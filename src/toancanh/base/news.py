"""News: what other processes and open pages want to know, numbered in the order in which it was told."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any, NamedTuple

from django.db.models import QuerySet

from toancanh.base import clock, rows
from toancanh.base.models import News

KEPT = timedelta(hours=1)
WINDOW = 200  # numbers read again: under PostgreSQL a lower number may be committed after a higher one


class Item(NamedTuple):
    """One piece of news."""

    number: int
    name: str
    facts: dict[str, Any]


def tell(name: str, **facts: Any) -> None:
    """Tell everybody, once the current transaction is committed."""
    rows.insert([News(at=clock.now(), name=name, facts=facts)])


def newest() -> int:
    """The number of the latest news; 0 where there is none."""
    return News.objects.order_by("-id").values_list("id", flat=True).first() or 0


def since(number: int) -> Iterator[Item]:
    """The news after a number, oldest first."""
    return _items(News.objects.filter(id__gt=number))


def _items(found: QuerySet[News]) -> Iterator[Item]:
    return (Item(*each) for each in found.order_by("id").values_list("id", "name", "facts"))


def forget() -> int:
    """Forget old news; returns how many. The latest stays, so that numbers are never given anew."""
    old = News.objects.filter(at__lt=clock.now() - KEPT).exclude(id=newest())
    return int(old.delete()[0])


class Follower:
    """Reads the news after a number as it comes, each once, also where numbers are committed out of order."""

    def __init__(self, after: int) -> None:
        self._seen: set[int] = set()
        self._last = self._start = after

    def read(self) -> list[Item]:
        """What is new since this was last asked."""
        numbers = News.objects.filter(id__gt=max(self._last - WINDOW, self._start)).values_list("id", flat=True)
        unseen = set(numbers) - self._seen  # asked twenty times a second: facts are read of those only
        found = list(_items(News.objects.filter(id__in=unseen))) if unseen else []
        self._seen |= {item.number for item in found}
        self._last = max(self._last, *(item.number for item in found)) if found else self._last
        self._seen = {number for number in self._seen if number > self._last - WINDOW}
        return found
