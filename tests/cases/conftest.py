"""People of two communes and of the centre, for the tests of cases."""

import pytest
from demands import HERE, THERE

from toancanh.access.models import User
from toancanh.access.roles import Role


@pytest.fixture
def people(units):
    """Somebody of every role that has to do with slips."""
    told = {
        "lan": (Role.OFFICER, HERE),
        "mai": (Role.OFFICER, HERE),
        "hung": (Role.HEAD, HERE),
        "bao": (Role.OFFICER, THERE),
        "truc": (Role.OPERATOR, ""),
        "chutich": (Role.LEADER, ""),
        "dulieu": (Role.STEWARD, ""),
    }
    return {
        name: User.objects.create(username=name, name=name.title(), role=role, unit=unit)
        for name, (role, unit) in told.items()
    }
