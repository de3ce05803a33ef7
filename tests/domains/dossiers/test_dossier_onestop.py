"""The simulated one-stop system over HTTP: pages, counts, and faults that lose nothing for who follows the cursor."""

import http.client
import json
import threading
import time
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path

import pytest

from toancanh.domains.dossiers import notation, offices, records, serving, simulator
from toancanh.domains.dossiers.faults import KINDS
from toancanh.domains.dossiers.onestop import OneStop
from toancanh.domains.dossiers.serving import Server
from toancanh.domains.simulation.faults import Faults
from toancanh.sources import mappings
from toancanh.sources.preview import preview
from toancanh.units.calendar import WorkingCalendar

START = datetime(2026, 11, 23, 1, tzinfo=UTC)
TOKEN = "mot-cua"


def event(number):
    """Event `number`, one a second, of a dossier of its own."""
    moment = START + timedelta(seconds=number)
    return {
        "dossier_id": f"A{number}", "seq": 0, "procedure": "1.000001", "unit": "gso:24133", "channel": 1,
        "state": 2, "at": moment, "received_at": moment, "due_at": None, "finished_at": None, "fee": 0.0,
        "paid_online": None, "simulated": True,
    }  # fmt: skip


class Script:
    """A stream that tells what the test says."""

    def __init__(self):
        self.start, self.waiting, self.moment = START, [], START

    def now(self):
        return self.moment

    def due(self):
        rows, self.waiting = self.waiting, []
        self.moment = max([self.moment, *(row["at"] for row in rows)])
        yield rows

    def close(self):
        pass


class Client:
    """A client that keeps its connection, as connectors do."""

    def __init__(self, server):
        self.address = server.server_address
        self.connection = http.client.HTTPConnection(*self.address, timeout=10)

    def ask(self, method, path, body=None, token=TOKEN):
        """The answer: status, headers, bytes."""
        heads = {"Authorization": f"Bearer {token}"} if token else {}
        try:
            self.connection.request(method, path, body and json.dumps(body), heads)
            answer = self.connection.getresponse()
            return answer.status, answer.headers, answer.read()
        except (http.client.HTTPException, OSError):
            self.connection.close()
            raise

    def json(self, method, path, body=None):
        status, _heads, content = self.ask(method, path, body)
        return status, json.loads(content)

    def page(self, after="", limit=500):
        """A page as an honest client takes it. Raises what makes it try again."""
        status, content = self.json("GET", f"/api/events?limit={limit}" + (f"&after={after}" if after else ""))
        if status != 200:
            raise ValueError(status)
        return content["items"], content["next"], content["more"]

    def pages(self, after="", limit=500):
        """All there is, page by page."""
        more = True
        while more:
            items, after, more = self.page(after, limit)
            yield items

    def ids(self, after="", limit=500):
        return [item["maHoSo"] for items in self.pages(after, limit) for item in items]


@pytest.fixture
def script():
    return Script()


@pytest.fixture
def malformed():
    return 0.0


@pytest.fixture
def system(script, malformed):
    return OneStop(script, 1, malformed, Faults(KINDS))


@pytest.fixture
def publish(script, system):
    """Publish events by their numbers."""

    def _publish(*numbers):
        script.waiting = [event(number) for number in numbers]
        system.publish()

    return _publish


@pytest.fixture
def client(system):
    server = Server("127.0.0.1", 0, TOKEN, system)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    yield Client(server)
    server.shutdown()
    server.server_close()


def names(first, last):
    return [f"A{number}" for number in range(first, last + 1)]


def test_events_are_for_those_who_bring_the_token(client):
    assert client.ask("GET", "/api/events", token="")[0] == 401
    assert client.ask("GET", "/api/events", token="khac")[0] == 401
    assert client.ask("GET", "/api/events")[0] == 200


def test_counts_and_health_are_for_everybody(client):
    assert [client.ask("GET", path, token="")[0] for path in ("/counts", "/healthz", "/faults")] == [200, 200, 200]


def test_what_is_not_there_is_refused_and_the_connection_goes_on(client):
    assert [client.ask(method, "/khac", body)[0] for method, body in (("GET", None), ("POST", {"a": 1}))] == [404, 404]
    assert client.ask("GET", "/healthz")[0] == 200


def test_pages_follow_each_other_without_gap_or_repetition(client, publish):
    publish(*range(1, 26))
    assert [len(items) for items in client.pages(limit=10)] == [10, 10, 5]
    assert client.ids(limit=10) == names(1, 25)


def test_a_page_holds_five_hundred_unless_asked_and_five_thousand_at_most(client, publish):
    publish(*range(1, 5102))
    assert len(client.json("GET", "/api/events")[1]["items"]) == 500
    assert len(client.page(limit=1_000_000)[0]) == 5000


def test_what_is_published_later_follows_the_cursor(client, publish):
    publish(1, 2)
    _items, cursor, more = client.page()
    assert not more
    assert client.page(cursor) == ([], cursor, False)
    publish(3)
    assert client.ids(cursor) == ["A3"]
    assert client.ids(cursor) == ["A3"]


def test_since_begins_with_the_first_event_of_that_moment(client, publish):
    publish(*range(1, 10))
    status, content = client.json("GET", "/api/events?since=2026-11-23T08:00:07%2B07:00")
    assert (status, [item["maHoSo"] for item in content["items"]]) == (200, names(7, 9))


@pytest.mark.parametrize(
    ("query", "status"),
    [("after=x", 400), ("limit=0", 400), ("limit=x", 400), ("since=hom-qua", 400), ("after=99999999999999999", 410)],
)
def test_what_cannot_be_asked_is_refused(client, query, status):
    found, content = client.json("GET", f"/api/events?{query}")
    assert found == status
    assert content["error"]


def test_the_cursor_of_an_earlier_start_is_the_beginning_for_a_later_one(script, system, publish):
    publish(*range(1, 1001))
    cursor = system.page(0, 5000)[1]
    script.start = START + timedelta(seconds=1)
    later = OneStop(script, 1, 0.0, Faults(KINDS))
    script.waiting = [event(2000)]
    later.publish()
    assert [json.loads(line)["maHoSo"] for line in later.page(cursor, 10)[0]] == ["A2000"]


def test_rows_are_written_as_a_vendor_writes_them(client, script, system):
    script.waiting = [
        event(1) | {"channel": 3, "state": 9, "fee": 20000.0, "paid_online": False, "finished_at": START},
        event(2) | {"channel": 2, "fee": 0.5},
    ]
    system.publish()
    first, second = client.page()[0]
    assert first == {
        "maHoSo": "A1", "thuTu": 0, "maThuTuc": "1.000001", "maDonVi": "gso:24133", "kenhNop": "Bưu chính",
        "trangThai": 9, "thoiDiem": "2026-11-23T08:00:01+07:00", "ngayTiepNhan": "2026-11-23T08:00:01+07:00",
        "ngayHenTra": None, "ngayKetThuc": "2026-11-23T08:00:00+07:00", "lePhi": 20000, "thanhToanTrucTuyen": False,
        "moPhong": True,
    }  # fmt: skip
    assert (second["kenhNop"], second["lePhi"]) == ("Trực tuyến", 0.5)


@pytest.mark.parametrize("malformed", [0.2])
def test_counts_tell_exactly_what_was_published(client, publish, malformed):
    publish(*range(1, 501))
    items = [item for page in client.pages() for item in page]
    well = [item for item in items if item["maHoSo"] and not item["maHoSo"].startswith("HONG-")]
    counts = client.json("GET", "/counts")[1]
    assert counts == {
        "published": len(items),
        "distinct": 500,
        "malformed": len(items) - 500,
        "dossiers": 500,
        "by_state": {"2": 500},
        "clock": "2026-11-23T08:08:20+07:00",
        "served": len(items),
    }
    assert [item["maHoSo"] for item in well] == names(1, 500)
    assert 60 < counts["malformed"] < 140


def test_five_hundred_rows_are_answered_within_twenty_milliseconds(client, publish):
    publish(*range(1, 3001))
    cursor, taken = client.page()[1], []
    for _turn in range(9):
        begun = time.perf_counter()
        status, _heads, body = client.ask("GET", f"/api/events?after={cursor}")
        taken.append(time.perf_counter() - begun)
        assert (status, body.count(b"maHoSo")) == (200, 500)
    assert sorted(taken)[4] < 0.02


def fault(client, kind, **more):
    status, content = client.json("POST", "/faults", {"kind": kind, **more})
    assert (status, content["kind"]) == (200, kind)


def test_a_fault_is_switched_on_and_off(client):
    assert client.json("GET", "/faults")[1] == {"kind": None, "seconds": None, "kinds": list(KINDS)}
    fault(client, "error")
    assert client.ask("GET", "/api/events")[0] == 500
    assert client.json("DELETE", "/faults")[1]["kind"] is None
    assert client.ask("GET", "/api/events")[0] == 200


def test_a_fault_ends_when_its_seconds_are_over():
    clock = [0.0]
    faults = Faults(KINDS, seconds_now=lambda: clock[0])
    faults.switch("slow", 10)
    clock[0] = 9.5
    assert (faults.kind, faults.state()["seconds"]) == ("slow", 0.5)
    clock[0] = 10
    assert (faults.kind, faults.state()["kind"]) == ("", None)


@pytest.mark.parametrize(
    "body", [{}, {"kind": "khac"}, {"kind": "slow", "seconds": 0}, {"kind": "slow", "seconds": "x"}, []]
)
def test_a_fault_that_does_not_exist_is_refused(client, body):
    status, content = client.json("POST", "/faults", body)
    assert status == 422
    assert "slow" in content["error"]


@pytest.mark.parametrize("kind", KINDS)
def test_whoever_follows_the_cursor_through_a_fault_gets_every_row(client, publish, kind, monkeypatch):
    monkeypatch.setattr(serving, "SLOW", (0.05, 0.1))
    fault(client, kind)
    got, cursor, turn = Counter(), "", 0
    more = True
    while more or turn < 12:
        turn += 1
        if turn <= 8:
            publish(*range(turn * 20, turn * 20 + 20))
        if turn == 10:
            client.json("DELETE", "/faults")
            publish(1000)
        try:
            items, cursor, more = client.page(cursor, limit=15)
            got.update(item["maHoSo"] for item in items)
        except (ValueError, KeyError, OSError, http.client.HTTPException):
            more = True
    expected = {f"A{number}" for number in [*range(20, 180), 1000]}
    assert set(got) == expected
    if kind not in ("repeat", "disorder"):
        assert set(got.values()) == {1}
    counts = client.json("GET", "/counts")[1]
    assert (counts["published"], counts["distinct"]) == (161, 161)


def test_slow_answers_come_in_drops(client, publish, monkeypatch):
    monkeypatch.setattr(serving, "SLOW", (0.3, 0.3))
    publish(1, 2)
    fault(client, "slow")
    begun = time.perf_counter()
    assert client.ids() == ["A1", "A2"]
    assert time.perf_counter() - begun > 0.25


def test_half_an_answer_is_cut_in_the_middle(client, publish):
    publish(*range(1, 50))
    fault(client, "half")
    with pytest.raises(http.client.IncompleteRead) as cut:
        client.page()
    assert cut.value.partial.startswith(b'{"items":[{"maHoSo":"A1"')
    assert client.json("GET", "/counts")[1]["served"] == 0


def test_a_new_schema_renames_a_field_and_adds_one(client, publish):
    publish(1)
    fault(client, "schema")
    (item,) = client.page()[0]
    assert (item["maTrangThai"], "trangThai" in item, item["phienBan"]) == (2, False, "2.0")


def test_a_wrong_clock_is_an_hour_ahead_as_served_only(client, publish):
    publish(1)
    fault(client, "clock")
    _status, heads, content = client.ask("GET", "/api/events")
    (item,) = json.loads(content)["items"]
    assert item["thoiDiem"] == "2026-11-23T09:00:01+07:00"
    assert item["ngayTiepNhan"] == "2026-11-23T08:00:01+07:00"
    ahead = parsedate_to_datetime(heads["Date"]) - datetime.now(UTC)
    assert timedelta(minutes=59) < ahead < timedelta(minutes=61)
    client.json("DELETE", "/faults")
    assert client.page()[0][0]["thoiDiem"] == "2026-11-23T08:00:01+07:00"


def test_a_repeated_page_is_the_same_though_the_cursor_moved(client, publish):
    publish(*range(1, 31))
    fault(client, "repeat")
    first, cursor, _more = client.page(limit=10)
    again, same, more = client.page(cursor, limit=10)
    then, _next, _more = client.page(same, limit=10)
    assert (again, same, more) == (first, cursor, True)
    assert [item["maHoSo"] for item in then] == names(11, 20)


def test_disorder_shuffles_pages_that_overlap(client, publish):
    publish(*range(1, 101))
    _items, cursor, _more = client.page(limit=50)
    fault(client, "disorder")
    found = [item["maHoSo"] for item in client.page(cursor, limit=50)[0]]
    assert sorted(found) == sorted(names(41, 100))
    assert found != names(41, 100)


def test_nonsense_is_no_page_in_three_ways(client, publish):
    publish(1)
    fault(client, "nonsense")
    answers = [client.ask("GET", "/api/events") for _ in range(3)]
    assert {status for status, _heads, _body in answers} == {200}
    with pytest.raises(ValueError, match=r"."):
        json.loads(answers[0][2])
    assert b"<form>" in answers[1][2]
    assert "items" not in json.loads(answers[2][2])


def test_late_events_appear_out_of_order_and_all_of_them_in_the_end(client, publish, script, system):
    fault(client, "late")
    publish(*range(1, 101))
    there = client.ids()
    assert 20 < len(there) < 80
    script.moment += timedelta(minutes=30)
    system.publish()
    later = client.ids()
    assert later[: len(there)] == there
    assert len(there) < len(later) < 100
    assert client.json("GET", "/counts")[1]["distinct"] == 100
    client.json("DELETE", "/faults")
    system.publish()
    found = client.ids()
    assert sorted(found) == sorted(names(1, 100))
    assert found != names(1, 100)


def test_silence_is_a_page_without_rows(client, publish):
    publish(1)
    fault(client, "silent")
    items, cursor, more = client.page()
    assert (items, more) == ([], False)
    client.json("DELETE", "/faults")
    assert client.ids(cursor) == ["A1"]


def test_a_client_that_goes_away_does_no_harm(client, publish, monkeypatch):
    monkeypatch.setattr(serving, "SLOW", (0.2, 0.2))
    publish(*range(1, 300))
    fault(client, "slow")
    client.connection.request("GET", "/api/events", headers={"Authorization": f"Bearer {TOKEN}"})
    client.connection.close()
    client.json("DELETE", "/faults")
    assert len(client.ids()) == 299


@pytest.fixture
def day(units):
    """Events of real units on a day."""
    day = date(2026, 11, 20)
    return simulator.happened(day, day, 1, offices.within("gso:66", day), WorkingCalendar.load(), 0.02).to_pylist()


@pytest.mark.parametrize("malformed", [0.1])
def test_a_page_saved_as_a_file_goes_in_but_for_its_malformed_rows(client, script, system, day, tmp_path):
    mappings.add_folder(Path(records.__file__).parent / "mappings")
    script.waiting = day
    system.publish()
    file = tmp_path / "trang.json"
    file.write_bytes(client.ask("GET", "/api/events?limit=5000")[2])
    found = preview(file, "onestop", rows=5000)
    counts = system.counts()
    assert [{key: value for key, value in row.items() if key != "row"} for row in found.rows] == day
    assert len(found.rejects) == counts["malformed"] > 20
    assert {each.column for each in found.rejects} == {"thoiDiem", "maDonVi", "trangThai", "maHoSo", "lePhi"}
    assert all(reject.raw["maHoSo"].startswith("HONG-") for reject in found.rejects if reject.column != "maHoSo")
    assert [code for code, _params in found.notes] == []


def test_the_same_rows_are_malformed_under_the_same_seed_and_others_under_another():
    rows = [event(number) for number in range(2000)]
    first, again, other = ([notation.malformed(row, seed, 0.01) for row in rows] for seed in (1, 1, 2))
    assert first == again != other
    assert 5 <= sum(item is not None for item in first) <= 40
    assert [notation.malformed(row, 1, 0.0) for row in rows] == [None] * 2000
