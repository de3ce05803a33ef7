"""Roles: what each may do, written out."""

import pytest

from toancanh.access.models import User
from toancanh.access.roles import GRANTS, Permission, Role

READ = {"figures.read", "records.read", "units.read", "cases.read"}
SOURCES = {"sources.read", "quarantine.read"}
MAY = {
    "leader": READ | {"sources.read", "rules.read", "cases.write", "cases.lead"},
    "operator": READ
    | SOURCES
    | {"metrics.read", "alerts.write", "rules.read", "cases.write", "cases.lead", "messages.read", "messages.write"},
    "officer": READ | {"cases.write"},
    "head": READ | {"cases.write"},
    "steward": READ | SOURCES | {"sources.write", "loads.write", "rules.read", "rules.write"},
    "admin": READ
    | SOURCES
    | {"sources.write", "loads.write", "users.write", "metrics.read", "alerts.write", "rules.read", "rules.write"}
    | {"cases.write", "cases.lead", "messages.read", "messages.write", "channels.write"},
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
