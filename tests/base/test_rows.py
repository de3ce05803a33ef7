"""Rows: many written at once, each with its key; what is there already is left alone."""

from datetime import UTC, datetime

import pytest

from toancanh.base import rows
from toancanh.base.models import News
from toancanh.cases.models import Book

pytestmark = pytest.mark.django_db
AT = datetime(2026, 11, 26, 2, tzinfo=UTC)


def news(number):
    return News(at=AT, name=f"n{number}", facts={"chữ": "đ", "số": number})


def test_rows_are_written_and_given_their_keys_in_their_order():
    made = rows.insert([news(number) for number in range(3)])
    assert [each.pk for each in made] == sorted(each.pk for each in made)
    kept = News.objects.in_bulk([each.pk for each in made])
    assert [(kept[each.pk].name, kept[each.pk].facts, kept[each.pk].at) for each in made] == [
        (f"n{number}", {"chữ": "đ", "số": number}, AT) for number in range(3)
    ]


def test_more_rows_than_one_statement_takes_are_all_written():
    rows.insert([news(number) for number in range(rows._MOST)])
    assert News.objects.count() == rows._MOST


def test_what_is_there_already_is_left_alone_and_not_told():
    rows.insert([Book(kind="slip", year=2025, last=7)])
    made = rows.insert([Book(kind="slip", year=year, last=1) for year in (2025, 2026)], unless=("kind", "year"))
    assert [each.year for each in made] == [2026]
    assert dict(Book.objects.values_list("year", "last")) == {2025: 7, 2026: 1}


def test_the_same_row_twice_in_one_call_is_written_once():
    made = rows.insert([Book(kind="slip", year=2026, last=last) for last in (1, 2)], unless=("kind", "year"))
    assert [(each.last, each.pk is not None) for each in made] == [(1, True)]


@pytest.mark.parametrize("count", [1, 3])
def test_fields_that_are_named_are_written_and_others_left(count):
    made = rows.insert([news(number) for number in range(count)])
    for each in made:
        each.name, each.facts = "other", {"new": [1, None]}
    rows.update(made, ["facts"])
    assert set(News.objects.values_list("name", flat=True)) == {f"n{number}" for number in range(count)}
    assert all(each.facts == {"new": [1, None]} for each in News.objects.all())


def test_nothing_is_written_of_nothing():
    assert rows.insert([]) == []
    rows.update([], ["facts"])
