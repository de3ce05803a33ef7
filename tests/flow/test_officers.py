"""Officers: what simulated ones say they did is what the centre has of it, though it falls meanwhile."""

import base64
import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections import Counter
from datetime import timedelta

import pytest
from centre import Centre, until

from bench import flow
from bench.common import environment
from toancanh.base import clock

pytestmark = pytest.mark.slow
PASSWORD = "mot-cau-dai-kho-doan"
WARDS = ("gso:24121", "gso:24154", "gso:24163", "gso:24208", "gso:24250", "gso:24310", "gso:22057", "gso:22114")
ACCOUNTS = """
from toancanh.cli import output
output.start()
from toancanh.access.actions import create_simulated
from toancanh.base.clock import today
from toancanh.config import demo
create_simulated(demo.parts(today()), demo.PASSWORD)
"""
HEAD = "dossier_id,seq,procedure,unit,channel,state,at,received_at,due_at,finished_at,fee,paid_online,simulated"


@pytest.fixture
def centre(tmp_path):
    """A centre with the accounts of the sample's officers, an operator, and overdue dossiers in eight communes."""
    centre = Centre(tmp_path / "home")
    subprocess.run([sys.executable, "-c", ACCOUNTS], env=environment(centre.home), check=True)
    centre("user", "create", "an", "--role", "operator", stdin=PASSWORD + "\n")
    with centre:
        yield centre


def overdue(folder, each=6):
    """A file of dossiers that were to be done two days ago."""
    received, due = (f"{clock.local(clock.now() - timedelta(days=days)):%Y-%m-%dT10:00:00}" for days in (9, 2))
    rows = [
        f"Q-{unit[4:]}-{number},1,tc.ho-tich.011,{unit},1,4,{received},{received},{due},,0,,true"
        for unit in WARDS
        for number in range(each)
    ]
    file = folder / "qua-han.csv"
    file.write_text("\n".join([HEAD, *rows]) + "\n")
    return file


def ask(centre, path):
    token = base64.b64encode(f"an:{PASSWORD}".encode()).decode()
    call = urllib.request.Request(f"http://127.0.0.1:{centre.port}{path}", headers={"Authorization": f"Basic {token}"})
    with urllib.request.urlopen(call, timeout=10) as answer:
        return json.loads(answer.read())


def noted(centre):
    """What the centre itself has of its slips: acts of their histories, and the answers that stand in them."""
    acts, answers, states = Counter(), Counter(), Counter()
    for case in ask(centre, "/api/v1/cases?kind=slip&limit=1000")["items"]:
        acts.update(each["act"] for each in ask(centre, f"/api/v1/cases/{case['case']}/history")["items"])
        answers.update(each["answer"] for each in ask(centre, f"/api/v1/cases/{case['case']}")["records"])
        states[case["state"]] += 1
    del answers[""]
    return acts, answers, states


def test_the_counts_of_officers_are_those_of_the_centre_though_it_falls_and_comes_back(centre, tmp_path):
    centre("load", "dossiers", overdue(tmp_path))
    until(lambda: ask(centre, "/api/v1/cases?kind=slip&state=open")["total"] >= len(WARDS), 120, "no slips")
    words = ("--centre", f"http://127.0.0.1:{centre.port}", "--speed", "1200", "--never", "0.2", "--seed", "5")
    with flow.System(centre.home, "officers", words) as officers:
        until(lambda: officers.counts()["opened"] > 2, 60)
        assert centre.kill("web")
        until(lambda: officers.counts()["answered"] > 20, 120)
        until(lambda: officers.counts()["pending"] == 0, 180)
        counts = officers.hold()
        acts, answers, states = noted(centre)
        assert counts["opened"] == acts["slip.open"]
        assert counts["extensions"] == acts["slip.ask_extension"]
        assert Counter(counts["by_answer"]) == answers
        assert counts["answered"] == answers.total() > 20
        assert counts["slips"] == states["answered"]
        assert counts["never"] == states["sent"] + states["opened"] > 0
        started = time.monotonic()
        os.kill(officers.process.pid, signal.SIGTERM)
        assert officers.process.wait(6) == 0
        assert time.monotonic() - started < 5
