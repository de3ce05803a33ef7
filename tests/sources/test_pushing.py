"""Pushing: a message is believed for its signature, taken once, and refused in words."""

import base64
import json
from datetime import timedelta

import pytest
from samples import good, told
from standardwebhooks.webhooks import Webhook

from toancanh.base import clock
from toancanh.base.audit import SYSTEM
from toancanh.base.models import OutboxEntry
from toancanh.base.problems import Problem
from toancanh.sources import actions, definition, flow, pushing
from toancanh.sources.models import Source
from toancanh.warehouse import outbox, reading

SECRET = "whsec_" + base64.b64encode(b"mot khoa du dai de ky").decode()


@pytest.fixture
def source(units):
    secrets = {"connector": {"kind": "push"}, "secrets": {"secret": SECRET}}
    return actions.connect(definition.of({"name": "day", "record_type": "parcel"} | secrets), actor=SYSTEM)


def push(content, message="m1", secret=SECRET, late=timedelta(), name="day", **changed):
    body, now = json.dumps(content).encode(), clock.now() - late
    headers = {
        "Webhook-Id": message,
        "Webhook-Timestamp": str(int(now.timestamp())),
        "Webhook-Signature": Webhook(secret).sign(message, now, body.decode()),
    }
    return pushing.take(name, changed.get("body", body), headers | changed.get("headers", {}))


def refused(code, *words, **told_):
    with pytest.raises(Problem) as caught:
        push([good("A")], *words, **told_)
    assert caught.value.code == code
    assert told(code, caught.value.params)
    assert not OutboxEntry.objects.exists()


def test_rows_of_a_signed_message_are_safe_when_it_is_answered(source):
    assert push([good("A"), good("B", at="?")]) == {"read": 2, "rejected": 1, "repeated": False}
    outbox.flush()
    assert reading.count("parcel") == (1, 1)


def test_one_row_needs_no_list(source):
    assert push(good("A"))["read"] == 1


def test_the_same_message_is_taken_once(source):
    push([good("A")])
    assert push([good("A")]) == {"read": 1, "rejected": 0, "repeated": True}
    assert OutboxEntry.objects.count() == 1


def test_a_message_that_is_not_what_was_signed_is_refused(source):
    refused("push.signature", secret="whsec_" + base64.b64encode(b"mot khoa khac hoan toan").decode())
    refused("push.signature", body=b'[{"code": "B"}]')
    refused("push.signature", late=timedelta(minutes=6))
    refused("push.signature", headers={"Webhook-Signature": ""})
    refused("push.signature", headers={"Webhook-Signature": "khong-co-dau-phay"})


def test_a_source_that_nobody_pushes_to_is_not_told_from_a_wrong_signature(source):
    Source.objects.create(name="tep", title="Tệp", record_type="parcel")
    for name in ("khong-co", "tep"):
        refused("push.signature", name=name)


def test_a_paused_source_takes_nothing(source):
    actions.pause("day", actor=SYSTEM)
    refused("source.paused")


def test_rows_without_a_required_column_are_refused_and_noted_on_the_source(source):
    with pytest.raises(Problem) as caught:
        push([{"code": "A"}])
    assert caught.value.code == "source.columns_gone"
    assert flow.of(source).problem == "source.columns_gone"
    assert push([good("A")], message="m2")["read"] == 1
    assert flow.of(source).problem == ""
