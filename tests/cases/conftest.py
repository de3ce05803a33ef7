"""What the tests of cases share: people of two communes, the centre, and slips of a made-up rule."""

from datetime import UTC, datetime, timedelta

import pyarrow as pa
import pytest

from toancanh.access.models import User
from toancanh.access.roles import Role
from toancanh.base.words import Bilingual
from toancanh.cases import slips
from toancanh.cases.models import Case

HERE, THERE = "gso:24133", "gso:24163"  # two wards of Đắk Lắk
NOW = datetime(2026, 11, 26, 2, tzinfo=UTC)  # a Thursday, 09:00 in Vietnam
HOUR = timedelta(hours=1)
DEMAND = slips.Demand(
    "dossiers.overdue", Bilingual("Hồ sơ quá hạn", "Overdue dossiers"), "dossier", law="61/2018/NĐ-CP"
)


def member(record, unit=HERE, **facts):
    """A record as a rule finds it, overdue since yesterday."""
    return {"record": record, "unit": unit, "since": NOW - 24 * HOUR, "due_at": NOW - 24 * HOUR} | facts


def members(*rows):
    """What a rule finds, as a table."""
    columns = {
        "record": pa.string(),
        "unit": pa.string(),
        "since": pa.timestamp("us", "UTC"),
        "due_at": pa.timestamp("us", "UTC"),
    }
    more = sorted({name for row in rows for name in row} - columns.keys())
    schema = pa.schema([*columns.items(), *((name, pa.string()) for name in more)])
    return pa.Table.from_pylist(list(rows), schema=schema)


def follow(*rows, now=NOW, demand=DEMAND):
    """One look of the rule."""
    return slips.follow(demand, members(*rows), now)


def slip(**wanted):
    """The one slip that is so."""
    return Case.objects.get(**wanted)


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
