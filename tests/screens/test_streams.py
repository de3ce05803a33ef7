"""Streamed downloads: every record behind a figure, for whoever may see it; on a database that commits for real."""

import asyncio
import csv
import io

import places
import pytest
from places import ALIKE, OWN, PARENT, PLACES, SLY

from toancanh.access.roles import Role
from toancanh.sources.models import Load


@pytest.fixture
def download(province, tmp_path, client):
    """The rows of the CSV behind the dossiers that a unit received, as somebody of a place gets them."""
    places.build(tmp_path)
    people = places.people()

    def _download(place, unit=None, url=""):
        client.force_login(people[Role.OFFICER, place])
        if unit:
            url = f"/figures/dossiers.received~{unit.code}~2026-03-01~2026-03-31/records.csv"
        response = client.get(url)
        if response.status_code != 200:
            return response.status_code

        async def whole():
            return [part async for part in response]

        text = b"".join(asyncio.run(whole())).decode("utf-8-sig")
        return list(csv.DictReader(io.StringIO(text)))

    return _download


def test_whoever_may_gets_every_record_and_nobody_else_any(download):
    assert [row["dossier_id"] for row in download(OWN, OWN)] == [f"{OWN.prefix}{n}" for n in range(OWN.dossiers)]
    assert {row["unit"] for row in download(PARENT, PARENT)} == {place.code for place in PLACES}
    assert download(ALIKE, OWN) == download(OWN, ALIKE) == download(OWN, PARENT) == 404


def test_no_cell_is_a_formula(download):
    cells = {cell for row in download(PARENT, PARENT) for cell in row.values()}
    assert {f"'{each}" for each in SLY} <= cells
    assert not set(SLY) & cells


def test_each_record_says_whether_it_counts_and_where_it_came_from(download):
    rows = download(PARENT, PARENT)
    (load,) = Load.objects.filter(filename=places.FILE)
    assert {(row["source"], row["load"], row["in_part"]) for row in rows} == {("dossiers", str(load.pk), "true")}
    assert all(int(row["row"]) > 1 for row in rows)


@pytest.mark.parametrize("place", PLACES, ids=["own", "alike", "sibling", "parent"])
def test_a_list_of_cases_downloads_as_far_as_one_may_see(download, place):
    rows = download(place, url="/cases/export.csv?state=all")
    assert sorted(row["Đơn vị"] for row in rows) == sorted(seen.name for seen in places.SEES[place])
