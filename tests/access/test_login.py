"""Logging in: guessing is slowed down, demo accounts stay on this machine, strangers learn nothing."""

from datetime import timedelta

import pytest
from django.test import RequestFactory

from toancanh.access import login
from toancanh.access.actions import Part, create_simulated, create_user, set_password
from toancanh.access.models import LoginFailure, User
from toancanh.base import clock
from toancanh.base.problems import Problem

pytestmark = pytest.mark.usefixtures("units")
GOOD = "mot-cau-dai-kho-doan"


@pytest.fixture(autouse=True)
def settled(settings):
    login._REMEMBERED.clear()
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def lan():
    return create_user("lan", "officer", "gso:24133", password=GOOD)


def come(name, password, address="10.0.0.1"):
    return login.authenticate(RequestFactory().get("/", REMOTE_ADDR=address), name, password)


def fail(times, name="lan", address="10.0.0.1"):
    for _ in range(times):
        assert come(name, "sai", address) is None


def throttled(name="lan", password=GOOD, address="10.0.0.1"):
    with pytest.raises(Problem) as caught:
        come(name, password, address)
    return caught.value.code == "access.throttled" and caught.value.status == 429


@pytest.mark.parametrize("name", ["lan", "LAN", " lan "])
def test_the_right_password_opens_whatever_the_case_of_the_name(lan, name):
    assert come(name, GOOD) == lan


@pytest.mark.parametrize(("name", "password"), [("lan", GOOD.upper()), ("mai", GOOD), ("lan", ""), ("", "")])
def test_anything_else_does_not(lan, name, password):
    assert come(name, password) is None


def test_after_eight_wrong_passwords_even_the_right_one_waits(lan):
    fail(8)
    assert throttled()


def test_seven_wrong_passwords_are_forgiven(lan):
    fail(7)
    assert come("lan", GOOD) == lan


def test_others_at_the_same_address_still_come_in(lan):
    mai = create_user("mai", "officer", "gso:24133", password=GOOD)
    fail(8)
    assert come("mai", GOOD) == mai


def test_nobody_can_lock_somebody_out_from_another_address(lan):
    fail(8, address="10.0.0.66")
    assert come("lan", GOOD) == lan


def test_an_address_that_tries_many_names_is_stopped(lan):
    for number in range(5):
        fail(8, name=f"ai-do-{number}")
    assert throttled()


def test_a_new_password_ends_the_waiting(lan):
    fail(8)
    set_password(lan, "cau-moi-khac-hoan-toan", actor=("os", "an"))
    assert come("lan", "cau-moi-khac-hoan-toan") == lan


def test_names_nobody_has_are_counted_too():
    fail(8, name="khong-co")
    assert throttled(name="khong-co")


def test_a_quarter_of_an_hour_later_all_is_forgotten(lan):
    fail(8)
    LoginFailure.objects.update(at=clock.now() - login.WINDOW - timedelta(seconds=1))
    assert come("lan", GOOD) == lan


def test_somebody_who_left_does_not_come_in_even_while_remembered(lan):
    assert come("lan", GOOD) == lan
    User.objects.update(is_active=False)
    assert come("lan", GOOD) is None


def test_an_old_password_does_not_open_even_while_remembered(lan):
    assert come("lan", GOOD) == lan
    lan.set_password("cau-moi-khac-hoan-toan")
    lan.save()
    assert come("lan", GOOD) is None


@pytest.fixture
def demo():
    return create_user("truc", "operator", "gso:66", password="toancanh-demo", demo=True)


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.8.8", "localhost", "::1", "[::1]"])
def test_a_demo_account_works_on_a_loopback_address(demo, monkeypatch, host):
    monkeypatch.setenv("TOANCANH_BIND", host)
    assert come("truc", "toancanh-demo") == demo


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.1.5", "::", "centre.example", ""])
def test_a_demo_account_is_refused_on_any_other(demo, monkeypatch, host):
    monkeypatch.setenv("TOANCANH_BIND", host)
    with pytest.raises(Problem) as caught:
        come("truc", "toancanh-demo")
    assert caught.value.code == "access.demo"


def test_a_remembered_demo_account_is_refused_as_well(demo, monkeypatch):
    assert come("truc", "toancanh-demo") == demo
    monkeypatch.setenv("TOANCANH_BIND", "0.0.0.0")
    with pytest.raises(Problem):
        come("truc", "toancanh-demo")


def test_a_real_account_works_on_every_address(lan, monkeypatch):
    monkeypatch.setenv("TOANCANH_BIND", "0.0.0.0")
    assert come("lan", GOOD) == lan


@pytest.fixture
def played():
    parts = [Part(f"canbo.{unit}", "officer", f"gso:{unit}", "Cán bộ") for unit in (24121, 24133, 24163)]
    create_simulated(parts, GOOD)
    return parts


def test_simulated_accounts_that_share_a_hash_cost_one_hash_together(played, monkeypatch):
    checked = []
    true = User.check_password
    monkeypatch.setattr(User, "check_password", lambda user, told: checked.append(told) or true(user, told))
    assert [come(part.username, GOOD).username for part in played] == [part.username for part in played]
    assert checked == [GOOD]
    assert come(played[0].username, "sai") is None


def test_a_simulated_account_is_refused_where_others_can_reach_it(played, monkeypatch):
    monkeypatch.setenv("TOANCANH_BIND", "0.0.0.0")
    with pytest.raises(Problem) as caught:
        come(played[0].username, GOOD)
    assert caught.value.code == "access.demo"
