"""The pages of alerts: an operator works off the queue, a steward writes a rule, tries and publishes it."""

import base64
from datetime import timedelta

import pytest
from places import ALIKE, OWN, PARENT, PLACES, SIBLING

from toancanh.access.roles import Role
from toancanh.alerts import definition, rules
from toancanh.alerts.models import Alert, Handover, Silence
from toancanh.base import clock, versions

RULE = "dossiers.many_overdue"


@pytest.fixture
def operator(visit):
    return visit(Role.OPERATOR, PARENT)


@pytest.fixture
def steward(people, client, db):
    user = people[Role.STEWARD, PARENT]
    user.unit = ""
    user.save()
    client.force_login(user)
    return client


def of(place):
    return Alert.objects.get(owner=place.code)


def test_the_queue_is_grouped_counted_and_leaves_out_what_is_held_back(operator):
    page = operator.get("/alerts")
    assert [group.key for group in page.context["groups"]][-1] == f"unit:{ALIKE.code}"
    assert (page.context["waiting"], page.context["taken"], page.context["held"]) == (3, 0, 1)
    assert "3 cảnh báo chờ tiếp nhận" in page.content.decode()


@pytest.mark.parametrize(
    ("query", "places"),
    [
        ("state=held", {ALIKE}),
        ("state=cleared", set()),
        ("acknowledged=yes", set()),
        ("severity=5", set()),
        ("severity=4&rule=dossiers.many_overdue", set(PLACES)),
        (f"unit={SIBLING.code}", {SIBLING}),
        ("unit=gso:66", set(PLACES)),
        ("domain=environment", set()),
        ("domain=dossiers", set(PLACES)),
        ("state=' OR 1=1", set(PLACES)),
    ],
)
def test_the_queue_is_narrowed(operator, query, places):
    groups = operator.get(f"/alerts?{query}").context["groups"]
    assert {told.alert.owner for group in groups for told in group.alerts} == {place.code for place in places}


def test_a_tap_takes_an_alert_on_and_the_page_says_who(operator, people):
    page = operator.post("/alerts/act", {"action": f"acknowledge.{of(OWN).pk}", "back": "/alerts?severity=4"})
    assert page["Location"] == "/alerts?severity=4"
    name = people[Role.OPERATOR, PARENT].username
    assert of(OWN).acknowledged_by == name
    assert f"{name} nhận" in operator.get("/alerts").content.decode()


def test_several_are_acted_on_at_once(operator):
    chosen = [of(OWN).pk, of(SIBLING).pk]
    operator.post("/alerts/act", {"action": "merge", "alert": chosen})
    assert Alert.objects.filter(parent__isnull=False).count() == 1
    operator.post("/alerts/act", {"action": "escalate", "alert": chosen[0], "severity": "5", "note": "gấp"})
    assert of(OWN).severity == 5


def test_a_stranger_address_is_never_gone_back_to(operator):
    told = {"action": f"acknowledge.{of(OWN).pk}", "back": "https://example.com/"}
    assert operator.post("/alerts/act", told)["Location"] == "/alerts"


def test_an_alert_is_silenced_with_a_reason_and_the_silence_ended(operator):
    refused = operator.post("/alerts/act", {"action": "silence", "alert": of(OWN).pk, "hours": "4"}, follow=True)
    assert "message-warning" in refused.content.decode()
    assert not Silence.objects.filter(rule=of(OWN).rule, made_at__gte=of(OWN).since).exclude(by="lan").exists()
    operator.post("/alerts/act", {"action": "silence", "alert": of(OWN).pk, "hours": "4", "reason": "đang sửa"})
    assert operator.get("/alerts").context["held"] == 2
    made = Silence.objects.get(reason="đang sửa")
    assert "đang sửa" in operator.get("/silences").content.decode()
    operator.post(f"/silences/{made.pk}/end")
    assert operator.get("/alerts").context["held"] == 1


def test_a_window_is_planned_for_a_source_and_kept_typed_where_it_is_refused(people, client, db):
    user = people[Role.OPERATOR, PARENT]
    user.unit = ""
    user.save()
    client.force_login(user)
    starts = clock.local(clock.now() + timedelta(days=1))
    told = {"source": "dossiers", "starts": f"{starts:%Y-%m-%dT%H:%M}", "reason": "nâng cấp"}
    page = client.post("/silences", told | {"ends": f"{starts - timedelta(hours=1):%Y-%m-%dT%H:%M}"})
    assert page.status_code == 422
    assert 'value="nâng cấp"' in page.content.decode()
    assert client.post("/silences", told | {"ends": f"{starts + timedelta(hours=2):%Y-%m-%dT%H:%M}"}).status_code == 302
    assert Silence.objects.get(reason="nâng cấp").kind == "window"


def test_a_page_of_an_alert_tells_its_story(operator):
    operator.post("/alerts/act", {"action": "acknowledge", "alert": of(OWN).pk, "note": "đã gọi"})
    page = operator.get(f"/alerts/{of(OWN).pk}").content.decode()
    assert "đã gọi" in page
    assert "Đã tiếp nhận" in page
    assert "Bỏ tiếp nhận" in page


def test_an_officer_reads_and_does_not_act(visit):
    page = visit(Role.OFFICER, OWN).get("/alerts").content.decode()
    assert "alerts/act" not in page
    assert str(of(OWN).pk) in page


def test_the_watch_is_handed_over_and_taken_by_the_next(operator, people, client):
    Handover.objects.all().delete()
    operator.post("/alerts/handover", {"note": "Phường hẹn 14 giờ."})
    assert "Đang chờ người trực ca sau nhận" in operator.get("/alerts").content.decode()
    client.force_login(people[Role.ADMIN, PARENT])
    assert "Phường hẹn 14 giờ." in client.get("/alerts").content.decode()
    made = Handover.objects.get()
    assert len(made.open) == 3
    client.post(f"/alerts/handover/{made.pk}/take")
    assert "Phường hẹn 14 giờ." not in client.get("/alerts").content.decode()


def typed(rule, **changes):
    """What a form of a rule sends, as it stands."""
    told = definition.write(rule)
    flat = {
        f"{name}.{language}": told[name][language]
        for name in ("title", "sentence", "advice")
        for language in ("vi", "en")
    }
    flat |= {each.name: told[each.name] for each in definition.COMMON}
    flat |= {f"options.{name}": value for name, value in told["options"].items()}
    flat |= {f"flapping.{name}": value for name, value in told["flapping"].items()}
    flat |= {name: told[name] for name in ("missing", "absent", "group", "inhibits")}
    flat = {
        name: {True: "true", False: "", None: ""}.get(value, value) if not isinstance(value, list) else value
        for name, value in flat.items()
    }
    return {"code": rule.code, "steps": "", **flat, **changes}


def test_a_steward_changes_a_rule_as_a_draft_tries_it_and_publishes_it(steward):
    rule = rules.get(RULE)
    assert steward.post(f"/rules/{RULE}/edit", typed(rule, limit="150", steps="200 5")).status_code == 302
    assert rules.get(RULE).limit == 100
    page = steward.get(f"/rules/{RULE}?from=2026-03-05&to=2026-03-06&draft=1")
    assert page.context["trial"]["trial"].rule.limit == 150
    assert "theo số liệu biết đến hôm nay" in page.content.decode()
    seen = versions.mark(versions.draft_of("rule", RULE))
    assert steward.post(f"/rules/{RULE}/publish", {"note": " ", "seen": seen}).status_code == 422
    steward.post(f"/rules/{RULE}/publish", {"note": "nới ngưỡng", "seen": seen})
    assert (rules.get(RULE).limit, rules.get(RULE).steps[0].severity, rules.get(RULE).version) == (150, 5, 1)
    text = steward.get(f"/rules/{RULE}").content.decode()
    assert "nới ngưỡng" in text
    assert "<code>limit</code>" in text


def test_a_draft_that_another_saved_meanwhile_is_not_overwritten(steward):
    rule = rules.get(RULE)
    steward.post(f"/rules/{RULE}/edit", typed(rule, limit="150"))
    versions.draft("rule", RULE, definition.write(rule) | {"limit": 170}, actor=("user", "minh"))
    page = steward.post(f"/rules/{RULE}/edit", typed(rule, limit="160", seen="2026-01-01T00:00:00+00:00"))
    assert page.status_code == 409
    assert "minh" in page.content.decode()
    assert 'value="160"' in page.content.decode()


def test_a_form_says_at_each_field_what_is_wrong(steward):
    page = steward.post(f"/rules/{RULE}/edit", typed(rules.get(RULE), limit="nhiều", **{"title.vi": ""}))
    assert page.status_code == 422
    wrong = {entry.name for group in page.context["form"].groups for entry in group.entries if entry.problem}
    assert wrong == {"limit", "title.vi"}


def test_a_new_rule_is_made_of_a_kind_and_counts_once_it_is_published(steward):
    assert steward.get("/rules/new").status_code == 200
    for kind in ("threshold", "deadline", "silence", "burst", "change"):
        assert steward.get(f"/rules/new?kind={kind}").status_code == 200
    told = typed(rules.get("sources.silent"), code="sources.mine")
    assert steward.post("/rules/new?kind=silence", told).status_code == 302
    assert rules.get("sources.mine") is None
    assert steward.get("/rules/sources.mine").status_code == 200
    steward.post(
        "/rules/sources.mine/publish",
        {"note": "thêm", "seen": versions.mark(versions.draft_of("rule", "sources.mine"))},
    )
    assert rules.get("sources.mine").kind == "silence"
    again = steward.post("/rules/new?kind=silence", told)
    assert again.status_code == 422
    assert "đã có luật mang mã này" in again.content.decode()


def test_the_fields_follow_what_is_chosen(steward):
    told = typed(rules.get("sources.silent"), code="dossiers.burst", then="refresh", **{"options.of": "records"})
    page = steward.post("/rules/new?kind=burst", told)
    assert 'name="options.conditions"' in page.content.decode()
    told |= {"options.record_type": "dossier", "options.conditions": "colour = red", "then": "save"}
    page = steward.post("/rules/new?kind=burst", told)
    assert "không có trường `colour`" in page.content.decode()
    told |= {"options.conditions": "state = 2"}
    assert steward.post("/rules/new?kind=burst", told).status_code == 302


def test_a_discarded_draft_is_forgotten(steward):
    steward.post(f"/rules/{RULE}/edit", typed(rules.get(RULE), limit="150"))
    steward.post(f"/rules/{RULE}/discard")
    assert versions.draft_of("rule", RULE) is None


@pytest.fixture
def program(people, client, settings, db):
    """A program of an operator of the province."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    user = people[Role.OPERATOR, PARENT]
    user.set_password("mot-cau-dai-kho-doan")
    user.save()
    word = base64.b64encode(f"{user.username}:mot-cau-dai-kho-doan".encode()).decode()
    client.defaults["HTTP_AUTHORIZATION"] = f"Basic {word}"
    return client


def test_a_program_takes_on_merges_and_silences(program):
    own, other = of(OWN).pk, of(SIBLING).pk
    told = program.post(f"/api/v1/alerts/{own}/actions/acknowledge", {"note": "máy"}).json()
    assert told["acknowledged"]
    assert program.post(f"/api/v1/alerts/{own}/actions/merge", {"alerts": str(other)}).json()["parent"] is None
    told = program.post(f"/api/v1/alerts/{other}/actions/silence", {"hours": 1, "reason": "x"}).json()
    assert told["parent"] == own
    assert told["silenced_until"]
    assert program.post(f"/api/v1/alerts/{own}/actions/dance").status_code == 404
    assert program.post(f"/api/v1/alerts/{own}/actions/silence", {"until": "mai", "reason": "x"}).status_code == 422
    held = program.get("/api/v1/alerts?state=held").json()
    assert {item["alert"] for item in held["items"]} == {other, of(ALIKE).pk}


def test_a_program_reads_rules_and_tries_one(program):
    found = program.get(f"/api/v1/rules/{RULE}").json()
    assert found["definition"]["limit"] == 100
    trial = program.get(f"/api/v1/rules/{RULE}/try?from=2026-03-05&to=2026-03-06").json()
    assert (trial["moments"], trial["fired"]) == (2, 0)
    assert program.get(f"/api/v1/rules/{RULE}/try?from=2026-03-06&to=2026-03-05").status_code == 422
    assert program.get("/api/v1/rules/sources.late/try?from=2026-03-05&to=2026-03-06").status_code == 422
    assert program.get("/api/v1/rules/no.such").status_code == 404
