"""Cases: the list and the cycle of a case in a home with 1,000,000 cases, beside bare SQL and bare transactions.

The cases are slips of three years, of all communes and departments of the sample province; three in a hundred are open,
with their records in them. The home is kept for the next run; TOANCANH_BENCH_FRESH=1 builds it anew. With
TOANCANH_DATABASE_URL the cases are kept in that database instead, which must be empty or one of these.
"""

import hashlib
import os
import random
import shutil
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from datetime import datetime, timedelta
from itertools import batched
from pathlib import Path
from typing import Any

from bench.common import FOLDER, ROOT, Centre, Result, Visitor, ready, repeat, spread

CASES, OPEN_SHARE, ITEMS, DAYS, SEED, BATCH = 1_000_000, 0.03, 3, 3 * 365, 2026, 5000
COMMUNE, OFFICER, OPERATOR = "gso:24133", "xa", "truc"
LIMIT_MS, USERS, PAUSE = 150.0, 16, 1.0
CYCLES, SECONDS, RATE = 2000, 20.0, 100.0
PAGE = 25  # cases on a page of the list
REASONS = {
    "dossiers.overdue": "Hồ sơ quá hạn",
    "dossiers.near_deadline": "Hồ sơ sắp đến hạn",
    "dossiers.online_not_accepted": "Hồ sơ trực tuyến chưa tiếp nhận",
    "dossiers.supplement_expired": "Hồ sơ quá hạn bổ sung",
}
PAGES = {
    "open ones": "/cases",
    "a word": "/cases?state=all&q=qua+han",
    "a dossier": "/cases?q=H15.0",
    "all, page 3": "/cases?state=all&page=3",
}


def measure() -> Iterator[Result]:
    home = kept()
    ready(home)
    yield from _cycles()
    with Centre(home, more=_database()) as centre:
        centre.quiet()
        yield from _listed(centre)


# The home with a million cases.


def kept() -> Path:
    """The home of this version of what makes it, built if it is not there."""
    home = FOLDER / f"cases-{_digest()}"
    if os.environ.get("TOANCANH_BENCH_FRESH") == "1":
        shutil.rmtree(home, ignore_errors=True)
    if not home.exists():
        for old in FOLDER.glob("cases-*"):
            shutil.rmtree(old, ignore_errors=True) if old.is_dir() else old.unlink()
        draft = home.with_name(f"{home.name}.draft")
        FOLDER.mkdir(parents=True, exist_ok=True)
        code = f"from bench import cases; from pathlib import Path; cases.build(Path({str(draft)!r}))"
        subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT)
        draft.rename(home)
    return home


def _digest() -> str:
    package = ROOT / "src" / "toancanh"
    content = hashlib.sha256(repr((2, CASES, OPEN_SHARE, ITEMS, DAYS, SEED, sorted(_database().items()))).encode())
    for file in [Path(__file__), *sorted(package.glob("*/migrations/*.py")), *sorted(package.glob("units/seed/*.py"))]:
        content.update(file.read_bytes() if file != Path(__file__) else b"")
    return content.hexdigest()[:12]


def _database() -> dict[str, str]:
    url = os.environ.get("TOANCANH_DATABASE_URL")
    return {"TOANCANH_DATABASE_URL": url} if url else {}


def build(home: Path) -> None:
    """Write the cases, with people who are concerned, into an empty home."""
    ready(home)
    from django.db import connection

    from toancanh.access.models import User
    from toancanh.base import clock, versions
    from toancanh.cases import kinds, workflow
    from toancanh.cases.models import Book, Case, Item
    from toancanh.config import demo

    demo.prepare()
    _still()
    started = time.perf_counter()
    units = _units()
    for role in ("officer", "head"):
        User.objects.bulk_create(
            User(username=f"{role}-{code.partition(':')[2]}", name=name, role=role, unit=code, password="!")
            for code, name in units
        )
    frozen = versions.freeze(workflow.write(kinds.in_force("slip")))
    names = [field.column for field in Case._meta.concrete_fields]
    columns = ", ".join(connection.ops.quote_name(name) for name in names)
    sql = f"INSERT INTO cases_case ({columns}) VALUES ({', '.join(['%s'] * len(names))})"
    with connection.cursor() as cursor:
        for rows in batched(_rows(units, frozen, clock.now()), BATCH):
            from django.db import transaction

            with transaction.atomic():
                cursor.executemany(sql, [tuple(row[name] for name in names) for row in rows])
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT setval(pg_get_serial_sequence('cases_case', 'id'), max(id)) FROM cases_case")
    for year, last in _books().items():
        Book.objects.create(kind="slip", year=year, last=last)
    now = clock.now()
    for opened in batched(Case.objects.filter(is_open=True).values_list("pk", "reason", "due_at"), BATCH):
        Item.objects.bulk_create(
            Item(
                case_id=pk,
                reason=reason,
                kind="dossier",
                record=f"H15.{pk:07}-{place}",
                since=now - timedelta(days=2),
                due_at=due,
                facts={"procedure": "1.004222"},
            )
            for pk, reason, due in opened
            for place in range(ITEMS)
        )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    sys.stderr.write(f"  {CASES:,} cases of {len(units)} units written in {time.perf_counter() - started:.0f} s\n")


def _still() -> None:
    """Read no rule whose slips these are: it would find none of their records, and close them all."""
    from toancanh.alerts.rules import KIND
    from toancanh.base import audit, versions

    for code in REASONS:
        told = {**versions.current(KIND, code).definition, "enabled": False}
        versions.draft(KIND, code, told, actor=audit.SYSTEM)
        versions.publish(KIND, code, actor=audit.SYSTEM, note="bench")


def _units() -> list[tuple[str, str]]:
    from django.conf import settings

    from toancanh.base import clock
    from toancanh.units.tree import Tree

    tree = Tree.at(clock.today())
    return sorted((ref, tree[ref].name) for ref in tree.within(settings.PROVINCE) if ref != settings.PROVINCE)


_LAST: dict[int, int] = {}


def _books() -> dict[int, int]:
    return dict(_LAST)


def _rows(units: Sequence[tuple[str, str]], frozen: int, now: datetime) -> Iterator[dict[str, Any]]:
    """Slips as the centre would have written them, oldest first."""
    from django.db import connection

    from toancanh.base import clock
    from toancanh.base.text import search_key
    from toancanh.cases import search

    chance = random.Random(SEED)
    at = connection.ops.adapt_datetimefield_value
    reasons = list(REASONS.items())
    told = {
        (code, reason): (
            f"{title}: {name}",
            f"{search_key(f'{title}: {name} {name} {code} Phiếu cảnh báo')} {search.token(code)}",
            f'{{"law": "", "text": {{"vi": "", "en": ""}}, "title": {{"vi": "{title}", "en": "{title}"}}}}',
        )
        for code, name in units
        for reason, title in reasons
    }
    open_from = CASES * (1 - 2 * OPEN_SHARE)  # every second of the newest
    for number in range(1, CASES + 1):
        made = now - timedelta(days=DAYS * (1 - number / CASES), seconds=1)
        due, opened, answered = (made + timedelta(hours=hours) for hours in (24, 2, chance.uniform(3, 40)))
        is_open = number > open_from and chance.random() < 0.5
        state = chance.choice(("sent", "opened", "answered")) if is_open else "closed"
        code, _name = chance.choice(units)
        reason, _title = chance.choice(reasons)
        title, words, facts = told[code, reason]
        day = clock.local(made).date()
        _LAST[day.year] = serial = _LAST.get(day.year, 0) + 1
        yield {
            "id": number,
            "kind": "slip",
            "reason": reason,
            "key": f"slip:{reason}:{code}:{number}",
            "number": serial,
            "year": day.year,
            "title": title,
            "unit": code,
            "state": state,
            "is_open": is_open,
            "outcome": "" if is_open else chance.choice(("cleared", "accepted")),
            "severity": chance.randint(2, 4),
            "subject_kind": "unit",
            "subject_id": code,
            "day": day.isoformat(),
            "created_at": at(made),
            "opened_at": at(opened) if state != "sent" else None,
            "answered_at": at(answered) if state in ("answered", "closed") else None,
            "closed_at": at(answered + timedelta(hours=5)) if state == "closed" else None,
            "due_at": at(due),
            "late": state in ("answered", "closed") and answered > due,
            "extended": "",
            "step": 0,
            "next_at": at(now + timedelta(days=365)) if is_open else None,
            "revision": 3,
            "count": ITEMS,
            "left": ITEMS if state in ("sent", "opened") else 0,
            "facts": facts,
            "words": f"{serial}/pcb-ioc {serial} {words}",
            "simulated": False,
            "workflow_id": frozen,
            "parent_id": None,
        }


# Measuring.


def _cycles() -> Iterator[Result]:
    """Create, open, answer, accept, each with all that is told and written of it, in one process."""
    from django.db import connection

    from toancanh.access.models import User
    from toancanh.alerts.notices.models import Notice
    from toancanh.base import clock
    from toancanh.cases import actions, routing, slips
    from toancanh.cases.models import Case
    from toancanh.cases.slips import Standing

    with connection.cursor() as cursor:
        if connection.vendor == "sqlite" and cursor.execute("PRAGMA synchronous").fetchone() != (2,):
            raise RuntimeError("the database is not written through to the disk")
    units = [code for code, _name in _units()]
    officers = {each.unit: each for each in User.objects.filter(role="officer").order_by("pk")}
    operator = User.objects.get(username=OPERATOR)
    run = f"{time.time_ns():x}"
    cases, notices = Case.objects.count(), Notice.objects.count()

    def cycle(number: int) -> None:
        now = clock.now()
        code = routing.unit_for(slips.WORKFLOW.routes, units[number % len(units)], {}, clock.local(now).date())
        case = actions.create(
            "slip",
            unit=code,
            title=f"{REASONS['dossiers.overdue']}: {code}",
            person=None,
            reason="dossiers.overdue",
            key=f"slip:bench:{run}:{number}",
            subject=("unit", code),
            items=[Standing("dossier", f"{run}.{number}-{place}", now) for place in range(ITEMS)],
        )
        actions.act(case.pk, "open", person=officers[code])
        actions.act(case.pk, "answer", person=officers[code], fields={"answer": "done"}, seen=1)
        done = actions.act(case.pk, "accept", person=operator)
        if done.is_open:
            raise RuntimeError("the case is open")

    for number in range(20):
        cycle(-number - 1)
    number, started, used = 0, time.perf_counter(), time.process_time()
    while number < CYCLES and time.perf_counter() - started < SECONDS:
        cycle(number)
        number += 1
    taken, used = time.perf_counter() - started, time.process_time() - used
    told = Notice.objects.count() - notices
    where = "" if connection.vendor == "sqlite" else f", {connection.vendor}"
    note = (
        f"{number:,} cycles of four transactions in a home with {cases:,} cases; {told:,} notices; processor "
        f"{used / number * 1e3:.1f} ms a cycle; load {os.getloadavg()[0]:.1f}; floor: four bare transactions of one row"
    )
    yield Result(
        f"create, open, answer, accept{where}", number / taken, "/s", _bare(), target=RATE, at_least=True, note=note
    )


def _bare() -> float:
    """Cycles a second of nothing but four transactions that write a row each, in the same database."""
    from django.db import connection, transaction

    def once() -> None:
        for _turn in range(4):
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute("INSERT INTO bench_bare (told) VALUES (%s)", ["x" * 200])

    with connection.cursor() as cursor:
        key = "integer" if connection.vendor == "sqlite" else "serial"
        cursor.execute("DROP TABLE IF EXISTS bench_bare")
        cursor.execute(f"CREATE TABLE bench_bare (id {key} PRIMARY KEY, told text)")
    times = repeat(once, times=500)
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE bench_bare")
    return len(times) / sum(times)


def _listed(centre: Centre) -> Iterator[Result]:
    """The list over HTTP: as one asks after the other, and as sixteen have it open and turn its pages."""
    for who, name, limit in (("officer of a commune", OFFICER, LIMIT_MS), ("operator of the province", OPERATOR, None)):
        visitor = Visitor(centre.port)
        visitor.log_in(name)
        for what, path in PAGES.items():
            times = repeat(lambda visitor=visitor, path=path: _timed(visitor, path), times=60 if limit else 15)
            yield _times(f"case list, {who}, {what}", times, limit, _floor(centre, path, who))
    for what, path in PAGES.items():
        yield _times(f"case list, {USERS} officers, {what}", _together(centre, path, PAUSE), LIMIT_MS)
    hurried = _together(centre, PAGES["open ones"], 0.0)
    yield _times(f"case list, {USERS} programs that never pause, open ones", hurried, None)


def _timed(visitor: Visitor, path: str) -> float:
    started = time.perf_counter()
    answer = visitor.get(path)
    if answer.status != 200:
        raise RuntimeError(f"{path} answers {answer.status}")
    return time.perf_counter() - started


def _together(centre: Centre, path: str, pause: float, seconds: float = 20.0) -> list[float]:
    """Seconds of each page as sixteen ask for it at once, each again a pause after the answer."""
    visitors = [Visitor(centre.port) for _user in range(USERS)]
    for visitor in visitors:
        visitor.log_in(OFFICER)
    times: list[float] = []
    end = time.monotonic() + seconds

    def ask(visitor: Visitor, chance: random.Random) -> None:
        _timed(visitor, path)
        while time.monotonic() < end:
            time.sleep(chance.uniform(0, 2 * pause))
            times.append(_timed(visitor, path))

    threads = [
        threading.Thread(target=ask, args=(visitor, random.Random(place))) for place, visitor in enumerate(visitors)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return times


def _times(title: str, times: list[float], limit: float | None, floor: list[float] | None = None) -> Result:
    middle, high = spread(times)
    note = f"{CASES:,} cases; p50 {middle:.0f} ms, n={len(times)}, load {os.getloadavg()[0]:.1f}"
    if floor is not None:
        note += "; floor: the rows of the page by bare SQL"
    return Result(f"{title}, p95", high, "ms", spread(floor)[1] if floor else None, target=limit, note=note)


def _floor(centre: Centre, path: str, who: str) -> list[float] | None:
    """Seconds of the page's rows alone, asked for by hand; None where the cases are not in a file."""
    if _database():
        return None
    where = ["1"]
    if "commune" in who:
        where.append(f"unit IN ('{COMMUNE}')")
    if "state=all" not in path:
        where.append("is_open = 1")
    if "q=" in path:
        word = path.partition("q=")[2]
        records = f"SELECT case_id FROM cases_item WHERE record >= '{word}' AND record < '{word}z'"
        words = word.lower().replace(".", "+").split("+")
        asked = " AND ".join([*(f"{word}*" for word in words), *([_token()] if "commune" in who else [])])
        found = f"SELECT rowid FROM cases_words WHERE cases_words MATCH '{asked}'"
        where.append(f"(id IN ({found}) OR id IN ({records}))")
    skipped = 2 * PAGE if "page=3" in path else 0
    sql = (
        f"SELECT * FROM cases_case WHERE {' AND '.join(where)} "
        f"ORDER BY is_open DESC, due_at, id LIMIT {PAGE} OFFSET {skipped}"
    )
    with closing(sqlite3.connect(centre.home / "toancanh.sqlite3", timeout=60)) as database:
        ask: Callable[[], Any] = lambda: database.execute(sql).fetchall()  # noqa: E731
        if len(ask()) == 0:
            raise RuntimeError(f"{path}: nothing found")
        return repeat(ask, times=20)


def _token() -> str:
    from toancanh.cases import search

    return search.token(COMMUNE)
