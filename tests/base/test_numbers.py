"""Numbers as readers write them, and rates as they are computed."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from toancanh.base.numbers import plain, ratio


@pytest.mark.parametrize(
    ("value", "digits", "vi", "en"),
    [
        (1265362, None, "1.265.362", "1,265,362"),
        (95.99, None, "95,99", "95.99"),
        (100.0, None, "100", "100"),
        (1000000.0, None, "1.000.000", "1,000,000"),
        (0.125, 2, "0,13", "0.13"),
        (-1234.5, 0, "-1.235", "-1,235"),
    ],
)
def test_marks_follow_the_readers_language(value, digits, vi, en):
    assert plain(value, digits) == vi
    assert plain(value, digits, "en") == en


@given(st.integers(-(10**15), 10**15))
def test_a_whole_number_reads_back_as_itself(number):
    assert int(plain(number).replace(".", "")) == number


@given(st.floats(-1e9, 1e9, allow_nan=False).map(lambda value: round(value, 4)))
def test_a_decimal_loses_nothing_without_digits(value):
    assert float(plain(value, None, "en").replace(",", "")) == value


def test_a_rate_without_base_is_missing():
    assert ratio(5, 0) is None


def test_a_rate_is_rounded_half_up():
    assert ratio(1, 8, 1) == 12.5
    assert ratio(1, 800, 2) == 0.13


@given(st.integers(0, 10**7), st.integers(1, 10**7))
def test_a_rate_is_within_half_a_step_of_the_exact_one(part, whole):
    found = ratio(part, whole)
    assert found is not None
    assert abs(Fraction(str(found)) - Fraction(part * 100, whole)) <= Fraction(1, 200)
