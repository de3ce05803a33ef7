"""A small centre for the tests of screens: four units, each with dossiers and a claim of its own."""

import csv
import io
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

from toancanh.access.models import User
from toancanh.access.roles import Role
from toancanh.alerts.models import Alert, Handover, Silence
from toancanh.base import clock
from toancanh.cases import actions as actions_of_cases
from toancanh.cases import attachments
from toancanh.cases.actions import Standing
from toancanh.sources import actions, loading
from toancanh.units import actions as units_actions

LAN = ("user", "lan")
MAILS = "digital.government.mail_accounts"
EVENTS = "dossier_id,seq,procedure,unit,channel,state,at,received_at,due_at,finished_at,fee,paid_online,simulated"
PORTAL = "dossier_id,seq,procedure,unit,channel,state,received_at,due_at,finished_at,synced_at,simulated"
CLAIMS = "indicator,unit,period_start,period_end,grain,value,part,whole,status,document,section"
FIRST, LAST = date(2026, 3, 2), date(2026, 3, 6)


class Place(NamedTuple):
    """A unit of the tests: its code, its name, how many dossiers it has, what it reported."""

    code: str
    name: str
    dossiers: int
    mails: int

    @property
    def prefix(self) -> str:
        return f"HS{self.dossiers}-"


OWN = Place("agency:dak-lak.mau", "Sở Mẫu Một", 5, 111_171)
ALIKE = Place("agency:dak-lak.mau2", "Sở Mẫu Hai", 6, 222_272)
SIBLING = Place("gso:24121", "Phường Tân Lập", 7, 333_373)
PARENT = Place("gso:66", "Tỉnh Đắk Lắk", 9, 444_474)
PLACES = (OWN, ALIKE, SIBLING, PARENT)
SEES = {OWN: {OWN}, ALIKE: {ALIKE}, SIBLING: {SIBLING}, PARENT: set(PLACES)}
FILE = "ho-so-toan-tinh.csv"
SLY = ("=1+1", "+cmd", "-2+3", "@SUM(A1)")


def rows_of(place: Place) -> list[list[str]]:
    """One or two events for each dossier: received from Monday to Friday, some finished, some late, one simulated."""
    rows = []
    for number in range(place.dossiers):
        day = FIRST.day + number % 5
        received, due = f"2026-03-{day:02}T09:00:00+07:00", f"2026-03-{day + 1:02}T09:00:00+07:00"
        finished = f"2026-03-{day + number % 3:02}T10:00:00+07:00" if number % 2 else ""
        procedure = SLY[number] if number < len(SLY) else f"tc.mau.{number:03}"
        base = [f"{place.prefix}{number}", "1", procedure, place.code, str(number % 3 + 1)]
        rows.append([*base, "2", received, received, due, "", "0", "", ""])
        if finished:
            rows.append([base[0], "2", *base[2:], "9", finished, received, due, finished, "0", "", ""])
    return rows


def told_by_portal(place: Place) -> list[list[str]]:
    """The last events as the National Portal tells them: the first of a place never, the second due a month later."""
    last = {row[0]: row for row in rows_of(place)}
    rows = []
    for number, row in enumerate(last.values()):
        at, received, due, finished = row[6:10]
        if number:
            due = due.replace("2026-03", "2026-04") if number == 1 else due
            rows.append([*row[:6], received, due, finished, at, ""])
    return rows


def write(path: Path, head: str, rows: list[list[str]]) -> Path:
    """A CSV file."""
    with path.open("w", encoding="utf-8", newline="") as handle:
        writer = csv.writer(handle)
        writer.writerows([head.split(","), *rows])
    return path


def build(folder: Path) -> None:
    """Load it all: two departments of our own, some thirty events with one bad row, a claim for each unit."""
    columns = "code,name_vi,name_en,kind,parent,valid_from,valid_to"
    offices = [[p.code, p.name, p.name, "department", PARENT.code, "2025-07-01", ""] for p in (OWN, ALIKE)]
    units_actions.add_agencies(write(folder / "agencies.csv", columns, offices))
    told = [row for place in PLACES for row in told_by_portal(place)]
    run("portal-dossiers", write(folder / "dvcqg-toan-tinh.csv", PORTAL, told))
    rows = [row for place in PLACES for row in rows_of(place)]
    bad = [*rows[0][:3], "gso:00000", *rows[0][4:]]
    run("dossiers", write(folder / FILE, EVENTS, [*rows, bad]))
    claims = [
        [MAILS, p.code, "2025-12-01", "2025-12-31", "month", str(p.mails), "", "", "", f"VB-{p.dossiers}", "1"]
        for p in PLACES
    ]
    run("figures", write(folder / "so-lieu-toan-tinh.csv", CLAIMS, claims))
    for place in PLACES:
        slip(place)
        watched(place)


def watched(place: Place) -> None:
    """What is on watch at a place: an alert whose value it keeps to itself, a silence, a watch that was handed over."""
    now = clock.now()
    starts = now - timedelta(hours=1) if place is ALIKE else now + timedelta(days=1)
    told = {"subject_kind": "unit", "subject_id": place.code, "rule": "dossiers.many_overdue"}
    silence = Silence.objects.create(
        kind="silence",
        rule=told["rule"],
        unit=place.code,
        starts_at=starts,
        ends_at=starts + timedelta(hours=2),
        until=starts + timedelta(hours=2),
        reason=f"VB-{place.dossiers}",
        by="lan",
        made_at=now,
    )
    Alert.objects.create(
        **told,
        state="firing",
        severity=4,
        owner=place.code,
        group=f"unit:{place.code}",
        since=now,
        fired_at=now,
        checked_at=now,
        value=float(place.mails),
        limit=100.0,
        facts={"indicator": "dossiers.overdue"},
        silence=silence if place is ALIKE else None,
    )
    Handover.objects.create(at=now, by="lan", unit=place.code, note=f"VB-{place.dossiers}", open=[])


def slip(place: Place) -> None:
    """A slip of the unit with a dossier in it, a comment and a file, each of which names the unit's dossiers."""
    author = User.objects.create(username=f"nguoi-viet-{place.dossiers}", name="A", role=Role.ADMIN)
    records = [Standing("dossier", f"{place.prefix}0", datetime(2026, 3, 3, 2, tzinfo=UTC))]
    key = f"slip:mau:{place.code}"
    case = actions_of_cases.create(
        "slip", unit=place.code, title=f"Mẫu {place.prefix}", person=None, reason="mau", key=key, items=records
    )
    actions_of_cases.comment(case, author, f"Xem {place.prefix}0")
    kept = attachments.keep([(f"{place.prefix}0.txt", io.BytesIO(f"Hồ sơ {place.prefix}0".encode()))], author)
    actions_of_cases.attach(case, author, kept)


def run(source: str, file: Path) -> None:
    loading.run(actions.deliver(source, file, actor=LAN))


def people() -> dict[tuple[Role, Place], User]:
    """Somebody of every role at every place."""
    found = {}
    for role in Role:
        for number, place in enumerate(PLACES):
            user = User(username=f"{role.value}{number}", name="A", role=role, unit=place.code)
            user.set_unusable_password()
            user.save()
            found[role, place] = user
    return found
