"""The working calendar a fresh home starts with: eight hours from Monday to Friday, and the decreed swaps."""

from datetime import date, time

from toancanh.units.models import CalendarDay, WorkingHours

HOURS = ((time(7, 30), time(11, 30)), (time(13, 30), time(17, 30)))
OPEN_START = date(2000, 1, 1)
_OFFICE = "CV 9859/VPCP-KGVX"
_SWAPS = (
    # day off, day worked instead, law, certain
    (date(2024, 4, 29), date(2024, 5, 4), "", True),
    (date(2025, 5, 2), date(2025, 4, 26), "", True),
    (date(2026, 1, 2), date(2026, 1, 10), "", False),
    (date(2026, 8, 31), date(2026, 8, 22), _OFFICE, True),
)


def seed() -> int:
    """Store the hours and swaps of a calendar that has none; the number of rows."""
    rows = 0
    if not WorkingHours.objects.exists():
        hours = [WorkingHours(valid_from=OPEN_START, weekday=day, start=a, end=b) for day in range(5) for a, b in HOURS]
        rows += len(WorkingHours.objects.bulk_create(hours))
    if not CalendarDay.objects.exists():
        for off, work, law, certain in _SWAPS:
            note = f"Hoán đổi {off:%d/%m/%Y} và {work:%d/%m/%Y}"
            for day, kind in ((off, CalendarDay.Kind.OFF), (work, CalendarDay.Kind.WORK)):
                CalendarDay.objects.create(day=day, kind=kind, note=note, law=law, verified=certain)
                rows += 1
    return rows
