"""Passports on the page: records in words, each with its origin; what was known when."""

import re

import pytest
from places import FILE, MAILS, OWN, PARENT

from toancanh.sources.models import Load

RATE = f"dossiers.on_time_rate~{OWN.code}~2026-03-02~2026-03-06"
CLAIM = f"{MAILS}~{OWN.code}~2025-12-01~2025-12-31"


def text(response):
    return " ".join(re.sub(r"<[^>]+>", " ", response.content.decode()).split())


def test_the_records_behind_a_rate_are_told_in_words_with_their_load_and_row(visit):
    response = visit().get(f"/figures/{RATE}")
    page = text(response)
    for words in ("Mã hồ sơ", "Thời điểm tiếp nhận", "Ở tử số", OWN.name, "Đã xử lý xong"):
        assert words in page
    load = Load.objects.get(filename=FILE)
    assert f'<a href="/loads/{load.pk}">' in response.content.decode()
    lines = response.context["lines"]
    assert sum(line.in_part for line in lines) == response.context["passport"].contribution.part
    assert {line.load for line in lines} == {load.pk}


def test_a_passport_tells_what_was_known_on_a_day(visit):
    client = visit()
    assert client.get(f"/figures/{CLAIM}?as_of=2026-01-01").status_code == 404
    assert client.get(f"/figures/{CLAIM}?as_of=2099-01-01").status_code == 200


def test_a_moment_that_is_none_is_refused_in_words(visit):
    response = visit().get(f"/figures/{CLAIM}?as_of=hôm+qua")
    assert response.status_code == 422
    assert "không phải là một ngày" in text(response)


@pytest.mark.parametrize("unit", [OWN, PARENT])
def test_only_units_of_one_kind_are_ranked_together(visit, unit):
    ranked = visit().get(f"/indicators/{MAILS}?unit={unit.code}").context["ranking"]
    codes = {each["href"].removeprefix("/units/") for each in ranked}
    assert PARENT.code not in codes
    assert OWN.code in codes


def test_the_table_behind_a_chart_leads_to_passports(visit):
    response = visit().get(f"/indicators/{MAILS}?unit={OWN.code}")
    table = response.context["table"]
    addresses = [row[column.figure] for row in table.rows for column in table.columns if column.figure in row]
    assert addresses
    assert all(visit().get(f"/figures/{address}").status_code == 200 for address in addresses)
