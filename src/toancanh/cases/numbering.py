"""Numbering: the numbers of formal slips, one row of them a year without gaps (30/2020/NĐ-CP, articles 14 and 15)."""

from toancanh.cases.models import Book


def next_number(kind: str, year: int) -> int:
    """The next number of a kind in a year; given back if the caller's transaction is rolled back."""
    book, _made = Book.objects.select_for_update().get_or_create(kind=kind, year=year)
    book.last += 1
    book.save(update_fields=["last"])
    return book.last
