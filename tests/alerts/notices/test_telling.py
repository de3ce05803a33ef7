"""Telling: the same is told to many people, each once, and none of what he may not see."""

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from told import START, address, channel, person, tell

from toancanh.alerts import notices
from toancanh.alerts.notices.models import Delivery, Notice
from toancanh.base.words import Bilingual

pytestmark = pytest.mark.usefixtures("units")
HERE, THERE = "gso:24133", "gso:24163"


def tell_all(people, key="k", unit="", may=None):
    words = Bilingual("Tin", "News")
    told = {"thread": "case:1", "subject": words, "text": words, "link": "/cases/1", "severity": 3}
    notices.tell_all(people, key=key, about=("matter", "1"), unit=unit, at=START, may=may, **told)


def states():
    return dict(Notice.objects.values_list("person__username", "state"))


def test_all_are_told_each_where_he_wants_to_be_told():
    lan, mai = person("lan"), person("mai")
    address(lan, channel())
    tell_all([lan, mai])
    assert states() == {"lan": "waiting", "mai": "inside"}
    assert list(Delivery.objects.values_list("notice__person__username", flat=True)) == ["lan"]


def test_who_was_told_is_not_told_again_and_the_others_are():
    lan, mai = person("lan"), person("mai")
    address(lan, channel())
    tell(lan, "k")
    tell_all([mai, lan, mai])
    assert states() == {"lan": "waiting", "mai": "inside"}
    assert Delivery.objects.count() == 1


def test_telling_again_leaves_the_transaction_usable():
    lan = person("lan")
    with transaction.atomic():
        tell(lan, "k")
        tell_all([lan])
        tell_all([lan], key="other")
    assert sorted(Notice.objects.values_list("key", flat=True)) == ["k", "other"]


def test_who_may_not_see_the_unit_is_not_told():
    tell_all([person("lan", "officer", HERE), person("bao", "officer", THERE)], unit=HERE)
    assert states() == {"lan": "inside", "bao": "suppressed"}


def test_who_may_not_see_the_object_is_not_told():
    lan, mai = person("lan"), person("mai")
    tell_all([lan, mai], may=lambda who: who == mai)
    assert states() == {"lan": "suppressed", "mai": "inside"}
    assert Notice.objects.get(person=lan).reason == "right"


def test_many_are_told_with_no_more_questions_than_one():
    counts = []
    for number in (1, 8):
        people = [person(f"p{number}-{each}") for each in range(number)]
        with CaptureQueriesContext(connection) as asked:
            tell_all(people, key=f"k{number}")
        counts.append(len(asked))
    assert counts[0] == counts[1]
