"""A process killed at any moment: each row is in the warehouse exactly once."""

import os
import random
import subprocess
import sys
import time
from pathlib import Path

import pytest

HERE = Path(__file__).parent
CHECK = """
import django; django.setup()
import letter_writer as writer
from toancanh.base import checks
from toancanh.warehouse import building, derived, reading
from toancanh.warehouse.models import Batch
wanted = {row["code"] for number in range(writer.CHUNKS) for row in writer.chunk(number)}
wanted |= {f"LP{number}-{row}" for number in range(writer.CHUNKS) for row in range(writer.PUSHED)}
codes = reading.fetch(f"SELECT code FROM {reading.records('letter', history=True)}").column(0).to_pylist()
assert sorted(codes) == sorted(wanted), (len(codes), len(set(codes)), len(wanted))
batches = list(Batch.objects.filter(record_type="letter"))
assert {batch.state for batch in batches} == {"done"}
assert sum(batch.accepted for batch in batches) == len(wanted)
assert sum(batch.duplicates for batch in batches) == writer.CHUNKS, sum(batch.duplicates for batch in batches)
building.refresh("letter")
assert reading.fetch(f"SELECT count(*) FROM {derived.current('letter')}").column(0)[0].as_py() == len(wanted)
assert [finding for found in checks.run().values() for finding in found] == []
"""


def environment(home: Path) -> dict[str, str]:
    return os.environ | {
        "TOANCANH_HOME": str(home),
        "DJANGO_SETTINGS_MODULE": "warehouse_settings",
        "PYTHONPATH": str(HERE),
    }


def run(home: Path, *arguments: str) -> None:
    subprocess.run([sys.executable, *arguments], env=environment(home), cwd=home, check=True, timeout=120)


TWIN = """
import sys, django; django.setup()
from letters import letter, table
from toancanh.base.home import current
from toancanh.warehouse import writing
source = sys.argv[1]
with current().lock(f"source-{source}"):
    for number in range(15):
        batch = writing.seal(source, "letter", f"load of {source}", number)
        writing.write(batch, table([letter(number * 20 + row) for row in range(20)]))
"""
TWINS_CHECK = """
import django; django.setup()
import letters
from django.db.models import Sum
from toancanh.warehouse import reading
from toancanh.warehouse.models import Batch
assert reading.count("letter") == (300, 300), reading.count("letter")
counts = Batch.objects.aggregate(Sum("accepted"), Sum("duplicates"))
assert counts == {"accepted__sum": 300, "duplicates__sum": 300}, counts
"""


def test_two_processes_that_bring_the_same_rows_write_them_once(tmp_path: Path) -> None:
    run(tmp_path, "-m", "django", "migrate", "--run-syncdb", "--verbosity", "0")
    twins = [
        subprocess.Popen([sys.executable, "-c", TWIN, source], env=environment(tmp_path), cwd=tmp_path)
        for source in ("a", "b")
    ]
    assert [twin.wait(60) for twin in twins] == [0, 0]
    run(tmp_path, "-c", TWINS_CHECK)


@pytest.mark.slow
def test_a_writer_killed_at_twenty_moments_leaves_each_row_exactly_once(tmp_path: Path) -> None:
    chance = random.Random(20261122)
    run(tmp_path, "-m", "django", "migrate", "--run-syncdb", "--verbosity", "0")
    kills = 0
    while kills < 20:
        writer = subprocess.Popen(
            [sys.executable, str(HERE / "letter_writer.py")],
            env=environment(tmp_path),
            cwd=tmp_path,
            stdout=subprocess.PIPE,
        )
        assert writer.stdout is not None
        assert writer.stdout.readline() == b"ready\n"
        time.sleep(chance.uniform(0.05, 0.7))
        if writer.poll() is not None:
            break  # all is written: later kills would hit nothing
        writer.kill()
        writer.wait()
        kills += 1
    run(tmp_path, str(HERE / "letter_writer.py"))
    run(tmp_path, "-c", CHECK)
    assert kills >= 10
