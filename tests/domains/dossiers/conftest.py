"""What the tests of dossiers share: a home of their own, some offices, a calendar without decrees."""

from datetime import date, time

import pytest

from toancanh.domains.dossiers.offices import Office
from toancanh.units.calendar import Stretch, WorkingCalendar

DAY_FROM, DAY_TO = date(2025, 7, 1), date(2025, 10, 31)


@pytest.fixture(scope="session")
def calendar() -> WorkingCalendar:
    stretches = ((time(7, 30), time(11, 30)), (time(13, 30), time(17, 30)))
    return WorkingCalendar([Stretch(date(2000, 1, 1), day, *each) for day in range(5) for each in stretches], {})


@pytest.fixture(scope="session")
def offices() -> list[Office]:
    communes = [Office(f"gso:{code}", "commune") for code in range(24000, 24040)]
    return [*communes, *(Office(f"agency:so{number}", "province", 3.0) for number in range(8))]
