"""Pages of notices: a person reads his own, operators what became of those they may see; channels are set up."""

import pytest
from places import ALIKE, OWN, PARENT, PLACES, SEES

from tests.alerts.notices.told import SECRET, START, address, channel, tell
from toancanh.access.actions import create_user
from toancanh.access.roles import Role
from toancanh.alerts.notices.models import Address, Channel, Delivery, Message, Notice
from toancanh.base import clock
from toancanh.sources import vault


@pytest.fixture
def told_everybody(people, db):
    """An operator of each place was told of each place's record that he may see; the text names it."""
    for (role, _place), who in people.items():
        if role is Role.OPERATOR:
            for other in PLACES:
                tell(who, other.code, clock.now(), unit=other.code, text=f"Tin riêng {other.code}.", thread=other.code)


@pytest.fixture
def admin(client, db):
    """A browser of an administrator of no unit."""
    client.force_login(create_user("quantri", "admin", password="mot-cau-dai-kho-doan"))
    return client


@pytest.mark.usefixtures("told_everybody")
@pytest.mark.parametrize("place", PLACES, ids=["own", "alike", "sibling", "parent"])
@pytest.mark.parametrize("url", ["/me/notices", "/notices", "/notices?state=inside", "/notices?state=suppressed"])
def test_nobody_reads_of_another_units_record(visit, place, url):
    text = visit(Role.OPERATOR, place).get(url).content.decode()
    for other in PLACES:
        if other not in SEES[place]:
            assert f"Tin riêng {other.code}." not in text
            assert f"Việc {other.code}<" not in text
        elif "suppressed" not in url:
            assert f"Việc {other.code}" in text


@pytest.mark.usefixtures("told_everybody")
def test_a_notice_is_read_once_it_was_opened_and_nobody_opens_that_of_another(visit, people):
    mine = Notice.objects.get(person=people[Role.OPERATOR, OWN], key=OWN.code)
    client = visit(Role.OPERATOR, ALIKE)
    assert client.get(f"/me/notices/{mine.pk}").status_code == 404
    client = visit(Role.OPERATOR, OWN)
    assert "1 thông báo chưa đọc" in client.get("/units").content.decode()
    assert client.get(f"/me/notices/{mine.pk}")["Location"] == "/cases/1"
    assert "chưa đọc" not in client.get("/units").content.decode()


@pytest.mark.usefixtures("told_everybody")
def test_all_are_marked_as_read_with_one_press(visit):
    client = visit(Role.OPERATOR, PARENT)
    assert "4 thông báo chưa đọc" in client.get("/me/notices").content.decode()
    client.post("/me/notices/read")
    assert "chưa đọc" not in client.get("/units").content.decode()


def test_a_link_that_leads_elsewhere_is_not_followed(visit, people):
    found = tell(people[Role.OPERATOR, PARENT], "k", clock.now(), unit=PARENT.code)
    Notice.objects.update(link="//evil.example.org/")
    assert visit(Role.OPERATOR, PARENT).get(f"/me/notices/{found.pk}")["Location"] == "/me/notices"


def test_a_text_is_shown_as_text(visit, people):
    tell(people[Role.OPERATOR, PARENT], "k", clock.now(), unit=PARENT.code, text="<script>alert(1)</script>")
    assert "<script>alert" not in visit(Role.OPERATOR, PARENT).get("/me/notices").content.decode()


def test_quiet_hours_and_language_are_kept(visit, people):
    client = visit(Role.OFFICER, OWN)
    client.post("/me/notices", {"language": "en", "quiet_from": "22:00", "quiet_until": "06:00"})
    page = client.get("/me/notices").content.decode()
    assert 'value="22:00"' in page
    assert 'value="en" selected' in page
    wrong = client.post("/me/notices", {"language": "en", "quiet_from": "22:00", "quiet_until": ""})
    assert wrong.status_code == 422
    assert "Giờ yên lặng cần" in wrong.content.decode()


def test_an_address_that_cannot_be_reached_stays_unconfirmed_and_says_why(visit, people, db):
    channel("mail", "mailto://127.0.0.1:1?from=a@example.org", "thu")
    client = visit(Role.OFFICER, OWN)
    response = client.post("/me/notices/addresses", {"channel": "thu", "address": "lan@example.org"})
    assert response.status_code == 422
    assert "Chưa gửi được" in response.content.decode()
    assert "chưa xác nhận" in response.content.decode()
    number = Address.objects.get().pk
    assert client.post(f"/me/notices/addresses/{number}", {"then": "confirm", "code": "1"}).status_code == 422
    client.post(f"/me/notices/addresses/{number}", {"then": "remove"})
    assert Address.objects.get().removed_at


def test_the_button_for_this_browser_waits_for_a_script_and_has_its_key(visit, db):
    channel("push", "mailto:a@example.org", "day")
    page = visit(Role.OFFICER, OWN).get("/me/notices").content.decode()
    assert 'data-push="B' in page
    assert "hidden" in page.split("data-push-worker=")[1][:120]


def test_an_operator_sees_why_a_message_did_not_arrive_and_sends_it_again(visit, people):
    who = people[Role.OFFICER, OWN]
    way = channel(url="http://127.0.0.1:1")
    address(who, way)
    found = tell(who, "k", START, unit=OWN.code)
    message = Message.objects.create(
        address=Address.objects.get(), identity="x", state="dead", severity=3, created_at=START, next_at=START,
        tries=20, problem="notices.refused", params={"reason": "HTTP 403"},
    )  # fmt: skip
    Delivery.objects.update(state="dead", message=message)
    Notice.objects.update(state="dead")
    client = visit(Role.OPERATOR, PARENT)
    page = client.get("/notices?state=dead").content.decode()
    assert "Nơi nhận từ chối: HTTP 403." in page
    assert client.post(f"/notices/{found.pk}/again").status_code == 302
    assert Notice.objects.get().state == "waiting"
    assert visit(Role.OPERATOR, ALIKE).post(f"/notices/{found.pk}/again").status_code == 404


def test_an_administrator_adds_tries_and_switches_a_channel(admin):
    told = {"name": "noi", "kind": "webhook", "title": "Nối", "url": "http://127.0.0.1:1/hook", "secret": SECRET}
    assert admin.post("/notices/channels/new", told).status_code == 302
    page = admin.get("/notices/channels/noi").content.decode()
    assert SECRET not in page
    assert "127.0.0.1:1" not in page
    assert "Chưa gửi được" in admin.post("/notices/channels/noi", {"then": "try", "address": "lan"}).content.decode()
    admin.post("/notices/channels/noi", {"then": "on"})
    assert Channel.objects.get().on
    admin.post("/notices/channels/noi", {"then": "save", "title": "Khác", "url": "", "secret": ""})
    assert vault.opened(Channel.objects.get().secrets)["url"] == "http://127.0.0.1:1/hook"
    assert "Khác" in admin.get("/notices").content.decode()


def test_a_channel_that_cannot_work_is_refused_with_a_reason(admin):
    response = admin.post("/notices/channels/new", {"name": "noi", "kind": "webhook", "url": "ftp://x"})
    assert response.status_code == 422
    assert "cần một địa chỉ http" in response.content.decode()
    assert admin.get("/notices/channels/khong-co").status_code == 404
