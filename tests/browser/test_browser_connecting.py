"""Connecting a source as an IT person does: choose the kind, fill in the form, try it, watch it, pause it."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

ROW = {
    "dossier_id": "KN.1",
    "seq": "0",
    "procedure": "tc.ho-tich.011",
    "unit": "gso:24133",
    "channel": "2",
    "state": "2",
    "at": "2026-11-10T07:57:41+07:00",
    "received_at": "2026-11-10T07:57:41+07:00",
}


class System:
    """A system of the province: tells its rows until it is told to fail."""

    def __init__(self):
        system = self
        self.rows, self.broken = [ROW, ROW | {"dossier_id": "KN.2", "at": "15/21/2022"}], False

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                body = json.dumps({"items": system.rows}).encode()
                self.send_response(502 if system.broken else 200)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *told):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/rows"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


@pytest.fixture
def system():
    made = System()
    yield made
    made.server.shutdown()
    made.server.server_close()


@pytest.fixture
def it(browse, workshop):
    """The data steward of the home without samples, who belongs to no unit."""
    return browse(workshop, "kho")


def fill(page, name, url):
    page.goto("/sources")
    page.get_by_role("link", name="Thêm nguồn").click()
    page.get_by_role("link", name="API REST").click()
    page.get_by_label("Mã nguồn").fill(name)
    page.get_by_label("Tên nguồn").fill("Hệ thống một cửa rất xa, tên dài để xem có tràn ra ngoài mép trang hay không")
    page.get_by_label("Loại bản ghi").select_option("dossier")
    page.get_by_label("Địa chỉ").fill(url)
    page.get_by_label("Cách phân trang").select_option("none")
    page.get_by_label("Số giây giữa hai lần hỏi").fill("1")


def test_a_source_is_added_tried_started_watched_and_paused(it, system):
    fill(it, "ket-noi", system.url)
    it.get_by_role("button", name="Lưu và đọc thử").click()
    trial = it.locator("#trial")
    trial.wait_for()
    assert "KN.1" in trial.inner_text()
    assert "15/21/2022" in trial.inner_text()
    it.get_by_role("button", name="Cho chạy").click()
    it.wait_for_url("**/sources/ket-noi")
    faring = it.locator("#faring")
    faring.get_by_text("Đang chạy").wait_for()
    system.broken = True
    faring.get_by_text("Đang hỏng").wait_for(timeout=20_000)  # by itself
    assert "502" in faring.inner_text()
    system.broken = False
    faring.get_by_text("Đang chạy").wait_for(timeout=20_000)
    it.get_by_role("button", name="Tạm dừng").click()
    it.get_by_text("Nguồn ket-noi đã tạm dừng.").wait_for()
    assert it.get_by_role("button", name="Cho chạy tiếp").is_visible()
    assert it.seen.errors == []


def test_all_mistakes_are_shown_at_their_fields_and_nothing_typed_is_lost(it, system):
    fill(it, "sai-sot", system.url)
    it.get_by_label("Địa chỉ").fill("mailto:khong-phai")
    it.get_by_label("Có dữ liệu mới ít nhất mỗi (phút)").fill("1.5")
    it.get_by_role("button", name="Lưu, để tạm dừng").click()
    it.locator("[role=alert]").wait_for()
    assert it.locator("#connector-url").get_attribute("aria-invalid") == "true"
    assert "http://" in it.locator("#connector-url-problem").inner_text()
    assert "số phút nguyên" in it.locator("#promise-every-problem").inner_text()
    assert it.get_by_label("Mã nguồn").input_value() == "sai-sot"
    it.get_by_role("alert").get_by_role("link", name="Địa chỉ").click()
    assert it.evaluate("() => location.hash") == "#connector-url"


def test_a_secret_is_shown_once_and_the_pages_of_sources_fit_every_width(it, system):
    it.goto("/sources/new?connector=push")
    it.get_by_label("Mã nguồn").fill("tu-gui")
    it.get_by_label("Tên nguồn").fill("Trạm tự gửi")
    it.get_by_label("Loại bản ghi").select_option("dossier")
    it.get_by_role("button", name="Lưu và cho chạy").click()
    secret = it.locator("#secret").input_value()
    assert secret.startswith("whsec_")
    for address in (None, "/sources", "/sources/new", "/sources/new?connector=rest", "/sources/tu-gui"):
        if address:
            it.goto(address)
            assert secret not in it.content()
        for width in (360, 1366, 2560):
            it.set_viewport_size({"width": width, "height": 900})
            assert (
                it.evaluate("() => document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0
            ), (address, width)
    assert it.locator("#beats svg.beats g title").count() == 30


def test_the_stations_of_the_sample_speak_by_themselves(province, browse):
    province.wait_for("tram-khong-khi")
    it = browse(province, "quantri")
    it.goto("/sources/tram-khong-khi")
    assert "webhook" in it.locator("main").inner_text()
    assert it.locator("#faring").inner_text()
