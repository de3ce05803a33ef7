"""Workflows on screen: changed as a draft, published with a reason, kept by what runs already."""

import pytest
from places import PARENT

from toancanh.access.models import User
from toancanh.access.roles import Role
from toancanh.base import versions
from toancanh.cases import kinds
from toancanh.reports import letterheads


@pytest.fixture
def steward(people, client, db):
    """A data steward of the whole installation."""
    client.force_login(User.objects.create(username="dulieu", name="Dữ liệu", role=Role.STEWARD))
    return client


def typed(client, address):
    """The form of a page as a browser would send it unchanged."""
    form = client.get(address).context["form"]
    if hasattr(form, "fields"):
        return {name: value for name, _title, value in form.fields} | {"then": "draft", "seen": ""}
    told = {"law": form.law, "then": "draft", "seen": ""}
    for name in ("due", "extension"):
        told |= {f"{name}.{key}": value for key, value in getattr(form, name).items()}
    for name in ("chain", "routes"):
        for row in getattr(form, name):
            told |= {f"{name}.{row['place']}.{key}": value for key, value in row.items() if key != "place"}
    for name, _title, words in form.texts:
        told |= {f"texts.{name}.{each}": text for each, text in words.items()}
    return told


def test_a_form_sent_unchanged_is_the_workflow_as_it_was(steward):
    steward.post("/workflows/slip", typed(steward, "/workflows/slip"))
    assert versions.draft_of(kinds.WORKFLOW, "slip").definition == versions.current(kinds.WORKFLOW, "slip").definition


def test_times_chain_routes_and_texts_are_changed_and_published(steward):
    told = typed(steward, "/workflows/slip") | {
        "due.amount": "2",
        "due.measure": "working_days",
        "chain.0.amount": "",
        "chain.0.vi": "",
        "routes.0.field": "procedure",
        "routes.0.begins": "tc.dat-dai, tc.moi-truong",
        "routes.0.to": "@parent",
        "texts.new.vi": "Có phiếu mới, hạn {due}.",
    }
    assert steward.post("/workflows/slip", told).status_code == 302
    assert kinds.in_force("slip").due.amount == 8
    seen = steward.get("/workflows/slip").context["seen"]
    steward.post("/workflows/slip", {"then": "publish", "note": "Theo quyết định 12", "seen": seen})
    now = kinds.in_force("slip")
    assert (now.due.amount, now.due.measure, len(now.chain)) == (2, "working_days", 3)
    assert now.routes[0].begins == ("tc.dat-dai", "tc.moi-truong")
    assert now.texts["new"].vi == "Có phiếu mới, hạn {due}."


@pytest.mark.parametrize(
    ("change", "word"),
    [({"due.amount": "tám"}, "tám"), ({"due.amount": "0"}, "lớn hơn 0"), ({"due.measure": "moons"}, "moons")],
)
def test_what_cannot_work_is_refused_and_stays_in_the_form(steward, change, word):
    answer = steward.post("/workflows/slip", typed(steward, "/workflows/slip") | change)
    assert answer.status_code == 422
    assert word in answer.content.decode()
    assert versions.draft_of(kinds.WORKFLOW, "slip") is None


def test_the_letterhead_is_changed_the_same_way(steward):
    told = typed(steward, "/workflows/letterhead") | {"name": "Nguyễn Thị Hằng", "competence": "KT. Giám đốc"}
    steward.post("/workflows/letterhead", told)
    seen = steward.get("/workflows/letterhead").context["seen"]
    steward.post("/workflows/letterhead", {"then": "publish", "note": "Bổ nhiệm", "seen": seen})
    assert letterheads.in_force().signer.name == "Nguyễn Thị Hằng"


@pytest.mark.parametrize("role", [Role.OPERATOR, Role.LEADER])
def test_who_only_reads_changes_nothing(visit, role):
    answer = visit(role, PARENT).post("/workflows/slip", {"then": "draft"})
    assert answer.status_code == 403
