"""What the tests of notices share: people, channels, and a way to tell."""

import itertools
from datetime import UTC, datetime, timedelta

from toancanh.access.models import User
from toancanh.alerts import notices
from toancanh.alerts.notices import sending
from toancanh.alerts.notices.models import Address, Channel, Notice
from toancanh.base.words import Bilingual
from toancanh.sources import vault

START = datetime(2026, 11, 24, 3, tzinfo=UTC)  # ten in the morning in Vietnam
SECOND = timedelta(seconds=1)
SECRET = "whsec_" + "c2VjcmV0" * 4
_numbers = itertools.count()


def person(name="lan", role="operator", unit=""):
    return User.objects.get_or_create(username=name, defaults={"name": name, "role": role, "unit": unit})[0]


def channel(kind="webhook", url="", name="", secret=SECRET):
    locked = vault.locked({"url": url, "secret": secret})
    told = {"kind": kind, "title": kind, "secrets": locked, "on": True, "created_at": START}
    return Channel.objects.create(name=name or f"kenh-{next(_numbers)}", **told)


def address(who, way, text="lan-1", severity_from=1):
    told = {"severity_from": severity_from, "created_at": START, "verified_at": START}
    return Address.objects.create(person=who, channel=way, address=text, **told)


def tell(who, key, at=START, severity=3, thread="case:1", unit="", text="", about=("matter", "1"), subject=""):
    return notices.tell(
        who,
        key=key,
        thread=thread,
        subject=Bilingual(subject or f"Việc {thread}", f"Matter {thread}"),
        text=Bilingual(text or f"Tin {key}", f"News {key}"),
        link="/cases/1",
        severity=severity,
        about=about,
        unit=unit,
        at=at,
    )


def send(now):
    """Do once what the job does, in this thread; how many messages were tried."""
    sending.recover(now)
    sending.bundle(now)
    count = 0
    for way in Channel.objects.filter(on=True):
        while sending.send_next(way, now):
            count += 1
    return count


def states():
    return dict(Notice.objects.order_by("pk").values_list("key", "state"))
