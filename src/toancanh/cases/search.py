"""Search: cases by words without accents, in the order of the database's own index, and by the records in them."""

import re
from collections.abc import Collection

from django.db import connection
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.expressions import RawSQL

from toancanh.base.text import search_key
from toancanh.cases.models import Case, Item

_WORD = re.compile(r"[a-z0-9]+")
_MOST_UNITS = 200  # units that are named in the search itself; more are filtered after it
_SQL = {
    "sqlite": "SELECT rowid FROM cases_words WHERE cases_words MATCH %s",
    "postgresql": "SELECT id FROM cases_case WHERE to_tsvector('simple', words) @@ to_tsquery('simple', %s)",
}


def token(unit: str) -> str:
    """The word by which the cases of a unit are found."""
    return "unit" + "".join(_WORD.findall(unit.casefold()))


def plain(text: str) -> str:
    """A text as it is kept to be found: its words alone, since databases part others in ways of their own."""
    return " ".join(_WORD.findall(search_key(text)))


def matching(found: QuerySet[Case], text: str, units: Collection[str] | None = None) -> QuerySet[Case]:
    """Those of the cases that have all words of a text, each perhaps longer, or a record whose name begins with it.

    `units`, where the cases are of a few, keeps the search from reading those of all others.
    """
    words = _WORD.findall(search_key(text))
    if not words:
        return found.none()
    own = sorted(map(token, units)) if units is not None and len(units) <= _MOST_UNITS else []
    by_words = Q(pk__in=RawSQL(_SQL[connection.vendor], [_query(words, own)]))  # noqa: S611 - words of [a-z0-9] only
    records = Item.objects.filter(record__gte=text.strip(), record__lt=text.strip() + "\U0010ffff")
    if own:  # a few cases, each of which is looked into; else all that have such a record are found first
        return found.filter(by_words | Q(Exists(records.filter(case=OuterRef("pk")))))
    return found.filter(by_words | Q(pk__in=records.values("case")))


def _query(words: list[str], units: list[str]) -> str:
    if connection.vendor == "postgresql":
        terms = [f"{word}:*" for word in words]
        return " & ".join([*terms, f"({' | '.join(units)})"] if units else terms)
    terms = [f"{word}*" for word in words]
    return " AND ".join([*terms, f"({' OR '.join(units)})"] if units else terms)
