"""Simulated officers at a centre: slips are opened, thought about and answered, and each act is counted once."""

import json
from collections import Counter
from datetime import timedelta

import httpx
import pyarrow as pa
import pytest
from django.test import Client

from toancanh.access import login
from toancanh.access.actions import Part, create_simulated
from toancanh.access.models import User
from toancanh.access.roles import Role
from toancanh.base import audit, clock
from toancanh.base.words import Bilingual
from toancanh.cases import actions, slips
from toancanh.cases.models import Case, Item
from toancanh.domains.simulation import line as lines
from toancanh.domains.simulation.faults import Faults
from toancanh.domains.simulation.line import DownError, Line, address
from toancanh.domains.simulation.officers import KINDS, Account, Officers
from toancanh.units.calendar import WorkingCalendar

KEPT = ("authorization", "idempotency-key")
PASSWORD = "mot-cau-dai-kho-doan"
WARDS = ("gso:24121", "gso:24163", "gso:24154", "gso:24208", "gso:24250", "gso:24310")
HIS_OWN = "gso:24133"
HEADED = WARDS[0]
DEMAND = slips.Demand("dossiers.overdue", Bilingual("Hồ sơ quá hạn", "Overdue dossiers"), "dossier")
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)


class Watch:
    """A clock that is put on by hand."""

    def __init__(self):
        self.moment = clock.now()

    def __call__(self):
        return self.moment


class Wire(httpx.BaseTransport):
    """The way to a centre: what goes over it is kept; it may lose answers, and be cut."""

    def __init__(self):
        self.client = Client()
        self.asked, self.lost, self.cut, self.before = [], 0, False, None

    def handle_request(self, request):
        if self.cut:
            raise httpx.ConnectError("cut")
        self.asked.append(request)
        if self.before is not None and request.method == "POST":
            before, self.before = self.before, None
            before(request)
        told = {name: value for name, value in request.headers.items() if name in KEPT}
        path = request.url.raw_path.decode()
        answer = self.client.generic(request.method, path, request.content, "application/json", headers=told)
        if self.lost and request.method == "POST":
            self.lost -= 1
            raise httpx.ReadError("lost")
        return httpx.Response(answer.status_code, content=answer.content)


@pytest.fixture
def centre(units, settings, monkeypatch):
    """A centre with an operator and the accounts of six wards, one with a head."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    login._REMEMBERED.clear()
    monkeypatch.setattr(lines, "_PAUSES", (0.0,))
    parts = [Part(f"canbo.{unit[4:]}", Role.OFFICER, unit, f"Cán bộ {unit}") for unit in WARDS]
    create_simulated([*parts, Part("lanhdao.1", Role.HEAD, HEADED, "Lãnh đạo")], PASSWORD)
    User.objects.create(username="truc", name="Trực", role=Role.OPERATOR)
    return Wire()


class Crowd(Officers):
    """The officers of the accounts that there are, at a clock of ours."""

    def __init__(self, wire, never=0.0, fault="", seed=7):
        accounts = [
            Account(each.username, each.unit, each.role == Role.HEAD) for each in User.objects.filter(simulated=True)
        ]
        self.watch, self.wire = Watch(), wire
        line = Line(address("http://testserver"), PASSWORD, wire)
        super().__init__(
            line, accounts, seed, 24.0, never, Faults(KINDS, fault), WorkingCalendar.load(), clock=self.watch
        )

    def pass_(self, minutes):
        """Let some minutes pass, in which they work; what was done."""
        for _minute in range(minutes):
            self.watch.moment += MINUTE
            self.work()
        return self.counts()


def send(units=WARDS, each=3, overdue=True, now=None):
    """Slips to units, with some dossiers in each."""
    now = now or clock.now()
    due = now - DAY if overdue else now + DAY
    rows = [
        {"record": f"{unit}-{number}", "unit": unit, "since": now - DAY, "due_at": due, "simulated": True}
        for unit in units
        for number in range(each)
    ]
    times = pa.timestamp("us", "UTC")
    schema = pa.schema(
        {"record": pa.string(), "unit": pa.string(), "since": times, "due_at": times, "simulated": pa.bool_()}
    )
    slips.follow(DEMAND, pa.Table.from_pylist(rows, schema), now)


def acts(act):
    """What the centre itself has noted of an act, over all slips."""
    return [each for case in Case.objects.all() for each in audit.entries("case", str(case.pk)) if each.act == act]


def test_slips_are_opened_before_they_are_answered_and_both_are_counted_as_the_centre_counts_them(centre):
    send()
    crowd = Crowd(centre)
    early = crowd.pass_(2)
    assert early["slips"] < len(WARDS)
    counts = crowd.pass_(60)
    assert (counts["slips"], counts["answered"], counts["opened"]) == (6, 18, 6)
    assert (counts["pending"], counts["never"], counts["refused"], counts["failing"]) == (0, 0, {}, None)
    assert set(Case.objects.values_list("state", "left")) == {("answered", 0)}
    assert len(acts("slip.open")) == counts["opened"]
    assert sum(each.detail["count"] for each in acts("slip.answer")) == counts["answered"]
    assert len(acts("slip.ask_extension")) == counts["extensions"]
    assert Counter(Item.objects.values_list("answer", flat=True)) == counts["by_answer"]


def test_most_slips_of_a_unit_are_answered_within_twenty_minutes_at_the_pace_of_the_demo(centre):
    send(each=1)
    assert Crowd(centre, seed=3).pass_(21)["slips"] >= 4


def test_a_new_date_is_told_with_every_apology_and_a_note_where_one_is_asked_for(centre):
    send(each=20)
    Crowd(centre).pass_(60)
    items = Item.objects.exclude(answer="")
    assert {each.answer for each in items} == {"apology", "done", "waiting", "wrong_data"}
    assert all(each.new_date > clock.today() for each in items if each.answer == "apology")
    assert all(each.note for each in items if each.answer in ("waiting", "wrong_data"))


def test_units_that_never_answer_are_counted_and_some_of_them_open_their_slips(centre):
    send()
    counts = Crowd(centre, never=1.0).pass_(300)
    assert (counts["answered"], counts["slips"], counts["never"], counts["pending"]) == (0, 0, 6, 0)
    assert 0 < counts["opened"] < 6
    assert Case.objects.filter(state="opened").count() == counts["opened"]


def test_the_slips_of_a_unit_without_an_account_of_ours_are_left_alone(centre):
    send((HIS_OWN, HEADED))
    Crowd(centre).pass_(60)
    assert Case.objects.get(unit=HIS_OWN).state == "sent"
    assert Case.objects.get(unit=HEADED).state == "answered"


def test_a_slip_that_comes_back_is_answered_again_by_the_head(centre):
    send((HEADED,))
    crowd = Crowd(centre)
    crowd.pass_(60)
    case = Case.objects.get()
    truc = User.objects.get(username="truc")
    actions.act(case.pk, "return", person=truc, fields={"reason": "Nêu rõ lý do."})
    counts = crowd.pass_(60)
    assert Case.objects.get().state == "answered"
    assert (counts["slips"], counts["again"], counts["answered"]) == (1, 1, 6)
    assert {each.actor_id for each in acts("slip.answer")} == {"canbo.24121", "lanhdao.1"}
    assert acts("slip.answer")[-1].actor_id == "lanhdao.1"


def test_what_is_sent_twice_is_done_once(centre):
    send()
    counts = Crowd(centre, fault="twice").pass_(60)
    posted = Counter(each.headers["Idempotency-Key"] for each in centre.asked if each.method == "POST")
    assert set(posted.values()) == {2}
    assert (counts["answered"], counts["opened"]) == (18, 6)
    assert (sum(each.detail["count"] for each in acts("slip.answer")), len(acts("slip.open"))) == (18, 6)


def test_an_act_whose_answer_was_lost_is_asked_for_again_and_counted_once(centre):
    send()
    centre.lost = 5
    counts = Crowd(centre).pass_(60)
    assert centre.lost == 0
    assert (counts["answered"], counts["opened"], counts["refused"]) == (18, 6, {})
    assert (sum(each.detail["count"] for each in acts("slip.answer")), len(acts("slip.open"))) == (18, 6)


def test_a_slip_that_changed_meanwhile_is_read_again_and_answered_then(centre):
    send((HEADED,))
    crowd = Crowd(centre)
    truc = User.objects.get(username="truc")
    centre.before = lambda _request: actions.comment(Case.objects.get(), truc, "Đề nghị trả lời sớm.")
    counts = crowd.pass_(60)
    assert counts["refused"] == {"case.changed": 1}
    assert (counts["slips"], counts["opened"], Case.objects.get().state) == (1, 1, "answered")


def test_who_has_apologised_once_answers_otherwise(centre):
    send((HEADED,), each=8)
    Crowd(centre).pass_(60)
    Item.objects.update(answer="apology")
    truc = User.objects.get(username="truc")
    actions.act(Case.objects.get().pk, "return", person=truc, fields={"reason": "Nêu rõ lý do."})
    counts = Crowd(centre).pass_(60)
    assert counts["refused"] == {"slip.again": 1}
    assert not Item.objects.filter(answer="apology").exists()
    assert Case.objects.get().state == "answered"


def test_while_they_are_silent_or_held_nothing_happens(centre):
    send()
    crowd = Crowd(centre, fault="silent")
    assert crowd.pass_(30)["looks"] == 0
    crowd.faults.clear()
    crowd.held.set()
    assert crowd.pass_(30)["looks"] == 0
    crowd.held.clear()
    assert crowd.pass_(30)["slips"] > 0


def test_a_centre_that_is_down_is_waited_for_until_they_are_told_to_end(centre, monkeypatch):
    send()
    crowd = Crowd(centre)
    centre.cut = True
    monkeypatch.setattr(lines, "_PAUSES", (0.01,))
    crowd.start()
    crowd.watch.moment += DAY
    while not crowd.counts()["failing"]:
        pass
    crowd.finish(2.0)
    assert not crowd._thread.is_alive()
    assert crowd.counts()["failing"] == "cut"


def test_a_refused_password_is_not_tried_again_at_once(centre, monkeypatch):
    User.objects.filter(simulated=True).update(password="!")
    crowd, paused = Crowd(centre), []
    monkeypatch.setattr(crowd.ended, "wait", lambda seconds: paused.append(seconds) or True)
    with pytest.raises(DownError):
        crowd.pass_(5)
    assert paused == [60.0]
    assert crowd.counts()["failing"] == "401 access.wrong"


@pytest.mark.parametrize("told", ["", "127.0.0.1:8000", "ftp://may", "http://", "http://ai:do@may:80", "http://may:x"])
def test_what_is_no_address_of_a_centre_is_refused(told):
    with pytest.raises(ValueError, match=r".*"):
        address(told)


def test_counts_can_be_told_as_json(centre):
    assert json.loads(json.dumps(Crowd(centre).counts()))["units"] == 6
