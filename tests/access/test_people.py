"""People: accounts are made in one place, with a role, a unit that exists and a password worth the name."""

import pytest
from django.utils import translation

from toancanh.access import listing
from toancanh.access.actions import Part, create_simulated, create_user, disable, enable, get, set_password
from toancanh.access.models import User
from toancanh.base import audit
from toancanh.base.models import AuditEntry
from toancanh.base.problems import Problem

pytestmark = pytest.mark.usefixtures("units")
GOOD, NEW = "mot-cau-dai-kho-doan", "cau-moi-khac-hoan-toan"
AN = ("os", "an")


@pytest.fixture
def lan():
    return create_user("lan", "officer", "gso:24133", password=GOOD)


def refused(*args, password=GOOD):
    with pytest.raises(Problem) as caught:
        create_user(*args, password=password)
    assert not User.objects.filter(username=args[0], role=args[1], unit=args[2] if len(args) > 2 else "").exists()
    return caught.value


def test_a_new_account_is_in_the_audit_log_without_its_password():
    create_user("lan", "officer", "gso:24133", password=GOOD)
    entry = AuditEntry.objects.get(act="user.created")
    assert entry.object_id == "lan"
    assert entry.detail == {"role": "officer", "unit": "gso:24133"}


def test_the_password_is_kept_as_a_hash():
    assert GOOD not in create_user("lan", "officer", "gso:24133", password=GOOD).password


def test_an_unknown_role_is_refused_and_the_known_ones_named():
    problem = refused("lan", "king")
    assert problem.code == "user.role"
    assert "steward" in str(problem)


@pytest.mark.parametrize("unit", ["gso:67", "gso:2413", "đắk lắk"])
def test_a_unit_that_does_not_exist_today_is_refused(unit):
    assert refused("lan", "officer", unit).code == "user.unit"


@pytest.mark.parametrize("password", ["", "ngan", "1234567890", "password123"])
def test_a_weak_password_is_refused(password):
    assert refused("lan", "officer", "gso:24133", password=password).code == "user.password"


def test_a_name_is_taken_whatever_its_case():
    create_user("Lan", "officer", "gso:24133", password=GOOD)
    with pytest.raises(Problem) as caught:
        create_user("lan", "officer", "gso:24133", password=GOOD)
    assert caught.value.code == "user.exists"


def test_an_officer_without_unit_would_see_everything_and_is_refused():
    problem = refused("lan", "officer")
    assert problem.code == "user.everything"
    assert "--unit" in str(problem)


@pytest.mark.parametrize("role", ["leader", "operator", "steward", "admin"])
def test_everybody_else_may_be_without(role):
    assert create_user("lan", role, password=GOOD).unit == ""


@pytest.mark.parametrize(
    ("password", "vi", "en"),
    [("ngan", "ngắn hơn 10 ký tự", "shorter than 10"), ("1234567890", "thông dụng", "common")],
)
def test_why_a_password_is_weak_is_said_in_the_callers_language(password, vi, en):
    problem = refused("lan", "admin", password=password)
    assert vi in problem.explain().what
    with translation.override("en"):
        english = refused("lan", "admin", password=password)
        assert en in english.explain().what


def test_somebody_is_found_whatever_the_case_of_his_name(lan):
    assert get(" LAN ") == lan


def test_nobody_is_a_problem():
    with pytest.raises(Problem) as caught:
        get("mai")
    assert caught.value.code == "user.unknown"


def answers(client):
    return client.get("/api/v1/indicators").status_code


def test_a_new_password_ends_his_sessions_and_nobody_elses(lan, client):
    client.force_login(lan)
    assert answers(client) == 200
    set_password(create_user("mai", "admin", password=GOOD), NEW, actor=AN)
    assert answers(client) == 200
    set_password(lan, NEW, actor=AN)
    assert answers(client) == 401
    assert get("lan").check_password(NEW)


def test_a_weak_new_password_changes_nothing(lan):
    with pytest.raises(Problem):
        set_password(lan, "ngan", actor=AN)
    assert get("lan").check_password(GOOD)


def test_disabling_ends_his_sessions_for_good(lan, client):
    client.force_login(lan)
    disable(lan, actor=AN)
    assert answers(client) == 401
    enable(lan, actor=AN)
    assert answers(client) == 401
    client.force_login(lan)
    assert answers(client) == 200


def test_what_is_done_to_an_account_is_in_the_audit_log_in_a_sentence(lan):
    set_password(lan, NEW, actor=AN)
    disable(lan, actor=AN)
    disable(lan, actor=AN)
    enable(lan, actor=AN)
    entries = list(AuditEntry.objects.filter(act__startswith="user.").order_by("id"))[1:]
    assert [entry.act for entry in entries] == ["user.password_set", "user.disabled", "user.enabled"]
    assert {(entry.actor_id, entry.object_id) for entry in entries} == {("an", "lan")}
    assert all("an" in audit.sentence(entry) and "lan" in audit.sentence(entry) for entry in entries)
    assert NEW not in str([entry.detail for entry in entries])


def test_the_list_says_who_may_log_in_and_what_he_sees(lan):
    create_user("an", "admin", password=GOOD)
    disable(lan, actor=AN)
    found = [(each["username"], each["role"], each["unit_name"], each["active"]) for each in listing.users()]
    assert found == [("an", "admin", "", True), ("lan", "officer", "Phường Buôn Ma Thuột", False)]
    assert not any("password" in key for each in listing.users() for key in each)


def test_simulated_accounts_are_made_once_with_one_hash_each_in_the_audit_log():
    parts = [
        Part("canbo.24121", "officer", "gso:24121", "Cán bộ"),
        Part("lanhdao.24121", "head", "gso:24121", "Lãnh đạo"),
    ]
    assert (create_simulated(parts, GOOD), create_simulated(parts, GOOD)) == (2, 0)
    users = User.objects.filter(simulated=True)
    assert {user.demo for user in users} == {False}
    assert len({user.password for user in users}) == 1
    assert AuditEntry.objects.filter(act="user.created").count() == 2


def test_a_simulated_account_never_takes_over_one_that_is_there(lan):
    assert create_simulated([Part("Lan", "officer", "gso:24121", "Cán bộ")], GOOD) == 0
    assert User.objects.get(username="lan").unit == "gso:24133"


def test_a_simulated_account_needs_a_unit_that_exists():
    with pytest.raises(Problem) as caught:
        create_simulated([Part("canbo.1", "officer", "gso:1", "Cán bộ")], GOOD)
    assert caught.value.code == "user.unit"
