"""Roles: what each may do, written out."""

import pytest

from toancanh.access.models import User
from toancanh.access.roles import GRANTS, Permission, Role

READ = {"figures.read", "records.read", "units.read"}
MESSAGES = {"messages.read", "messages.write"}
ADMIN = {"users.write", "channels.write"}
MAY = {
    "leader": READ | {"sources.read"},
    "operator": READ | MESSAGES | {"sources.read", "quarantine.read", "metrics.read"},
    "officer": READ,
    "steward": READ | {"sources.read", "sources.write", "quarantine.read", "loads.write"},
    "admin": READ
    | MESSAGES
    | ADMIN
    | {"sources.read", "sources.write", "quarantine.read", "loads.write", "metrics.read"},
}


def test_every_role_has_its_rights():
    assert {role.value for role in GRANTS} == set(Role) == set(MAY)


@pytest.mark.parametrize("permission", Permission)
@pytest.mark.parametrize("role", Role)
def test_a_role_may_do_what_is_granted_and_nothing_else(role, permission):
    assert User(username="lan", role=role).may(permission) is (permission.value in MAY[role])


@pytest.mark.parametrize("role", Role)
def test_somebody_who_left_may_do_nothing(role):
    left = User(username="lan", role=role, is_active=False)
    assert not any(left.may(permission) for permission in Permission)
