"""The text of a cell means one value or none."""

from datetime import UTC, date, datetime, timedelta, timezone

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from toancanh.base.clock import VIETNAM
from toancanh.base.numbers import plain
from toancanh.base.problems import Problem
from toancanh.sources import columns
from toancanh.sources.parsers import Options, parse
from toancanh.warehouse.types import Kind

VI, EN, PLAIN = Options(decimal=","), Options(decimal="."), Options()
moments = st.datetimes(datetime(1976, 1, 1), datetime(2199, 12, 30))  # noqa: DTZ001


def many(cells):
    """The cells so often that they are not read one by one."""
    return list(cells) * (200 // len(cells) + 1)


def cleaned(cells):
    """The cells cleaned, few or many of them alike."""
    few, all_of = (columns.clean(pl.Series(each, dtype=pl.String)).to_list() for each in (cells, many(cells)))
    assert many(few) == all_of
    return few


def cast(cells, kind, options):
    """The column of these cells and why some are no value, by place; few or many of them alike."""
    few, all_of = (columns.cast(pl.Series(each, dtype=pl.String), kind, options) for each in (cells, many(cells)))
    assert few.values.dtype == all_of.values.dtype
    assert many(few.values.to_list()) == all_of.values.to_list()
    codes = {place: problem.code for place, problem in few.failures.items()}
    repeated = range(0, len(all_of.values), len(cells))
    assert {start + place: code for start in repeated for place, code in codes.items()} == {
        place: problem.code for place, problem in all_of.failures.items()
    }
    return few.values.to_list(), codes


@pytest.mark.parametrize(
    ("text", "kind", "options", "value"),
    [
        ("1.265.362", Kind.INTEGER, PLAIN, 1265362),
        ("1,265,362", Kind.INTEGER, PLAIN, 1265362),
        ("1 265 362", Kind.INTEGER, PLAIN, 1265362),
        ("95,99", Kind.NUMBER, PLAIN, 95.99),
        ("95.99", Kind.NUMBER, PLAIN, 95.99),
        ("1.2345", Kind.NUMBER, PLAIN, 1.2345),
        ("1.2340", Kind.NUMBER, PLAIN, 1.234),
        ("1234.567", Kind.NUMBER, PLAIN, 1234.567),
        ("0.125", Kind.NUMBER, PLAIN, 0.125),
        ("-0,125", Kind.NUMBER, PLAIN, -0.125),
        ("1.234", Kind.NUMBER, EN, 1.234),
        ("1.234", Kind.INTEGER, VI, 1234),
        ("1.234", Kind.NUMBER, VI, 1234.0),
        ("1.234,5", Kind.NUMBER, PLAIN, 1234.5),
        ("1,234.5", Kind.NUMBER, PLAIN, 1234.5),
        ("1,234", Kind.INTEGER, EN, 1234),
        ("-3,5", Kind.NUMBER, VI, -3.5),
        ("12.0", Kind.INTEGER, PLAIN, 12),
        ("1e3", Kind.NUMBER, PLAIN, 1000.0),
        ("2022-01-31", Kind.DATE, PLAIN, date(2022, 1, 31)),
        ("31/1/2022", Kind.DATE, PLAIN, date(2022, 1, 31)),
        ("31-01-2022", Kind.DATE, PLAIN, date(2022, 1, 31)),
        ("01/31/2022", Kind.DATE, Options(format="MM/dd/yyyy"), date(2022, 1, 31)),
        ("31/01/22", Kind.DATE, Options(format="dd/MM/yy"), date(2022, 1, 31)),
        ("44592", Kind.DATE, Options(serials=date(1899, 12, 30)), date(2022, 1, 31)),
        ("2022-01-31T00:00:00", Kind.DATE, PLAIN, date(2022, 1, 31)),
        ("2010-10-05 08:32:48.565000+02:00", Kind.TIME, PLAIN, datetime(2010, 10, 5, 6, 32, 48, 565000, UTC)),
        ("2010-10-05 08:32:48+02:00", Kind.TIME, PLAIN, datetime(2010, 10, 5, 6, 32, 48, 0, UTC)),
        ("2010-10-05T08:32:48Z", Kind.TIME, PLAIN, datetime(2010, 10, 5, 8, 32, 48, 0, UTC)),
        ("2010-10-05 08:32:48", Kind.TIME, PLAIN, datetime(2010, 10, 5, 1, 32, 48, 0, UTC)),
        ("05/10/2010 08:32", Kind.TIME, PLAIN, datetime(2010, 10, 5, 1, 32, 0, 0, UTC)),
        ("08:32 05/10/2010", Kind.TIME, PLAIN, datetime(2010, 10, 5, 1, 32, 0, 0, UTC)),
        ("05/10/2010", Kind.TIME, PLAIN, datetime(2010, 10, 4, 17, 0, 0, 0, UTC)),
        ("Có", Kind.BOOLEAN, PLAIN, True),
        ("KHÔNG", Kind.BOOLEAN, PLAIN, False),
        ("x", Kind.BOOLEAN, PLAIN, True),
        ("0", Kind.BOOLEAN, PLAIN, False),
        ("  Hoa\u0300  Tha\u0306\u0301ng ", Kind.TEXT, PLAIN, "Hoà Thắng"),
    ],
)
def test_a_cell_means_a_value(text, kind, options, value):
    assert parse(text, kind, options) == value
    assert cast(cleaned([text, None, text]), kind, options) == ([value, None, value], {})


@pytest.mark.parametrize(
    ("text", "kind", "options", "code"),
    [
        ("1.234", Kind.INTEGER, PLAIN, "number.ambiguous"),
        ("0.125", Kind.INTEGER, PLAIN, "number.not_whole"),
        ("1,234", Kind.NUMBER, PLAIN, "number.ambiguous"),
        ("1.250", Kind.NUMBER, PLAIN, "number.ambiguous"),
        ("46.210", Kind.NUMBER, PLAIN, "number.ambiguous"),
        ("-108.987", Kind.NUMBER, PLAIN, "number.ambiguous"),
        ("+1.250", Kind.NUMBER, PLAIN, "number.ambiguous"),
        ("1.5", Kind.NUMBER, VI, "number.ambiguous"),
        ("1.265.36", Kind.NUMBER, PLAIN, "number.malformed"),
        ("inf", Kind.NUMBER, PLAIN, "number.malformed"),
        ("1e999", Kind.NUMBER, PLAIN, "number.too_large"),
        ("9223372036854775808", Kind.INTEGER, PLAIN, "number.too_large"),
        ("15/21/2022", Kind.DATE, PLAIN, "date.impossible_month"),
        ("2022-02-29", Kind.DATE, PLAIN, "date.impossible"),
        ("44592", Kind.DATE, PLAIN, "date.malformed"),
        ("31/01/2022", Kind.DATE, Options(format="yyyy-MM-dd"), "date.malformed"),
        ("2022-01-31 24:00:00", Kind.TIME, PLAIN, "time.impossible"),
        ("2022-01-31 08:00:00+19:00", Kind.TIME, PLAIN, "time.impossible"),
        ("2022-02-31 08:00:00", Kind.TIME, PLAIN, "date.impossible"),
        ("vâng", Kind.BOOLEAN, PLAIN, "boolean.malformed"),
    ],
)
def test_what_is_no_value_has_a_reason(text, kind, options, code):
    with pytest.raises(Problem) as refused:
        parse(text, kind, options)
    assert refused.value.code == code
    assert cast([None, text], kind, options) == ([None, None], {1: code})


@given(st.integers(-(2**63), 2**63 - 1))
def test_whole_numbers_survive_both_notations(value):
    assert parse(plain(value), Kind.INTEGER, VI) == value
    assert parse(plain(value, language="en"), Kind.INTEGER, EN) == value
    assert parse(str(value), Kind.INTEGER) == value


@given(st.from_regex(r"[+-]?[0-9]{1,5}[.,][0-9]{1,5}", fullmatch=True))
def test_a_number_is_refused_as_ambiguous_only_where_both_notations_could_be_meant(text):
    whole, _, fraction = text.lstrip("+-").replace(",", ".").partition(".")
    either = len(whole) <= 3 and whole[0] != "0" and len(fraction) == 3
    _values, codes = cast([text], Kind.NUMBER, PLAIN)
    assert codes == ({0: "number.ambiguous"} if either else {})


@given(st.floats(-1e12, 1e12).map(lambda value: round(value, 4)))
def test_numbers_survive_both_notations(value):
    assert parse(plain(value), Kind.NUMBER, VI) == value
    assert parse(plain(value, language="en"), Kind.NUMBER, EN) == value


@given(st.dates(date(1900, 1, 1), date(2199, 12, 31)))
def test_days_survive_both_notations(value):
    assert parse(value.isoformat(), Kind.DATE) == parse(f"{value:%d/%m/%Y}", Kind.DATE) == value


@given(st.lists(st.tuples(moments, st.sampled_from([None, -12, 0, 2, 7]), st.sampled_from("T ")), min_size=1))
def test_a_column_of_mixed_times_reads_as_its_cells_do(cells):
    texts, values = [], []
    for moment, hours, separator in cells:
        zone = VIETNAM if hours is None else timezone(timedelta(hours=hours))
        values.append(moment.replace(tzinfo=zone).astimezone(UTC))
        texts.append((moment if hours is None else moment.replace(tzinfo=zone)).isoformat(separator))
    assert values == [parse(text, Kind.TIME) for text in texts]
    assert cast(texts, Kind.TIME, PLAIN) == (values, {})


@given(
    st.text(max_size=30),
    st.sampled_from(list(Kind)),
    st.sampled_from([PLAIN, VI, EN, Options(serials=date(1899, 12, 30))]),
)
def test_any_text_is_a_value_or_a_reason_and_the_column_agrees_with_the_cell(text, kind, options):
    (cell,) = cleaned([text])
    if cell is None:
        return
    value, codes = None, {}
    try:
        value = parse(cell, kind, options)
    except Problem as problem:
        codes = {0: problem.code}
    assert cast([cell], kind, options) == ([value], codes)
