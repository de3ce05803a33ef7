"""Addresses: a person is told where he has shown that it is he who reads there, and writes to no stranger."""

import re
from datetime import timedelta

import pytest
from receivers import mail_server, web_server
from told import SECRET, START, channel, person

from toancanh.alerts.notices import actions
from toancanh.alerts.notices.models import Address, Channel
from toancanh.base import audit, clock
from toancanh.base.models import AuditEntry
from toancanh.base.problems import Problem
from toancanh.sources import vault

pytestmark = pytest.mark.django_db


@pytest.fixture
def post():
    """A mail channel and the letters that went through it."""
    with mail_server() as (letters, url):
        yield channel("mail", url, "thu"), letters.letters


def code_in(letter):
    return re.search(r"\d{6}", letter.get_content())[0]


def test_an_address_is_used_once_the_code_that_was_sent_there_is_told(post):
    lan, (way, letters) = person(), post
    found = actions.add_address(lan, way.name, "Lan@Example.org")
    assert (found.address, found.verified_at) == ("lan@example.org", None)
    assert actions.confirm(lan, found.pk, f" {code_in(letters[0])} ").verified_at


def test_a_code_is_good_for_half_an_hour_and_five_guesses(post, monkeypatch):
    lan, (way, letters) = person(), post
    found = actions.add_address(lan, way.name, "lan@example.org")
    code = code_in(letters[0])
    wrong = "000000" if code != "000000" else "111111"
    for _turn in range(5):
        with pytest.raises(Problem, match="không đúng"):
            actions.confirm(lan, found.pk, wrong)
    with pytest.raises(Problem, match="không đúng"):
        actions.confirm(lan, found.pk, code)
    actions.send_code(lan, found.pk)
    late = clock.now() + timedelta(minutes=31)
    monkeypatch.setattr(clock, "now", lambda: late)
    with pytest.raises(Problem, match="không đúng"):
        actions.confirm(lan, found.pk, code_in(letters[1]))


def test_nobody_confirms_changes_or_removes_the_address_of_another(post):
    way, letters = post
    found = actions.add_address(person("lan"), way.name, "lan@example.org")
    other = person("minh")
    for act in (
        lambda: actions.confirm(other, found.pk, code_in(letters[0])),
        lambda: actions.change_address(other, found.pk, severity_from=1, on=True),
        lambda: actions.remove_address(other, found.pk),
        lambda: actions.try_address(other, found.pk),
        lambda: actions.send_code(other, found.pk),
    ):
        with pytest.raises(Problem, match="Không có địa chỉ"):
            act()


def test_nobody_floods_strangers_with_codes(post):
    lan, (way, letters) = person(), post
    for number in range(5):
        actions.add_address(lan, way.name, f"a{number}@example.org")
    with pytest.raises(Problem, match="quá nhiều mã"):
        actions.add_address(lan, way.name, "a6@example.org")
    assert len(letters) == 5


def test_nobody_floods_one_stranger_or_guesses_on_with_code_after_code(post):
    lan, (way, letters) = person(), post
    found = actions.add_address(lan, way.name, "stranger@example.org")
    for _turn in range(4):
        actions.send_code(lan, found.pk)
    with pytest.raises(Problem, match="quá nhiều mã"):
        actions.send_code(lan, found.pk)
    actions.remove_address(lan, found.pk)
    with pytest.raises(Problem, match="quá nhiều mã"):
        actions.add_address(lan, way.name, "stranger@example.org")
    assert len(letters) == 5


def test_after_an_hour_another_code_may_be_asked_for(post, monkeypatch):
    lan, (way, letters) = person(), post
    found = actions.add_address(lan, way.name, "lan@example.org")
    for _turn in range(4):
        actions.send_code(lan, found.pk)
    late = clock.now() + timedelta(minutes=61)
    monkeypatch.setattr(clock, "now", lambda: late)
    actions.send_code(lan, found.pk)
    assert actions.confirm(lan, found.pk, code_in(letters[-1])).verified_at


def test_the_same_address_is_added_once_and_again_after_it_was_removed(post):
    lan, (way, _letters) = person(), post
    found = actions.add_address(lan, way.name, "lan@example.org")
    with pytest.raises(Problem, match="đã thêm"):
        actions.add_address(lan, way.name, "lan@example.org")
    actions.remove_address(lan, found.pk)
    assert actions.add_address(lan, way.name, "lan@example.org").pk != found.pk


def test_a_person_is_told_why_a_trial_did_not_arrive():
    lan = person()
    with web_server() as server:
        server.status = 403
        way = channel(url=server.url)
        with pytest.raises(Problem, match="HTTP 403"):
            actions.add_address(lan, way.name, "lan")
    assert Address.objects.get().verified_at is None


def test_an_address_of_a_channel_that_is_off_cannot_be_added(post):
    way, _letters = post
    Channel.objects.update(on=False)
    with pytest.raises(Problem):
        actions.add_address(person(), way.name, "lan@example.org")


@pytest.mark.parametrize("severity", [0, 6, -1])
def test_a_severity_that_there_is_not_is_refused(post, severity):
    way, _letters = post
    with pytest.raises(Problem, match="từ 1 đến 5"):
        actions.add_address(person(), way.name, "lan@example.org", severity_from=severity)


def test_quiet_hours_need_a_beginning_and_an_end():
    hour = START.time()
    for since, until in ((hour, None), (None, hour), (hour, hour)):
        with pytest.raises(Problem, match="Giờ yên lặng"):
            actions.wish(person(), language="vi", quiet_from=since, quiet_until=until)


def test_what_a_channel_keeps_secret_is_stored_encrypted_and_kept_by_an_empty_field():
    told = {"kind": "webhook", "title": "Nối", "actor": audit.SYSTEM}
    actions.save_channel("noi", url="https://hook.example.org/bi-mat", secret=SECRET, **told)
    assert "bi-mat" not in Channel.objects.get().secrets
    actions.save_channel("noi", **told)
    assert vault.opened(Channel.objects.get().secrets) == {"url": "https://hook.example.org/bi-mat", "secret": SECRET}
    assert not Channel.objects.get().on
    assert "bi-mat" not in str(list(AuditEntry.objects.values()))


@pytest.mark.parametrize("name", ["", "new", "Thư", "a b", "a" * 61, "../x"])
def test_a_channel_has_a_plain_name(name):
    with pytest.raises(Problem):
        actions.save_channel(name, kind="push", title="x", url="mailto:a@b.vn", actor=audit.SYSTEM)


def test_every_act_has_a_sentence(post):
    lan, (way, letters) = person(), post
    found = actions.add_address(lan, way.name, "lan@example.org")
    actions.confirm(lan, found.pk, code_in(letters[0]))
    actions.change_address(lan, found.pk, severity_from=4, on=False)
    actions.remove_address(lan, found.pk)
    actions.switch_channel(way.name, False, actor=audit.SYSTEM)
    sentences = [audit.sentence(entry) for entry in AuditEntry.objects.all()]
    assert len(sentences) == 5
    assert all(sentence.endswith(".") and "{" not in sentence for sentence in sentences)
