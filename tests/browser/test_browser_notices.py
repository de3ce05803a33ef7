"""Notices: an administrator opens a channel, a browser is told by push, what was pushed is shown."""

import json

import pytest
from conftest import STEWARD_PASSWORD

ADMIN = "quantri-tin"
ACTIVE = """(address) => navigator.serviceWorker.register(address).then((found) => new Promise((done) => {
  const worker = found.installing || found.waiting || found.active
  if (worker.state === 'activated') done()
  else worker.addEventListener('statechange', () => worker.state === 'activated' && done())
}))"""
SHOWN = """(address) => navigator.serviceWorker.getRegistration(address)
  .then((found) => found.getNotifications()).then((some) => some.map((each) => [each.title, each.body, each.data]))"""


@pytest.fixture
def page(browse, workshop):
    """An administrator of no unit before a window that may show notifications."""
    users = json.loads(workshop.command("user", "list", "--json"))["items"]
    if ADMIN not in {user["username"] for user in users}:
        workshop.command("user", "create", ADMIN, "--role", "admin", given=STEWARD_PASSWORD + "\n")
    found = browse(workshop, ADMIN)
    found.context.grant_permissions(["notifications"], origin=workshop.url)
    return found


def test_a_browser_is_offered_to_be_told_and_shows_what_is_pushed_to_it(page, workshop):
    page.goto("/notices/channels/new")
    page.fill("[name=name]", "trinh-duyet")
    page.select_option("[name=kind]", "push")
    page.fill("[name=title]", "Trình duyệt")
    page.fill("[name=url]", "mailto:quantri@example.gov.vn")
    page.click("button[value=save]")
    page.click("button[value=on]")
    page.goto("/me/notices")
    offer = page.locator("[data-push]")
    offer.wait_for()
    worker = offer.get_attribute("data-push-worker")
    page.evaluate(ACTIVE, worker)
    chromium, found = page.context.new_cdp_session(page), []
    chromium.on("ServiceWorker.workerRegistrationUpdated", lambda told: found.extend(told["registrations"]))
    chromium.send("ServiceWorker.enable")
    page.wait_for_timeout(500)
    told = {"title": "Hồ sơ quá hạn", "body": "3 hồ sơ", "tag": "x", "link": "/cases/1", "urgent": False}
    number = found[0]["registrationId"]
    for _turn in range(2):  # a double takes the place of the first
        pushed = {"origin": workshop.url, "registrationId": number, "data": json.dumps(told)}
        chromium.send("ServiceWorker.deliverPushMessage", pushed)
    page.wait_for_timeout(1000)
    assert page.evaluate(SHOWN, worker) == [["Hồ sơ quá hạn", "3 hồ sơ", "/cases/1"]]
    assert page.seen.errors == []


def test_pages_of_notices_fit_a_narrow_screen(page):
    for address in ("/me/notices", "/notices", "/notices/channels/new"):
        for width in (360, 1366):
            page.set_viewport_size({"width": width, "height": 800})
            page.goto(address)
            over = page.evaluate("() => document.documentElement.scrollWidth - document.documentElement.clientWidth")
            assert over <= 0, (address, width)
