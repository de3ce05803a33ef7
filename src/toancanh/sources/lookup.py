"""Lookup: the units that a column of codes or names means, each at the day of its own row."""

from datetime import date
from functools import cached_property

import polars as pl

from toancanh.base.problems import Problem
from toancanh.sources.mappings import Rule
from toancanh.units.models import Unit
from toancanh.units.names import Resolver
from toancanh.units.tree import Register, reference


class Lookup:
    """Finds units for one field of one load; what was found once is remembered."""

    def __init__(self, rule: Rule, day_field: str, register: Register | None = None) -> None:
        self._rule, self._day_field, self._register = rule, day_field, register
        self._resolvers: dict[date, Resolver] = {}
        self._found: dict[tuple[str, date], str | Problem] = {}

    def resolve(self, text: pl.Series, days: pl.Series) -> tuple[pl.Series, dict[int, Problem]]:
        """References ("gso:66") in place of the text; reasons where a unit is unknown, ambiguous or not of that day."""
        rows = pl.DataFrame({"text": text, "day": days})
        stays = self._lasting(rows) if self._rule.lookup == "code" and not self._rule.within else {}
        found = text.replace_strict(stays, default=None, return_dtype=pl.String)
        left = rows.with_row_index("place").filter(pl.col("text").is_not_null() & found.is_null())
        failures: dict[int, Problem] = {}
        if left.is_empty():
            return found, failures
        refs: list[str | None] = []
        for place, cell, day in left.iter_rows():
            answer = self._one(cell, day)
            if isinstance(answer, Problem):
                failures[place] = answer
            refs.append(None if isinstance(answer, Problem) else answer)
        return found.scatter(left["place"], pl.Series(refs, dtype=pl.String)), failures

    @cached_property
    def _spans(self) -> dict[str, list[tuple[date, date]]]:
        """Every reference with its days, first and last."""
        spans: dict[str, list[tuple[date, date]]] = {}
        for scheme, code, start, end in Unit.objects.values_list("scheme", "code", "valid_from", "valid_to"):
            spans.setdefault(f"{scheme}:{code}", []).append((start or date.min, end or date.max))
        return spans

    def _lasting(self, rows: pl.DataFrame) -> dict[str, str]:
        """The codes that mean one and the same unit on all days they are used on here."""
        stays: dict[str, str] = {}
        used = (
            rows.drop_nulls("text")
            .group_by("text")
            .agg(
                pl.col("day").min().alias("first"),
                pl.col("day").max().alias("last"),
                pl.col("day").null_count().alias("none"),
            )
        )
        for text, first, last, none in used.iter_rows():
            ref = reference(text)
            whole = any(start <= first and last <= end for start, end in self._spans.get(ref, ())) if first else False
            if whole and not none:
                stays[text] = ref
        return stays

    def _one(self, text: str, day: date | None) -> str | Problem:
        if day is None:
            return Problem("unit.no_day", value=text, field=self._day_field)
        key = (text, day)
        if key not in self._found:
            self._found[key] = self._ask(text, day)
        return self._found[key]

    def _ask(self, text: str, day: date) -> str | Problem:
        if day not in self._resolvers:
            self._resolvers[day] = Resolver(day, self._rule.within or None, self._register)
        try:
            return self._resolvers[day].find(text).ref
        except Problem as problem:
            if problem.code != "unit.unknown" or self._rule.unknown == "reject":
                return problem
            return text if self._rule.unknown == "accept" else self._rule.unknown
