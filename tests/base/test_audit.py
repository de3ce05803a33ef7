"""The audit log: append-only, each entry chained to the one before."""

import pytest

from toancanh.base import audit
from toancanh.base.models import AuditEntry

audit.register({"test.drank": "{actor} uống {object} lúc {hour} giờ."})
pytestmark = pytest.mark.django_db
LAN = ("user", "lan")


@pytest.fixture
def entries():
    return [audit.record("test.drank", actor=LAN, target=("tea", name), hour=9) for name in ("đen", "xanh", "sen")]


def test_an_untouched_chain_is_whole(entries):
    assert audit.broken() is None


def test_an_empty_chain_is_whole():
    assert audit.broken() is None


@pytest.mark.parametrize(
    "change",
    [{"act": "other"}, {"actor_id": "mai"}, {"object_id": "x"}, {"detail": {"hour": 10}}, {"digest": "f" * 64}],
)
def test_a_changed_entry_is_found(entries, change):
    AuditEntry.objects.filter(pk=entries[1].pk).update(**change)
    assert audit.broken() == entries[1].pk


def test_a_removed_entry_is_found_at_the_one_after_it(entries):
    AuditEntry.objects.filter(pk=entries[1].pk).delete()
    assert audit.broken() == entries[2].pk


def test_a_changed_time_is_found(entries):
    entry = entries[0]
    AuditEntry.objects.filter(pk=entry.pk).update(at=entry.at.replace(microsecond=(entry.at.microsecond + 1) % 10**6))
    assert audit.broken() == entry.pk


def test_an_act_nobody_registered_is_refused():
    with pytest.raises(KeyError):
        audit.record("test.unheard_of", actor=LAN, target=("tea", "đen"))
    assert not AuditEntry.objects.exists()


def test_an_entry_reads_as_a_sentence(entries):
    assert audit.sentence(entries[2]) == "lan uống sen lúc 9 giờ."
