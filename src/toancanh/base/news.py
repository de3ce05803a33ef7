"""News: what other processes and open pages want to know, numbered in the order in which it was told."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any, NamedTuple

from toancanh.base import clock
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
    News.objects.create(at=clock.now(), name=name, facts=facts)


def newest() -> int:
    """The number of the latest news; 0 where there is none."""
    return News.objects.order_by("-id").values_list("id", flat=True).first() or 0


def since(number: int) -> Iterator[Item]:
    """The news after a number, oldest first."""
    found = News.objects.filter(id__gt=number).order_by("id").values_list("id", "name", "facts")
    return (Item(*each) for each in found)


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
        found = [item for item in since(max(self._last - WINDOW, self._start)) if item.number not in self._seen]
        self._seen |= {item.number for item in found}
        self._last = max(self._last, *(item.number for item in found)) if found else self._last
        self._seen = {number for number in self._seen if number > self._last - WINDOW}
        return found
