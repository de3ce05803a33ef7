"""Numbering: the numbers of formal slips, one row of them a year without gaps (30/2020/NĐ-CP, articles 14 and 15)."""

from django.db import connection

from toancanh.cases.models import Book

_NEXT = "INSERT INTO {} (kind, year, last) VALUES (%s, %s, 1) ON CONFLICT (kind, year) DO UPDATE SET last = {}.last + 1"


def next_number(kind: str, year: int) -> int:
    """The next number of a kind in a year; given back if the caller's transaction is rolled back."""
    book = Book._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(f"{_NEXT.format(book, book)} RETURNING last", [kind, year])
        (last,) = cursor.fetchone()
    return int(last)
