"""Gates: no address without one; nobody sees through his what belongs to others."""

import base64
import io
from collections.abc import Callable
from typing import NamedTuple

import docx
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.urls import URLPattern, URLResolver, get_resolver
from openpyxl import load_workbook
from places import ALIKE, FILE, LAST, MAILS, OWN, PARENT, PLACES, SEES, SIBLING

from toancanh.access.models import User
from toancanh.access.roles import GRANTS, Permission, Role
from toancanh.alerts.models import Alert
from toancanh.cases.models import Case
from toancanh.sources.models import Load

# django-ninja's own pages hold no data: the description of the API, and an empty root.
NINJAS_OWN = {"openapi-json", "api-root"}
P = Permission
MONTH = "2026-03-01~2026-03-31"
CLAIM = f"{MAILS}~{OWN.code}~2025-12-01~2025-12-31"
COMPUTED = f"dossiers.received~{OWN.code}~{MONTH}"
PERIOD = f"since=2026-03-01&until={LAST}"


def patterns(resolver=None, prefix=""):
    """Every address of the product with its view, ninja's operations apart."""
    for entry in (resolver or get_resolver()).url_patterns:
        if isinstance(entry, URLResolver):
            yield from patterns(entry, prefix + str(entry.pattern))
        elif isinstance(entry, URLPattern):
            yield prefix + str(entry.pattern), entry


def operations(entry):
    """The functions behind a path, one for each method; django-ninja keeps them in a view of its own."""
    for cell in getattr(entry.callback, "__closure__", None) or ():
        if hasattr(cell.cell_contents, "operations"):
            return [each.view_func for each in cell.cell_contents.operations]
    keeper = getattr(entry.callback, "__self__", None)
    return [each.view_func for each in keeper.operations] if hasattr(keeper, "operations") else [entry.callback]


def test_every_address_has_a_gate_or_says_that_it_is_public():
    open_ones = [
        address
        for address, entry in patterns()
        if entry.name not in NINJAS_OWN
        for view in operations(entry)
        if getattr(view, "gate", None) not in {*(each.value for each in Permission), "public"}
    ]
    assert open_ones == []


def test_only_the_entrance_is_public():
    """And what a source pushes, which is believed for its signature."""
    public = {address for address, entry in patterns() for v in operations(entry) if getattr(v, "gate", "") == "public"}
    assert public == {"login", "logout", "language", "healthz", "api/v1/sources/<name>/push"}


class Route(NamedTuple):
    """How a route is asked, what it needs, whom it serves: `scope` is the unit whose data it is about."""

    url: str
    permission: Permission
    scope: Callable | None = None
    method: str = "get"
    fine: int = 200
    data: dict | None = None
    session: bool = True  # whether a log-in on the page is enough
    whole: bool = False  # only for who belongs to no unit


def of_own(place):
    return OWN in SEES[place]


def of_province(place):
    """The sources belong to the province's offices."""
    return place is PARENT


ROUTES = {
    "overview": [Route("/", P.FIGURES_READ)],
    "overview-live": [Route("/live", P.FIGURES_READ)],
    "alerts": [Route("/alerts", P.FIGURES_READ)],
    "alerts-live": [Route("/alerts/live", P.FIGURES_READ)],
    "cases": [
        Route("/cases", P.CASES_READ),
        Route("/cases?state=all", P.CASES_READ),
        Route(f"/cases?state=all&unit={OWN.code}", P.CASES_READ),
        Route("/cases?state=all&q=HS", P.CASES_READ),
    ],
    "cases-live": [Route("/cases/live", P.CASES_READ)],
    "cases-bulk": [Route("/cases/bulk", P.CASES_WRITE, method="post", fine=302)],
    "case-filters": [Route("/cases/filters", P.CASES_READ, method="post", fine=302)],
    "case-new": [Route("/cases/new", P.CASES_WRITE)],
    "case-export": [
        Route("/cases/export.xlsx?state=all", P.CASES_READ),
    ],
    "case": [Route("/cases/{case}", P.CASES_READ, of_own)],
    "case-live": [Route("/cases/{case}/live", P.CASES_READ, of_own)],
    "case-act": [Route("/cases/{case}/act", P.CASES_WRITE, of_own, "post", 404)],
    "case-say": [Route("/cases/{case}/say", P.CASES_READ, of_own, "post", 302, {"what": "watch", "on": "0"})],
    "case-document": [Route("/cases/{case}/document.docx", P.CASES_READ, of_own)],
    "case-attachment": [Route("/cases/{case}/attachments/{file}", P.CASES_READ, of_own)],
    "workflows": [Route("/workflows", P.RULES_READ)],
    "workflow": [Route("/workflows/slip", P.RULES_READ), Route("/workflows/letterhead", P.RULES_READ)],
    "slips": [Route("/slips?month=2026-11", P.CASES_LEAD), Route("/slips", P.CASES_LEAD)],
    "slips-live": [Route("/slips/live", P.CASES_LEAD)],
    "slips-export": [Route("/slips/export.csv", P.CASES_LEAD), Route("/slips/export.xlsx", P.CASES_LEAD)],
    "slip-remind": [Route("/slips/{case}/remind", P.CASES_LEAD, of_own, "post", 302)],
    "my-notices": [
        Route("/me/notices", P.FIGURES_READ),
        Route("/me/notices", P.FIGURES_READ, method="post", fine=422),
    ],
    "my-notices-read": [Route("/me/notices/read", P.FIGURES_READ, method="post", fine=302)],
    "my-notice": [Route("/me/notices/1", P.FIGURES_READ, fine=404)],
    "my-addresses": [Route("/me/notices/addresses", P.FIGURES_READ, method="post", fine=404)],
    "my-address": [Route("/me/notices/addresses/1", P.FIGURES_READ, method="post", fine=404)],
    "notices": [Route("/notices", P.MESSAGES_READ), Route("/notices?state=dead", P.MESSAGES_READ)],
    "notice-again": [Route("/notices/1/again", P.MESSAGES_WRITE, method="post", fine=404)],
    "channel": [Route("/notices/channels/new", P.CHANNELS_WRITE, whole=True)],
    "alert": [Route("/alerts/{alert}", P.FIGURES_READ, of_own)],
    "alerts-act": [Route("/alerts/act", P.ALERTS_WRITE, method="post", fine=302, data={"action": "acknowledge"})],
    "alert-handover": [Route("/alerts/handover", P.ALERTS_WRITE)],
    "alert-take-over": [Route("/alerts/handover/999999/take", P.ALERTS_WRITE, method="post", fine=404)],
    "silences": [Route("/silences", P.ALERTS_WRITE)],
    "silence-end": [Route("/silences/999999/end", P.ALERTS_WRITE, method="post", fine=404)],
    "rules": [Route("/rules", P.RULES_READ)],
    "rule": [
        Route("/rules/dossiers.many_overdue", P.RULES_READ),
        Route("/rules/dossiers.many_overdue?from=2026-03-05&to=2026-03-06", P.RULES_READ),
    ],
    "rule-new": [Route("/rules/new", P.RULES_WRITE, whole=True)],
    "rule-edit": [Route("/rules/dossiers.many_overdue/edit", P.RULES_WRITE, whole=True)],
    "rule-publish": [Route("/rules/dossiers.many_overdue/publish", P.RULES_WRITE, method="post", whole=True)],
    "rule-discard": [Route("/rules/dossiers.many_overdue/discard", P.RULES_WRITE, method="post", whole=True)],
    "metrics": [Route("/metrics", P.METRICS_READ)],
    "progress": [Route("/progress", P.SOURCES_READ)],
    "search": [Route("/search?q=ho", P.FIGURES_READ)],
    "board": [
        Route(f"/boards/dossiers?{PERIOD}", P.FIGURES_READ),
        Route(f"/boards/dossiers?unit={OWN.code}&{PERIOD}", P.FIGURES_READ, of_own),
        Route("/boards/digital", P.FIGURES_READ),
        Route(f"/boards/digital?unit={OWN.code}", P.FIGURES_READ),
    ],
    "board-live": [
        Route(f"/boards/dossiers/live?{PERIOD}", P.FIGURES_READ),
        Route(f"/boards/dossiers/live?unit={OWN.code}&{PERIOD}", P.FIGURES_READ, of_own),
    ],
    "board-export": [
        Route(f"/boards/dossiers/export.csv?{PERIOD}", P.FIGURES_READ),
        Route(f"/boards/dossiers/export.csv?unit={OWN.code}&{PERIOD}", P.FIGURES_READ, of_own),
        Route(f"/boards/dossiers/export.xlsx?{PERIOD}", P.FIGURES_READ),
        Route("/boards/digital/export.csv", P.FIGURES_READ),
    ],
    "board-boundaries": [Route(f"/boards/dossiers/boundaries.json?unit={OWN.code}", P.FIGURES_READ, of_own)],
    "scores": [
        Route("/scores/766?period=2026-03", P.FIGURES_READ),
        Route(f"/scores/766?unit={OWN.code}&period=2026-03", P.FIGURES_READ, of_own),
    ],
    "scores-live": [
        Route("/scores/766/live?period=2026-03", P.FIGURES_READ),
        Route(f"/scores/766/live?unit={OWN.code}&period=2026-03", P.FIGURES_READ, of_own),
    ],
    "scores-points": [Route("/scores/766/points", P.RULES_WRITE, whole=True)],
    "scores-export": [
        Route("/scores/766/export.csv?period=2026-03", P.FIGURES_READ),
        Route(f"/scores/766/export.xlsx?unit={OWN.code}&period=2026-03", P.FIGURES_READ, of_own),
    ],
    "indicators": [Route("/indicators", P.FIGURES_READ)],
    "indicator": [
        Route(f"/indicators/{MAILS}?unit={OWN.code}", P.FIGURES_READ),
        Route("/indicators/dossiers.received?grain=day", P.FIGURES_READ),
    ],
    "indicator-export": [Route(f"/indicators/{MAILS}/export.csv", P.FIGURES_READ)],
    "figure": [
        Route(f"/figures/{CLAIM}", P.FIGURES_READ, of_own),
        Route(f"/figures/{COMPUTED}", P.FIGURES_READ, of_own),
    ],
    "figure-records": [Route(f"/figures/{COMPUTED}/records.csv", P.RECORDS_READ, of_own)],
    "reconciliation": [
        Route(f"/reconciliations/dossiers?{PERIOD}", P.RECORDS_READ),
        Route(f"/reconciliations/dossiers?unit={OWN.code}&{PERIOD}", P.RECORDS_READ, of_own),
    ],
    "reconciliation-export": [
        Route(f"/reconciliations/dossiers/export.csv?{PERIOD}", P.RECORDS_READ),
        Route(f"/reconciliations/dossiers/export.xlsx?{PERIOD}", P.RECORDS_READ),
        Route(f"/reconciliations/dossiers/export.csv?unit={OWN.code}&{PERIOD}", P.RECORDS_READ, of_own),
    ],
    "sources": [Route("/sources", P.SOURCES_READ)],
    "sources-live": [Route("/sources/live", P.SOURCES_READ)],
    "source": [Route("/sources/dossiers", P.SOURCES_READ, of_province)],
    "source-live": [Route("/sources/dossiers/live", P.SOURCES_READ, of_province)],
    "source-new": [Route("/sources/new", P.SOURCES_WRITE, whole=True)],
    "source-edit": [Route("/sources/dossiers/edit", P.SOURCES_WRITE, whole=True)],
    "source-try": [Route("/sources/dossiers/try", P.SOURCES_WRITE, method="post", whole=True)],
    "source-secret": [Route("/sources/dossiers/secret", P.SOURCES_WRITE, method="post", whole=True)],
    "source-pause": [Route("/sources/dossiers/pause", P.SOURCES_WRITE, of_province, "post", 409)],
    "source-resume": [Route("/sources/dossiers/resume", P.SOURCES_WRITE, of_province, "post", 409)],
    "source-replay": [Route("/sources/dossiers/replay", P.SOURCES_WRITE, of_province, "post", 422)],
    "quarantine": [Route("/sources/dossiers/quarantine", P.QUARANTINE_READ, of_province)],
    "mend": [Route("/sources/dossiers/quarantine/mend", P.LOADS_WRITE, of_province, "post", 422)],
    "upload": [Route("/sources/dossiers/upload", P.LOADS_WRITE, of_province, "post", 422)],
    "load": [Route("/loads/{load}", P.SOURCES_READ, of_province)],
    "load-progress": [Route("/loads/{load}/progress", P.SOURCES_READ, of_province)],
    "load-rejects": [Route("/loads/{load}/rejects.csv", P.QUARANTINE_READ, of_province)],
    "load-withdraw": [Route("/loads/{load}/withdraw", P.LOADS_WRITE, of_province, "post", 422)],
    "units": [Route("/units?q=mau", P.UNITS_READ)],
    "unit": [Route(f"/units/{OWN.code}", P.UNITS_READ)],
    "api:units": [Route("/api/v1/units?limit=1000", P.UNITS_READ)],
    "api:indicators": [Route("/api/v1/indicators", P.FIGURES_READ)],
    "api:figures": [
        Route("/api/v1/figures?limit=1000&grain=day", P.FIGURES_READ),
        Route(f"/api/v1/figures?unit={OWN.code}", P.FIGURES_READ),
    ],
    "api:figure": [
        Route(f"/api/v1/figures/{CLAIM}", P.FIGURES_READ, of_own),
        Route(f"/api/v1/figures/{COMPUTED}", P.FIGURES_READ, of_own),
    ],
    "api:provenance": [
        Route(f"/api/v1/figures/{CLAIM}/provenance", P.FIGURES_READ, of_own),
        Route(f"/api/v1/figures/{COMPUTED}/provenance", P.FIGURES_READ, of_own),
    ],
    "api:reconciliation": [
        Route("/api/v1/reconciliations/dossiers", P.RECORDS_READ),
        Route(f"/api/v1/reconciliations/dossiers?unit={OWN.code}", P.RECORDS_READ),
    ],
    "api:differences": [
        Route("/api/v1/reconciliations/dossiers/differences?limit=1000", P.RECORDS_READ),
        Route(f"/api/v1/reconciliations/dossiers/differences?unit={OWN.code}", P.RECORDS_READ),
    ],
    "api:scores": [
        Route("/api/v1/scores/766?period=2026-03", P.FIGURES_READ),
        Route(f"/api/v1/scores/766?unit={OWN.code}&period=2026-03", P.FIGURES_READ, of_own),
    ],
    "api:sources": [Route("/api/v1/sources", P.SOURCES_READ)],
    "api:source": [Route("/api/v1/sources/dossiers", P.SOURCES_READ, of_province)],
    "api:pause": [Route("/api/v1/sources/dossiers/pause", P.SOURCES_WRITE, of_province, "post", 409, session=False)],
    "api:resume": [Route("/api/v1/sources/dossiers/resume", P.SOURCES_WRITE, of_province, "post", 409, session=False)],
    "api:replay": [
        Route("/api/v1/sources/dossiers/replay", P.SOURCES_WRITE, of_province, "post", 422, {"from": " "}, False)
    ],
    "api:alerts": [Route("/api/v1/alerts", P.FIGURES_READ)],
    "api:cases": [
        Route("/api/v1/cases?limit=1000", P.CASES_READ),
        Route(f"/api/v1/cases?limit=1000&unit={OWN.code}", P.CASES_READ),
        Route("/api/v1/cases?limit=1000&q=HS", P.CASES_READ),
    ],
    "api:case": [Route("/api/v1/cases/{case}", P.CASES_READ, of_own)],
    "api:case-history": [Route("/api/v1/cases/{case}/history", P.CASES_READ, of_own)],
    "api:case-act": [Route("/api/v1/cases/{case}/actions/none", P.CASES_WRITE, of_own, "post", 404, session=False)],
    "api:case-comment": [
        Route("/api/v1/cases/{case}/comments", P.CASES_WRITE, of_own, "post", 422, {"text": " "}, session=False)
    ],
    "api:case-attach": [
        Route("/api/v1/cases/{case}/attachments", P.CASES_WRITE, of_own, "post", 415, {"files": b""}, session=False)
    ],
    "api:case-attachment": [Route("/api/v1/cases/{case}/attachments/{file}", P.CASES_READ, of_own)],
    "api:alert": [Route("/api/v1/alerts/{alert}", P.FIGURES_READ, of_own)],
    "api:alert-act": [
        Route("/api/v1/alerts/{alert}/actions/acknowledge", P.ALERTS_WRITE, of_own, "post", session=False)
    ],
    "api:rules": [Route("/api/v1/rules", P.RULES_READ)],
    "api:rule": [Route("/api/v1/rules/dossiers.many_overdue", P.RULES_READ)],
    "api:rule-try": [Route("/api/v1/rules/dossiers.many_overdue/try?from=2026-03-05&to=2026-03-06", P.RULES_READ)],
    "api:stream": [Route("/api/v1/stream", P.FIGURES_READ)],
    "api:deliver": [
        Route(
            "/api/v1/sources/dossiers/loads", P.LOADS_WRITE, of_province, "post", 202, {"file": b"dossier_id\n"}, False
        )
    ],
    "api:loads": [
        Route("/api/v1/loads", P.SOURCES_READ),
        Route("/api/v1/loads?source=dossiers", P.SOURCES_READ, of_province),
    ],
    "api:load": [Route("/api/v1/loads/{load}", P.SOURCES_READ, of_province)],
    "api:withdraw": [
        Route("/api/v1/loads/{load}/withdraw", P.LOADS_WRITE, of_province, "post", 422, {"reason": " "}, False)
    ],
}
JSON_ROUTES = ("/actions/", "/comments")
ALL = [pytest.param(route, id=f"{name}-{number}") for name, some in ROUTES.items() for number, route in enumerate(some)]
# The units themselves are no secret; what they did is.
NAMES_ALLOWED = {"/units", "/search", "/api/v1/units"}


def test_every_page_is_in_the_matrix():
    pages = {entry.name for address, entry in patterns() if not address.startswith("api/")}
    assert pages - {"login", "logout", "language", "healthz"} == {
        name for name in ROUTES if not name.startswith("api:")
    }


def test_every_operation_of_the_api_is_in_the_matrix():
    found = {address for address, entry in patterns() if address.startswith("api/") and entry.name not in NINJAS_OWN}
    found.discard("api/v1/sources/<name>/push")  # public
    assert len(found) == len([name for name in ROUTES if name.startswith("api:")])


def ask(client, route):
    numbers = {"load": Load.objects.get(filename=FILE).pk, "alert": Alert.objects.get(owner=OWN.code).pk}
    case = Case.objects.get(unit=OWN.code)
    numbers |= {"case": case.pk, "file": case.attachments.get().pk}
    url = route.url.format(**numbers)
    if route.method == "get":
        return read(client.get(url))
    if any(part in url for part in JSON_ROUTES):
        return client.post(url, route.data or {}, content_type="application/json")
    data = {k: SimpleUploadedFile("tep.csv", v) if isinstance(v, bytes) else v for k, v in (route.data or {}).items()}
    return client.post(url, data)


def read(response):
    """An answer that sends a file is read to its end: left unread it closes the connection of the test."""
    if not response.streaming or response.is_async:
        return response
    return HttpResponse(b"".join(response.streaming_content), status=response.status_code)


def text_of(response):
    """Everything an answer says, a workbook's cells too."""
    body = response.content
    if b"word/document.xml" in body:
        document = docx.Document(io.BytesIO(body))
        cells = [cell.text for table in document.tables for row in table.rows for cell in row.cells]
        return "\n".join([*(each.text for each in document.paragraphs), *cells])
    if body[:2] == b"PK":
        book = load_workbook(io.BytesIO(body))
        return "\n".join(str(cell) for sheet in book for row in sheet.values for cell in row)
    return body.decode()


def secrets(place, url):
    """What somebody of a place must not find on a page."""
    told = set()
    for other in set(PLACES) - SEES[place]:
        told |= {other.prefix, f"VB-{other.dossiers}", f"{other.mails:,}", f"{other.mails:,}".replace(",", ".")}
        told.add(str(other.mails))
        if other is not PARENT and not url.startswith(tuple(NAMES_ALLOWED)):
            told.add(f">{other.name}<")
    return told if place is PARENT else told | {FILE}


@pytest.mark.parametrize("route", ALL)
def test_a_stranger_is_asked_to_log_in(route, people, client, db):
    response = ask(client, route)
    if route.url.startswith(("/api/", "/metrics")):
        assert response.status_code == 401
        assert "Basic" in response["WWW-Authenticate"]
    else:
        assert response.status_code == 302
        assert response["Location"].startswith("/login?next=")


def expected(route, role, place):
    if not route.session:
        return 401
    if route.permission not in GRANTS[role] or route.whole:
        return 403  # everybody here belongs to a unit
    return route.fine if route.scope is None or route.scope(place) else 404


@pytest.mark.parametrize("route", ALL)
def test_everybody_gets_what_role_and_unit_allow(route, visit):
    wrong = {}
    for role in Role:
        for place in PLACES:
            due = expected(route, role, place)
            if due == route.fine and role is not Role.ADMIN and place is not PARENT:
                continue  # a page takes long to draw: every role sees it at one place, every place by one role
            status = ask(visit(role, place), route).status_code
            if status != due:
                wrong[role.value, place.name] = f"{status}, not {due}"
    assert wrong == {}


@pytest.mark.parametrize("route", [param for param in ALL if not param.values[0].session])
@pytest.mark.parametrize(
    ("role", "place"),
    [
        (Role.ADMIN, PARENT),
        (Role.STEWARD, OWN),
        (Role.STEWARD, ALIKE),
        (Role.LEADER, PARENT),
        (Role.OFFICER, OWN),
        (Role.OFFICER, ALIKE),
        (Role.OPERATOR, OWN),
        (Role.OPERATOR, ALIKE),
    ],
)
def test_a_program_writes_with_its_password_where_role_and_unit_allow(route, role, place, people, client, db, settings):
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    user = User.objects.get(pk=people[role, place].pk)  # the person of the other tests keeps his password
    user.set_password("mot-cau-dai-kho-doan")
    user.save()
    word = base64.b64encode(f"{user.username}:mot-cau-dai-kho-doan".encode()).decode()
    client.defaults["HTTP_AUTHORIZATION"] = f"Basic {word}"
    assert ask(client, route).status_code == expected(route._replace(session=True), role, place)


# A stream leaves the test's transaction: test_streams.py looks at those.
WHOLE = [param for param in ALL if not param.values[0].url.endswith(("records.csv", "/stream"))]


@pytest.mark.parametrize("place", [OWN, SIBLING, ALIKE, PARENT], ids=["own", "sibling", "alike", "parent"])
@pytest.mark.parametrize("route", WHOLE)
def test_nothing_of_others_is_on_any_page(route, place, visit):
    text = text_of(ask(visit(Role.ADMIN, place), route))
    assert {secret for secret in secrets(place, route.url) if secret in text} == set()


@pytest.mark.parametrize("place", PLACES, ids=["own", "alike", "sibling", "parent"])
@pytest.mark.parametrize("grain", ["day", "month"])
def test_the_list_of_figures_holds_the_units_of_the_scope_only(visit, place, grain):
    items = visit(Role.OFFICER, place).get(f"/api/v1/figures?limit=1000&grain={grain}").json()["items"]
    assert {item["unit"] for item in items} == {seen.code for seen in SEES[place]}


@pytest.mark.parametrize("place", PLACES, ids=["own", "alike", "sibling", "parent"])
def test_a_board_counts_the_dossiers_of_the_scope_only(visit, place):
    page = visit(Role.OFFICER, place).get(f"/boards/dossiers?{PERIOD}").context["page"]
    received = next(c.figure.value for p in page.panels for c in p.cards if c.indicator.code == "dossiers.received")
    assert received == sum(seen.dossiers for seen in SEES[place])


@pytest.mark.parametrize(
    "code", ["agency:dak-lak.ma", "agency:dak-lak.", "agency:dak-lak.mau%25", "agency:dak-lak.mau2"]
)
def test_the_beginning_of_a_code_opens_nothing(visit, code):
    client = visit(Role.OFFICER, OWN)
    assert client.get(f"/boards/dossiers?unit={code}").status_code == 404
    assert client.get(f"/api/v1/figures/{COMPUTED.replace(OWN.code, code)}").status_code == 404


@pytest.mark.parametrize("place", [PARENT, None], ids=["of a province", "of no unit"])
def test_who_hands_a_file_in_is_held_to_his_unit_while_it_is_loaded(place, people, client, db):
    user = people[Role.STEWARD, PARENT]
    user.unit = place.code if place else ""
    user.save()
    client.force_login(user)
    client.post("/sources/dossiers/upload", {"file": SimpleUploadedFile("tep.csv", b"dossier_id\n")})
    assert Load.objects.latest("pk").within == user.unit
