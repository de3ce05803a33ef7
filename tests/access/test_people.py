"""People: accounts are made in one place, with a role, a unit that exists and a password worth the name."""

import pytest

from toancanh.access.actions import create_user
from toancanh.access.models import User
from toancanh.base.models import AuditEntry
from toancanh.base.problems import Problem

pytestmark = pytest.mark.usefixtures("units")
GOOD = "mot-cau-dai-kho-doan"


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
    assert GOOD not in create_user("lan", "officer", password=GOOD).password


def test_an_unknown_role_is_refused_and_the_known_ones_named():
    problem = refused("lan", "king")
    assert problem.code == "user.role"
    assert "steward" in str(problem)


@pytest.mark.parametrize("unit", ["gso:67", "gso:2413", "đắk lắk"])
def test_a_unit_that_does_not_exist_today_is_refused(unit):
    assert refused("lan", "officer", unit).code == "user.unit"


@pytest.mark.parametrize("password", ["", "ngan", "1234567890", "password123"])
def test_a_weak_password_is_refused(password):
    assert refused("lan", "officer", password=password).code == "user.password"


def test_a_name_is_taken_whatever_its_case():
    create_user("Lan", "officer", password=GOOD)
    with pytest.raises(Problem) as caught:
        create_user("lan", "officer", password=GOOD)
    assert caught.value.code == "user.exists"
