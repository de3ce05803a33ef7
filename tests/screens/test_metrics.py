"""Metrics: what monitoring reads of the centre, in OpenMetrics."""

from places import PARENT
from prometheus_client.openmetrics.parser import text_string_to_metric_families

from toancanh.access.roles import Role
from toancanh.alerts.models import Alert
from toancanh.base import clock
from toancanh.base.models import Heartbeat


def test_it_tells_of_processes_sources_loads_and_alerts(visit):
    now = clock.now()
    Heartbeat.objects.create(process="flusher", pid=1, started_at=now, at=now, memory=123)
    Alert.objects.create(
        rule="r",
        subject_kind="unit",
        subject_id="x",
        state="firing",
        severity=5,
        since=now,
        fired_at=now,
        checked_at=now,
    )
    response = visit(Role.ADMIN, PARENT).get("/metrics")
    assert response["Content-Type"].startswith("application/openmetrics-text")
    found = {family.name: family for family in text_string_to_metric_families(response.content.decode())}
    values = {name: {tuple(s.labels.values()): s.value for s in family.samples} for name, family in found.items()}
    assert values["toancanh_process_memory_bytes"]["flusher",] == 123
    assert values["toancanh_alerts_firing"]["5",] == 1
    assert values["toancanh_loads"]["done",] >= 1
