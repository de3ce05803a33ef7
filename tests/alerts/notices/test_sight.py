"""Sight: nobody is told of a record that he may not see, neither when it is put down nor when it leaves."""

import pytest
from receivers import web_server
from told import SECOND, START, address, channel, person, send, states, tell

from toancanh.alerts import notices
from toancanh.alerts.models import Alert
from toancanh.alerts.notices import listing, sight
from toancanh.alerts.notices.models import Delivery, Notice
from toancanh.base import clock

MINE, OTHERS, PROVINCE = "gso:24133", "gso:24163", "gso:66"
pytestmark = pytest.mark.usefixtures("units")


@pytest.fixture
def web():
    with web_server() as server:
        yield server


@pytest.fixture
def lan(web):
    """An officer of a commune who is told at once."""
    found = person("lan", "officer", MINE)
    address(found, channel(url=web.url))
    return found


def test_an_officer_is_told_of_her_unit_and_of_no_other(lan):
    assert tell(lan, "mine", unit=MINE).state == Notice.State.WAITING
    assert tell(lan, "others", unit=OTHERS) is None
    assert tell(lan, "province", unit="") is None
    assert tell(lan, "above", unit=PROVINCE) is None
    assert set(Notice.objects.exclude(key="mine").values_list("state", "reason")) == {("suppressed", "scope")}
    assert Delivery.objects.count() == 1


def test_who_sees_the_whole_province_is_told_of_what_is_nobodys():
    assert tell(person("truc", "operator"), "k", unit="") is not None
    assert tell(person("tinh", "officer", PROVINCE), "k", unit="") is not None


def test_who_moved_to_another_unit_meanwhile_is_not_told(lan, web):
    tell(lan, "k", unit=MINE, severity=5)
    lan.unit = OTHERS
    lan.save()
    send(START)
    assert not web.asked
    assert Notice.objects.get().reason == "scope"
    assert states() == {"k": "suppressed"}


def test_who_moved_is_told_the_rest_of_the_bundle(lan, web):
    tell(lan, "k", unit=MINE)
    lan.unit = ""
    lan.save()
    tell(lan, "whole", START + SECOND, unit="")
    lan.unit = MINE
    lan.save()
    send(START + 120 * SECOND)
    assert [item["text"] for item in web.told[0]["items"]] == ["Tin k"]
    assert "whole" not in web.asked[0][2].decode()
    assert states() == {"k": "sent", "whole": "suppressed"}


def test_who_moved_between_two_tries_is_not_told_by_the_second(lan, web):
    web.status = 500
    tell(lan, "k", unit=MINE, severity=5)
    send(START)
    lan.unit = OTHERS
    lan.save()
    web.status = 200
    send(START + 60 * SECOND)
    assert len(web.asked) == 1
    assert states() == {"k": "suppressed"}


def test_a_disabled_account_is_told_nothing(lan, web):
    tell(lan, "k", unit=MINE, severity=5)
    lan.is_active = False
    lan.save()
    send(START)
    assert not web.asked
    assert tell(lan, "next", unit=MINE) is None
    assert set(Notice.objects.values_list("reason", flat=True)) == {"person"}


def test_alerts_about_sources_are_for_those_who_may_see_sources(web):
    alert = Alert.objects.create(
        rule="sources.silent", subject_kind="source", subject_id="x", state="firing", severity=4, owner=MINE,
        since=START, checked_at=START,
    )  # fmt: skip
    about = ("alert", str(alert.pk))
    assert tell(person("lan", "officer", MINE), "k", unit=MINE, about=about) is None
    assert tell(person("truc", "operator"), "k", unit=MINE, about=about) is not None
    assert Notice.objects.get(person__username="lan").reason == "right"


def test_a_floor_above_guards_its_own_objects(lan, monkeypatch):
    monkeypatch.setattr(sight, "_GUARDS", {})
    notices.guard("matter", lambda who, pk: (who.username, pk) != ("lan", "secret"))
    assert tell(lan, "k1", unit=MINE, about=("matter", "secret")) is None
    assert tell(lan, "k2", unit=MINE, about=("matter", "open")) is not None


def test_what_a_person_may_not_see_any_more_is_gone_from_his_list(lan):
    first = tell(lan, "k", unit=MINE, at=clock.now())
    assert [each.notice.pk for each in listing.own(lan)] == [first.pk]
    assert listing.opened(lan, first.pk) == first
    lan.unit = OTHERS
    lan.save()
    assert listing.own(lan) == []
    assert listing.opened(lan, first.pk) is None


def test_nobody_opens_what_another_was_told(lan):
    mine = tell(lan, "k", unit=MINE)
    assert listing.opened(person("truc"), mine.pk) is None
