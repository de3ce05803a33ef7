"""The job: channels work beside each other, and what is slow holds nothing else up."""

import threading
import time
from collections import defaultdict
from datetime import timedelta

import pytest
from django_tasks_db.models import DBTaskResult
from receivers import web_server
from told import address, channel, person, tell

from toancanh.alerts.notices import channels, sending
from toancanh.alerts.notices.models import Message, Notice
from toancanh.base import clock, jobs

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def two(home, monkeypatch):
    """A receiver that is slow and one that is quick, and people who want to be told at both."""
    monkeypatch.setattr(channels, "TIMEOUT", 4.0)
    monkeypatch.setattr(sending, "_threads", defaultdict(list))
    with web_server() as slow, web_server() as quick:
        ways = channel(url=slow.url, name="cham"), channel(url=quick.url, name="nhanh")
        for number in range(6):
            who = person(f"p{number}")
            for way in ways:
                address(who, way, f"a{number}")
            tell(who, "k", at=clock.now(), severity=5)
        yield slow, quick
        for each in [each for some in sending._threads.values() for each in some]:
            each.join(20)  # none may write to the database of the next test


def test_a_slow_channel_holds_up_neither_another_nor_the_job(two):
    slow, quick = two
    slow.wait = 30.0
    begun = time.monotonic()
    while len(quick.asked) < 6:
        again = time.monotonic()
        sending.run()
        assert time.monotonic() - again < sending.LONGEST + 3
        assert time.monotonic() - begun < 20
    assert len(slow.asked) <= sending.WIDTH


def test_two_workers_send_every_message_once(two):
    slow, quick = two
    for _turn in range(40):
        if Message.objects.exists() and not Message.objects.exclude(state="sent").exists():
            break
        workers = [threading.Thread(target=sending.run) for _turn in range(2)]
        for each in workers:
            each.start()
        for each in workers:
            each.join(20)
    assert len(quick.asked) == len(slow.asked) == 6
    assert set(Notice.objects.values_list("state", flat=True)) == {"sent"}


def test_the_job_is_handed_out_where_something_is_due_and_only_then(home):
    with web_server() as server:
        way = channel(url=server.url)
        lan = person()
        address(lan, way)
        assert "notices.send" not in jobs.tick()
        tell(lan, "young", at=clock.now() - timedelta(seconds=60))
        assert "notices.send" not in jobs.tick()
        tell(lan, "old", at=clock.now() - timedelta(seconds=115))
        assert "notices.send" in jobs.tick()
        assert DBTaskResult.objects.filter(queue_name="messages").count() == 1
