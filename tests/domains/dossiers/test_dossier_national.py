"""The simulated National Portal: it reads a one-stop system over HTTP, and its counts are what a centre finds."""

import http.client
import json
import re
import threading
import time
from contextlib import contextmanager
from datetime import timedelta
from urllib.request import Request, urlopen

import pytest

from toancanh.access.scope import EVERYTHING
from toancanh.base import clock
from toancanh.base.audit import SYSTEM
from toancanh.domains.dossiers import faults, offices, serving
from toancanh.domains.dossiers.hearsay import Hearsay
from toancanh.domains.dossiers.national import National
from toancanh.domains.dossiers.onestop import OneStop
from toancanh.domains.dossiers.reader import Reader
from toancanh.domains.simulation.faults import Faults
from toancanh.indicators import reconciling
from toancanh.indicators.reconciliation import get
from toancanh.sources import actions, collecting, definition, vault
from toancanh.sources.connectors import connector
from toancanh.sources.models import Source
from toancanh.warehouse import building, outbox

TOKEN = "ma/bi+mat="
WAIT = 20


class Script:
    """Dossiers of a commune, each with three events in the days before today."""

    def __init__(self, number):
        self.start = clock.now() - timedelta(days=5)
        self.rows = [row for each in range(number) for row in self.life(each)]

    def life(self, number):
        received = self.start + timedelta(seconds=number)
        due, finished = received + timedelta(days=3), received + timedelta(days=1)
        for seq, (state, at) in enumerate([(2, received), (4, received + timedelta(hours=1)), (9, finished)]):
            yield {
                "dossier_id": f"A{number:05d}", "seq": seq, "procedure": "1.000001", "unit": "gso:24133", "channel": 1,
                "state": state, "at": at, "received_at": received, "due_at": due,
                "finished_at": finished if state == 9 else None, "fee": 0.0, "paid_online": None, "simulated": True,
            }  # fmt: skip

    def now(self):
        return clock.now()

    def due(self):
        rows, self.rows = self.rows, []
        yield rows

    def close(self):
        pass


@contextmanager
def served(system, front=serving.ONE_STOP):
    """Where a system answers."""
    server = serving.Server("127.0.0.1", 0, TOKEN, system, front)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    try:
        yield f"{server.url}{front.address}"
    finally:
        server.shutdown()
        server.server_close()


def reading(url):
    """An address with the token, as the command is told it."""
    return url.replace("http://", "http://ma%2Fbi%2Bmat%3D@")


def until(found, seconds=WAIT):
    deadline = time.monotonic() + seconds
    while not found():
        assert time.monotonic() < deadline
        time.sleep(0.02)


@pytest.fixture
def hearsay(units):
    return Hearsay(7, offices.within("gso:66", clock.today()), lost=0.05, changed=0.2, extra=0.02)


@pytest.fixture
def one_stop():
    system = OneStop(Script(400), 7, 0.02, Faults(faults.KINDS))
    system.publish()
    return system


@contextmanager
def portal(hearsay, one_stop, now=clock.now):
    """The portal, once it has heard all that the one-stop system told: system, its address, that of the other."""
    with served(one_stop) as url:
        system = National([Reader(reading(url))], hearsay, Faults(faults.OF_LINE), now)
        with served(system, serving.NATIONAL) as address:
            system.start()
            until(lambda: system.counts()["heard"] >= one_stop.counts()["distinct"])
            try:
                yield system, address, url
            finally:
                system.ended.set()


def test_the_portal_hears_all_and_refuses_what_cannot_be_read(hearsay, one_stop):
    with portal(hearsay, one_stop) as (system, _address, _url):
        counts = system.counts()
    published = one_stop.counts()
    assert (counts["heard"], counts["dossiers"]) == (published["distinct"], published["dossiers"]) == (1200, 400)
    assert counts["refused"] == published["malformed"] > 0
    assert counts["reads"][0]["failing"] is None


def test_it_tells_nothing_before_its_time_and_everything_after_it(hearsay, one_stop):
    moment = clock.now() - timedelta(days=4, hours=12)
    with portal(hearsay, one_stop, lambda: moment) as (system, _address, _url):
        system.publish()
        early = system.counts()
        assert early["waiting"] > 0 < early["told"]
        assert early["behind"] == early["dossiers"] - early["lost"]  # the last event of none has happened yet
        moment = clock.now()
        system.publish()
        late = system.counts()
    assert (late["waiting"], late["untold"], late["behind"]) == (0, 0, 0)
    assert late["told"] == late["heard"] - 3 * late["lost"] + late["extra"]


def test_what_is_held_stands_still(hearsay, one_stop):
    with portal(hearsay, one_stop) as (system, _address, _url):
        system.held.set()
        system.publish()
        assert system.counts()["told"] == 0
        system.held.clear()
        system.publish()
        assert system.counts()["told"] > 0


def test_what_is_told_again_adds_nothing(hearsay, one_stop):
    with portal(hearsay, one_stop) as (system, _address, _url):
        lines, _cursor, _more = one_stop.page(0, 5000)
        before = system.counts()
        system.hear([json.loads(line) for line in lines])
        after = system.counts()
    assert (after["heard"], after["dossiers"], after["waiting"]) == tuple(
        before[name] for name in ("heard", "dossiers", "waiting")
    )


def test_a_one_stop_system_that_is_not_there_is_named_and_tried_again(hearsay):
    system = National([Reader("http://ma@127.0.0.1:9/api/events")], hearsay, Faults(faults.OF_LINE))
    system.start()
    until(lambda: system.counts()["reads"][0]["failing"])
    system.ended.set()


@pytest.mark.parametrize("url", ["–", "http://127.0.0.1:8020/api/events", "ftp://ma@may/api"])
def test_an_address_without_a_token_is_none(url):
    with pytest.raises(ValueError, match=re.escape(url)):
        Reader(url)


@pytest.mark.parametrize("kind", faults.OF_LINE)
def test_its_faults_are_those_of_a_line_and_change_nothing_that_is_told(hearsay, one_stop, kind, monkeypatch):
    monkeypatch.setattr(serving, "SLOW", (0.05, 0.1))
    with portal(hearsay, one_stop) as (system, address, _url):
        system.publish()
        told = system.counts()["told"]
        system.faults.switch(kind)
        call = Request(f"{address}?limit=5", headers={"Authorization": f"Bearer {TOKEN}"})
        try:
            with urlopen(call, timeout=5) as answer:
                items = json.loads(answer.read())["items"]
        except (OSError, ValueError, KeyError, http.client.HTTPException):
            items = None
        assert (items is not None and len(items) == 5) is (kind == "slow")
        assert system.counts()["told"] == told


def look(name, url, mapping, record_type):
    """Connect a source and read it once to its end, by the real connector, into the warehouse."""
    told = {
        "name": name,
        "record_type": record_type,
        "mapping": mapping,
        "connector": {"kind": "rest", "url": url, "auth": "bearer", "every": 1},
        "secrets": {"token": TOKEN},
    }
    actions.connect(definition.of(told), actor=SYSTEM)
    source = Source.objects.get(name=name)
    made = connector.made(source.connector, source.options, vault.opened(source.secrets))
    collecting.look(source, made, threading.Event())
    outbox.flush()
    building.refresh(record_type)


def test_a_centre_that_hears_both_finds_exactly_what_the_portal_says_it_did(province, one_stop):
    hearsay = Hearsay(7, offices.within("gso:66", clock.today()), lost=0.05, changed=0.2, extra=0.02)
    with portal(hearsay, one_stop) as (system, address, url):
        system.publish()
        look("mot-cua", url, "onestop", "dossier")
        look("dvcqg", address, "national", "portal_dossier")
        truth = system.counts()
    counted = reconciling.counted(get("dossiers"))
    found = counted.total(EVERYTHING, *counted.days())
    assert (found.left, truth["waiting"], found.on_the_way) == (truth["dossiers"], 0, 0)
    assert found.only_left == truth["lost"] > 0
    assert found.only_right == truth["extra"] > 0
    assert {name: number for name, number in found.fields.items() if number} == truth["changed"]
    assert found.differs == sum(truth["changed"].values()) > 0
    assert found.equal == truth["dossiers"] - truth["lost"] - found.differs
    assert counted.simulated
    assert {source for sources in counted.inputs.values() for source in sources} == {"mot-cua", "dvcqg"}
