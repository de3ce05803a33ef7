"""What the tests of screens share: one loaded centre for a whole module, undone at its end."""

import places
import pytest
from django.db import transaction

from toancanh.access.roles import Role


@pytest.fixture(scope="module")
def people(seeded, django_db_blocker, tmp_path_factory):
    """The centre of `places`, loaded once for the module; somebody of every role at every place."""
    folder = tmp_path_factory.mktemp("centre")
    with pytest.MonkeyPatch.context() as patch, django_db_blocker.unblock():
        patch.setenv("TOANCANH_HOME", str(folder / "home"))
        with transaction.atomic():
            places.build(folder)
            yield places.people()
            transaction.set_rollback(True)


@pytest.fixture
def visit(people, client, db):
    """A browser of somebody of a role at a place."""

    def _visit(role=Role.ADMIN, place=places.PARENT):
        client.force_login(people[role, place])
        return client

    return _visit
