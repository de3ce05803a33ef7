"""Query counts: a page asks the operational database a fixed number of times, however much there is."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from places import MAILS, OWN, PARENT

from toancanh.cases import actions
from toancanh.sources import registry
from toancanh.sources.models import Load

REVISION = "units_revision"
PAGES = [
    ("/", 16),
    ("/boards/dossiers", 6),
    ("/boards/digital", 6),
    ("/reconciliations/dossiers?period=all", 8),
    ("/scores/766?period=2026-03", 6),
    ("/api/v1/scores/766?period=2026-03", 6),
    ("/indicators", 6),
    (f"/indicators/{MAILS}", 6),
    ("/indicators/dossiers.received?grain=day", 6),
    ("/sources", 18),
    ("/sources/live", 14),
    ("/api/v1/sources/dossiers", 14),
    ("/units", 6),
    (f"/units/{PARENT.code}", 6),
    ("/api/v1/figures?grain=day", 6),
    ("/api/v1/units", 6),
    ("/api/v1/sources", 8),
    ("/cases", 9),
    ("/cases?state=all&q=qua+han&page=2", 9),
    ("/cases?state=closed", 9),
]


def asked(client, address):
    """The statements a second visit to a page makes."""
    client.get(address)
    with CaptureQueriesContext(connection) as found:
        assert client.get(address).status_code == 200
    return [query["sql"] for query in found.captured_queries]


@pytest.mark.parametrize(("address", "most"), PAGES)
def test_a_page_asks_at_most_so_many_questions(visit, address, most):
    assert len([sql for sql in asked(visit(), address) if REVISION not in sql]) <= most


@pytest.mark.parametrize("address", [f"/units/{PARENT.code}", f"/units/{OWN.code}", "/boards/dossiers", "/"])
def test_a_page_asks_for_the_revision_of_the_units_once(visit, address):
    assert len([sql for sql in asked(visit(), address) if REVISION in sql]) == 1


@pytest.mark.parametrize("address", ["/sources", "/sources/dossiers", "/api/v1/sources", "/"])
def test_more_loads_ask_no_more_questions(visit, address):
    client, counts = visit(), []
    client.get(address)
    for _ in range(2):
        with CaptureQueriesContext(
            connection,
        ) as found:
            assert client.get(address).status_code == 200
        counts.append(len(found))
        source = registry.get("dossiers")
        Load.objects.bulk_create(
            Load(source=source, filename=f"{n}.csv", sha256=f"{n:064}", size=1, state=Load.State.DONE, by="user:lan")
            for n in range(30)
        )
    assert counts[0] == counts[1]


def test_more_cases_ask_no_more_questions(visit):
    client, counts = visit(), []
    for _ in range(2):
        counts.append(len(asked(client, "/cases?state=all")))
        for number in range(60):
            actions.create("slip", unit=OWN.code, title=f"Hồ sơ quá hạn {number}", person=None)
    assert counts[0] <= counts[1] <= counts[0] + 2  # what is there is read, and its workflow
