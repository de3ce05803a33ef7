"""Audits: what is stuck becomes an alert, and clears once it is mended."""

from datetime import UTC, datetime, timedelta

import pytest

from toancanh.alerts import audits, evaluation
from toancanh.alerts.models import Alert
from toancanh.base import checks
from toancanh.base.checks import Finding
from toancanh.base.problems import Words

pytestmark = pytest.mark.django_db(transaction=True)
START = datetime(2026, 11, 26, 2, tzinfo=UTC)


@pytest.fixture
def findings(monkeypatch):
    """What the only check finds; the test changes it."""
    from toancanh.base import problems

    monkeypatch.setitem(problems._REGISTERED, "test.stuck", Words("{count} việc tắc.", "Xem lại."))
    told = []
    monkeypatch.setattr(checks, "_CHECKS", {"cases.behind": lambda: told, "alerts.untaken": lambda: told})
    return told


def look(minutes):
    evaluation.evaluate(START + timedelta(minutes=minutes), [audits.STUCK])
    return list(Alert.objects.exclude(state="cleared").values_list("subject_id", "state", "value"))


def test_what_is_stuck_for_two_minutes_fires_and_clears_once_it_is_mended(findings):
    assert look(0) == []
    findings.append(Finding("error", "test.stuck", {"count": 3}, START))
    assert look(1) == [("cases.behind", "pending", 1.0)]
    assert look(4) == [("cases.behind", "firing", 1.0)]
    assert Alert.objects.get().facts["name"] == "3 việc tắc."
    findings.clear()
    assert look(5) == []


def test_what_is_only_worth_knowing_is_no_alert(findings):
    findings.append(Finding("info", "test.stuck", {"count": 3}))
    assert look(0) == look(5) == []
