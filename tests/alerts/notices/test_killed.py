"""A worker that is killed between two steps: nothing is lost, nothing comes more than twice, and it is said."""

import json
import os
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from receivers import web_server
from told import SECRET

SENDER = Path(__file__).with_name("dying_sender.py")
SETUP = """
import json, sys
from toancanh.cli import output
output.start()
from toancanh.access.actions import create_user
from toancanh.alerts import notices
from toancanh.alerts.notices import actions
from toancanh.alerts.notices.models import Address
from toancanh.base import audit, clock
from toancanh.base.words import Bilingual
lan = create_user("lan", "operator", password="mot-cau-dai-kho-doan")
actions.save_channel("hook", kind="webhook", title="Hook", url=sys.argv[1], secret=sys.argv[2], actor=audit.SYSTEM)
way = actions.switch_channel("hook", True, actor=audit.SYSTEM)
now = clock.now()
Address.objects.create(person=lan, channel=way, address="lan", created_at=now, verified_at=now)
words = Bilingual("Việc", "Matter")
told = dict(thread="case:1", subject=words, text=words, link="/", severity=5, about=("matter", "1"), unit="")
notices.tell(lan, key="k", **told)
"""


class Centre:
    """An installation in a home of its own, whose worker is killed at a point."""

    def __init__(self, home, url):
        self.home = home
        self("-c", SETUP, url, SECRET)

    def __call__(self, *words):
        # In a file of its own, wherever the other tests keep theirs.
        env = os.environ | {"TOANCANH_HOME": str(self.home), "TOANCANH_DATABASE_URL": ""}
        return subprocess.run([sys.executable, *words], env=env, capture_output=True, text=True, check=False)

    def send(self, point=""):
        done = self(str(SENDER), *filter(None, [point]))
        assert done.returncode == (-signal.SIGKILL if point else 0), done.stderr

    def wait(self):
        """Let a minute pass for what a dead worker held, and for the next try."""
        past = (datetime.now(UTC) - timedelta(minutes=5)).strftime("%Y-%m-%d %H:%M:%S.%f")
        with closing(sqlite3.connect(self.home / "toancanh.sqlite3")) as database:
            database.execute("UPDATE alerts_message SET claimed_at = ? WHERE state = 'sending'", [past])
            database.execute("UPDATE alerts_message SET next_at = ? WHERE state = 'failed'", [past])
            database.commit()

    def state(self):
        with closing(sqlite3.connect(self.home / "toancanh.sqlite3")) as database:
            return database.execute("SELECT state FROM alerts_notice").fetchone()[0]


@pytest.fixture
def web():
    with web_server() as server:
        yield server


@pytest.fixture
def centre(tmp_path, web):
    return Centre(tmp_path / "home", web.url)


def test_killed_between_claiming_and_sending_it_is_sent_once(centre, web):
    centre.send("claimed")
    assert not web.asked
    centre.wait()
    centre.send()
    assert len(web.asked) == 1
    assert centre.state() == "sent"


def test_killed_again_and_again_before_sending_it_is_not_lost(centre, web):
    for _turn in range(3):
        centre.send("claimed")
        centre.wait()
    centre.send()
    assert len(web.asked) == 1
    assert centre.state() == "sent"


def test_killed_between_sending_and_noting_it_is_sent_once_more_under_the_same_identity(centre, web):
    centre.send("sent")
    assert len(web.asked) == 1
    centre.wait()
    centre.send()  # takes it back, and lets a while pass
    centre.wait()
    centre.send()
    ids = [headers["webhook-id"] for _path, headers, _body in web.asked]
    assert len(ids) == 2
    assert len(set(ids)) == 1
    assert centre.state() == "sent"


def test_killed_twice_between_sending_and_noting_it_stays_as_one_of_which_nobody_knows(centre, web):
    for _turn in range(2):
        centre.send("sent")
        centre.wait()
        centre.send()
        centre.wait()
        if centre.state() == "sent":
            pytest.fail("nobody noted it")
    assert len(web.asked) == 2
    assert centre.state() == "unknown"


def test_killed_when_it_was_handed_over_it_is_sent(centre, web):
    centre.send("handed")
    centre.wait()
    centre.send()
    centre.wait()
    centre.send()
    assert len(web.asked) == 1
    assert json.loads(web.asked[0][2])["to"] == "lan"
    assert centre.state() == "sent"
