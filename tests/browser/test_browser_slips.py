"""The loop to closure, played by those in it: officer, operator, leader, steward, on a Thursday morning of work."""

from datetime import timedelta

import pytest
from frozen import NEAR, OTHER, OVERDUE, THURSDAY, VIETNAM, WARD, datetime, dossier, finished, frozen

PHONE = {"viewport": {"width": 360, "height": 740}, "has_touch": True, "is_mobile": True}
PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj 2 0 obj<</Type/Pages/Count 0/Kids[]>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"  # noqa: E501
PROGRAM = b"MZ\x90\x00" + bytes(200) + b"This program cannot be run in DOS mode."
APOLOGY = "Đã gửi thư xin lỗi, hẹn lại ngày"


@pytest.fixture
def morning(shared_root, request):
    """A centre of this test's own at nine o'clock."""
    with frozen(shared_root, request.node.name.removeprefix("test_")[:20]) as centre:
        yield centre


def _of(centre, reason, unit=WARD, **wanted):
    """The number of the slip that a rule has sent to a unit."""
    found = centre.slips(1, reason=f"dossiers.{reason}", unit=unit, **wanted)
    return found[0]["case"]


def _fits(page):
    over = page.evaluate("() => document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert over <= 0, f"{page.url}: {over} px too wide"


def _main(page):
    return page.locator("main").inner_text()


def _item(page, record):
    return page.locator("li.problem", has_text=record)


def _act(page, title, **fields):
    """Open one of the other things that can be done with a case, fill it in and do it."""
    box = page.locator("details", has=page.get_by_text(title, exact=True))
    box.locator("summary").click()
    for name, value in fields.items():
        box.locator(f"[name={name}]").fill(value)
    box.get_by_role("button", name=title).click()
    page.wait_for_load_state()


def _answer(page, title, records=(), note="", new_date="", files=()):
    for record in records:
        _item(page, record).get_by_role("checkbox").check()
    page.locator(".answer label", has_text=title).get_by_role("radio").check()
    form = page.locator(".answer")
    form.locator("[name=note]").fill(note)
    form.locator("[name=new_date]").fill(new_date)
    form.locator("[type=file]").set_input_files(files)
    form.get_by_role("button", name="Trả lời").click()
    page.wait_for_load_state()


def _file(name, content):
    return {"name": name, "mimeType": "application/pdf", "buffer": content}


def test_an_officer_answers_on_a_phone_what_her_unit_was_warned_of(browse, morning):
    page = browse(morning, "hoa", **PHONE)
    page.goto("/cases")
    _fits(page)
    rows = page.locator("#cases-part li.problem")
    assert rows.count() == 4
    assert "Phường Tân An" not in _main(page)
    assert "Quá hạn bổ sung" not in rows.nth(0).inner_text()
    due = rows.locator(".problem-time time").evaluate_all("all => all.map(each => each.getAttribute('datetime'))")
    assert due == sorted(due)
    assert [("còn 7,5 giờ làm việc" in text) for text in rows.all_inner_texts()] == [True, True, True, False]
    assert "còn 15,5 giờ làm việc" in rows.nth(3).inner_text()

    overdue = rows.filter(has=page.get_by_role("link", name="Hồ sơ quá hạn", exact=True))
    assert "Đã gửi" in overdue.inner_text()
    overdue.get_by_role("link").click()
    page.locator("#case-head").wait_for()
    _fits(page)
    number = int(page.url.rpartition("/")[2])
    assert "Đã mở" in page.locator("#case-head").inner_text()
    told = _main(page)
    assert "Căn cứ: 61/2018/NĐ-CP; 118/2025/NĐ-CP" in told
    assert "hạn trả lời 27/11 08:30" in told
    assert "Đăng ký khai sinh" in _item(page, "HS-Q3").inner_text()
    assert "từ 20/11 16:00" in _item(page, "HS-Q3").inner_text()

    _answer(page, APOLOGY, ["HS-Q1"], new_date="2026-12-01", files=[_file("thư xin lỗi.pdf", PDF)])
    assert "Đã ghi nhận: Trả lời." in page.locator(".message").first.inner_text()
    assert f"{APOLOGY} 01/12/2026" in _item(page, "HS-Q1").inner_text()
    assert "thư xin lỗi.pdf" in page.locator("#case-story").inner_text()

    _answer(page, "Đang chờ công dân", ["HS-Q2"], note="  ")
    assert "Nội dung: còn thiếu" in page.get_by_role("alert").inner_text()
    assert _item(page, "HS-Q2").get_by_role("checkbox").is_checked()
    _answer(page, "Đang chờ công dân", note="Chờ bà Lan nộp giấy chứng sinh", files=[_file("ảnh chụp.pdf", PROGRAM)])
    assert "Tệp ảnh chụp.pdf mang tên .pdf nhưng nội dung không phải vậy." in page.get_by_role("alert").inner_text()
    assert page.locator(".answer [name=note]").input_value() == "Chờ bà Lan nộp giấy chứng sinh"
    assert page.locator(".answer").get_by_label("Đang chờ công dân").is_checked()
    assert _item(page, "HS-Q2").get_by_role("checkbox").is_checked()
    assert not _item(page, "HS-Q3").get_by_role("checkbox").is_checked()
    _fits(page)
    page.locator(".answer").get_by_role("button", name="Trả lời").click()
    page.wait_for_load_state()
    assert "Chờ bà Lan nộp giấy chứng sinh" in _item(page, "HS-Q2").inner_text()
    assert "chờ trả lời" in _item(page, "HS-Q3").inner_text()
    assert len(morning.api(f"/api/v1/cases/{number}", "hoa")["attachments"]) == 1

    _act(page, "Xin gia hạn", reason="Chờ xác minh nơi sinh")
    assert "đang xin gia hạn" in page.locator("#case-head").inner_text()
    assert page.locator("summary", has_text="Xin gia hạn").count() == 0

    # One apology for a dossier: given before its deadline, it cannot be given again when it is overdue.
    page.goto(f"/cases/{_of(morning, 'near_deadline')}")
    _answer(page, APOLOGY, ["HS-G2"], new_date="2026-11-30")
    assert f"{APOLOGY} 30/11/2026" in _item(page, "HS-G2").inner_text()
    morning.set(THURSDAY.replace(hour=16, minute=40))
    morning.load("evening", [dossier("HS-M1", received="2026-11-26T16:00", due="2026-12-10T17:00")])
    morning.until(lambda: morning.api(f"/api/v1/cases/{number}", "hoa")["items"] == 4 or None)
    page.goto(f"/cases/{number}")
    _answer(page, APOLOGY, ["HS-G2"], new_date="2026-12-04")
    assert (
        f"HS-G2 đã được trả lời “{APOLOGY}” một lần; quy định chỉ cho phép 1 lần."
        in page.get_by_role("alert").inner_text()
    )
    _answer(page, "Đang chờ công dân", note="Đã gọi hai lần")

    morning.load("done", [finished(each, morning.now()) for each in [*OVERDUE, NEAR[1]]])
    closed = page.locator("#case-head", has_text="Đã đóng")
    closed.wait_for(timeout=30_000)  # by itself, on the page that is open
    assert "Cả 4 mục đã hết; phiếu tự đóng." in page.locator("#case-story").inner_text()
    assert [each for each in page.seen.errors if "status of 4" not in each] == []  # what was refused is told there too
    assert page.seen.strangers == []


def _late(unit, count=60):
    """Dossiers of this month that were finished, all of them late."""
    rows = []
    for place in range(count):
        row = dossier(f"HS-{unit[-3:]}-{place}", unit=unit, received="2026-11-02T08:00", due="2026-11-05T17:00")
        rows.append(finished(row, datetime(2026, 11, 6, 9, tzinfo=VIETNAM)))
    return rows


def test_an_operator_works_off_the_queue_and_hands_the_watch_over(browse, morning):
    for reason in ("overdue", "near_deadline", "online_not_accepted"):
        number = _of(morning, reason)
        morning.act("hoa", number, "open")
        morning.act(
            "hoa",
            number,
            "answer" if reason != "online_not_accepted" else "ask_extension",
            **({"answer": "done"} if reason != "online_not_accepted" else {"reason": "Lỗi mạng"}),
        )
    page = browse(morning, "truc")
    page.goto("/alerts")
    queue = page.locator("#alerts-part")
    assert "0 cảnh báo chờ tiếp nhận" in queue.inner_text()
    assert queue.locator(".group-title", has_text="Phường Buôn Ma Thuột").count() == 1
    today = {"received": "2026-11-26T08:00", "due": "2026-12-10T17:00"}
    morning.load("late", [*_late(WARD), *_late(OTHER), dossier("HS-M1", **today)])
    page.wait_for_timeout(3000)
    morning.set(morning.now() + timedelta(minutes=2))  # it has to be so for a minute
    morning.load("more", [dossier("HS-M2", **today)])
    rate = queue.locator("li.problem", has_text="Tỷ lệ đúng hạn thấp")
    rate.nth(1).wait_for()  # live
    assert "2 cảnh báo chờ tiếp nhận" in queue.inner_text()

    def on(text):
        return queue.locator("li.problem", has_text="Tỷ lệ đúng hạn thấp").filter(has_text=text)

    for text in ("Phường Buôn Ma Thuột", "Phường Tân An"):
        on(text).get_by_role("checkbox").check()
    page.locator("#acts").get_by_role("button", name="Gộp").click()
    page.locator("#alerts-part", has_text="gộp vào").wait_for()
    first = "Phường Buôn Ma Thuột" if "gộp vào" not in on("Phường Buôn Ma Thuột").inner_text() else "Phường Tân An"
    on(first).get_by_role("checkbox").check()
    page.locator("#acts").get_by_label("Ghi chú").fill("Đã gọi hai phường")
    page.locator("#acts").get_by_role("button", name="Nâng mức").click()
    page.wait_for_load_state()
    assert "mức 4" in on(first).inner_text()
    on(first).get_by_role("button", name="Tiếp nhận").click()
    page.wait_for_load_state()
    assert "truc nhận" in on(first).inner_text()

    papers = queue.locator("li.problem", has_text="Hồ sơ quá hạn bổ sung")
    papers.get_by_role("checkbox").check()
    page.locator("#acts summary", has_text="Tạm im").click()
    page.locator("#acts").get_by_label("Lý do").fill("Phường đang chuyển trụ sở")
    page.locator("#acts").get_by_role("button", name="Tạm im các cảnh báo đã chọn").click()
    page.wait_for_load_state()
    assert "tạm im đến 26/11 10:" in papers.inner_text()

    on(first).get_by_role("link").first.click()
    page.get_by_role("link", name="Gửi phiếu").click()
    page.get_by_label("Nội dung yêu cầu").fill("Báo cáo nguyên nhân trả kết quả trễ.")
    page.get_by_role("button", name="Gửi phiếu").click()
    page.locator("#case-head").wait_for()
    assert "6/PCB-IOC" in page.locator("#case-head").inner_text()
    assert "Báo cáo nguyên nhân trả kết quả trễ." in _main(page)

    page.goto("/cases")
    rows = page.locator("#cases-part li.problem")
    states = {"Đã gửi": 3, "Đã mở": 1, "Đã trả lời": 2}
    for state, count in states.items():  # who has opened, who has not answered
        assert rows.locator(".problem-owner", has_text=state).count() == count, state
    page.goto(f"/cases/{_of(morning, 'near_deadline')}")
    _act(page, "Chấp nhận giải trình", note="Đúng quy định")
    assert "Đã đóng" in page.locator("#case-head").inner_text()
    page.goto(f"/cases/{_of(morning, 'overdue')}")
    _act(page, "Yêu cầu giải trình lại", reason="Hồ sơ HS-Q1 chưa trả kết quả")
    assert "Cần giải trình lại" in page.locator("#case-head").inner_text()
    page.goto(f"/cases/{_of(morning, 'online_not_accepted')}")
    _act(page, "Đồng ý gia hạn")
    assert "đã gia hạn" in page.locator("#case-head").inner_text()
    assert "hạn trả lời 01/12 08:30" in page.locator("#case-head").inner_text()  # two working days, over a weekend

    page.goto("/alerts/handover")
    page.get_by_label("Nội dung bàn giao").fill("Theo dõi phiếu 6 của phường.")
    page.get_by_role("button", name="Bàn giao với").click()
    page.wait_for_load_state()
    other = browse(morning, "ca-sau")
    other.goto("/alerts")
    assert "Theo dõi phiếu 6 của phường." in _main(other)
    other.get_by_role("button", name="Đã đọc, nhận ca").click()
    other.wait_for_load_state()
    other.goto("/alerts/handover")
    assert "ca-sau nhận 26/11 09:" in other.locator("details summary").filter(has_text="truc").inner_text()
    assert page.seen.errors == other.seen.errors == []


def test_a_leader_sees_on_a_phone_who_does_not_answer_and_reminds_them(browse, morning):
    overdue = _of(morning, "overdue")
    morning.act("hoa", overdue, "open")
    morning.act("hoa", overdue, "answer", answer="done")
    page = browse(morning, "lanhdao", **PHONE)
    page.goto("/slips")
    _fits(page)

    def tiles():
        pairs = page.locator("#slips-part .tiles > div").all_inner_texts()
        return dict(pair.split("\n", 1) for pair in pairs)

    assert "5 phiếu đã gửi, không phiếu nào quá hạn" in _main(page)
    assert (tiles()["Đã gửi"], tiles()["Đã mở"], tiles()["Đã trả lời hoặc đã hết"]) == ("5", "1", "1")
    assert tiles()["Đúng hạn"] == "100,00 %"
    morning.set(THURSDAY + timedelta(days=1))  # two more, of a dossier that is late now and of one that will be
    page.locator("#slips-part", has_text="7 phiếu đã gửi, 3 quá hạn chưa trả lời").wait_for()
    assert tiles()["Đúng hạn"] == "25,00 %"
    _fits(page)
    page.reload()
    worst = page.locator("section", has=page.locator("#worst-title")).locator("li")
    assert "Phường Buôn Ma Thuột" in worst.first.inner_text()
    assert "2 quá hạn" in worst.first.inner_text()
    late = page.locator("section", has=page.locator("#waiting-title")).locator("li", has_text="Phường Tân An")
    assert "chưa mở" in late.inner_text()
    late.get_by_label("Lời nhắc").fill("Báo cáo tôi trước 11 giờ.")
    late.get_by_role("button", name="Nhắc").click()
    page.wait_for_load_state()
    assert "Đã nhắc Phường Tân An." in page.locator("body").inner_text()

    number = _of(morning, "overdue", OTHER)
    there = browse(morning, "tan", **PHONE)
    there.goto("/me/notices")
    assert "Báo cáo tôi trước 11 giờ." in _main(there)
    morning.load("done", [finished(dossier("HS-K1", unit=OTHER, due="2026-11-23T17:00"), morning.now())])
    morning.until(lambda: morning.api(f"/api/v1/cases/{number}", "tan")["state"] == "closed")
    page.goto("/slips")
    page.locator("a.problem-what", has_text="Phường Tân An").first.click()  # not a menu further
    page.locator("#cases-part a.problem-what").first.click()
    page.locator("#case-head").wait_for()
    _fits(page)
    story = page.locator("#case-story ol").inner_text()
    steps = [
        "lập vụ việc, giao Phường Tân An",
        "đôn đốc",
        "lanhdao nhắc đơn vị. Báo cáo tôi trước 11 giờ.",
        "phiếu tự đóng",
    ]
    places = [story.find(step) for step in steps]
    assert -1 not in places, (places, story)
    assert places == sorted(places, reverse=True)  # newest first
    assert "từ 23/11 17:00" in _item(page, "HS-K1").inner_text()
    assert "Đã đóng" in page.locator("#case-head").inner_text()
    assert page.seen.errors == there.seen.errors == []


def test_a_steward_changes_a_rule_and_the_workflow_and_what_runs_keeps_what_it_began_with(browse, morning):
    told = {"unit": WARD, "title": "Báo cáo tháng", "text": "Gửi báo cáo tháng 11."}
    before = morning.api("/api/v1/cases", "truc", told)
    assert before["due_at"].startswith("2026-11-27T02:0")  # eight working hours from now
    page = browse(morning, "kho")
    page.goto("/rules/dossiers.near_deadline")
    page.get_by_role("link", name="Soạn bản nháp").click()
    page.get_by_label("Trước hạn bao nhiêu ngày làm việc").fill("2")
    page.get_by_role("button", name="Lưu bản nháp").click()
    page.wait_for_url("**/rules/dossiers.near_deadline")

    def tried(draft):
        page.goto("/rules/dossiers.near_deadline")
        trial = page.locator("#trial")
        trial.get_by_label("Từ ngày").fill("2026-11-23")
        trial.get_by_label("Đến ngày").fill("2026-11-26")
        trial.get_by_label("theo bản nháp").set_checked(draft)
        trial.get_by_role("button", name="Thử").click()
        page.wait_for_load_state()
        return page.locator("#trial").inner_text()

    assert "Luật lẽ ra báo" in tried(draft=False)
    assert tried(draft=False) != tried(draft=True)
    page.get_by_label("Lý do ban hành").fill("Báo sớm hơn một ngày")
    page.get_by_role("button", name="Ban hành").click()
    page.wait_for_load_state()
    assert "bản số 1" in page.locator(".page-header").inner_text()
    assert "Báo sớm hơn một ngày" in _main(page)
    near = _of(morning, "near_deadline")
    morning.until(lambda: morning.api(f"/api/v1/cases/{near}", "truc")["items"] == 3 or None)  # HS-S1 is near now

    page.goto("/workflows")
    page.get_by_role("link", name="Phiếu cảnh báo").click()
    page.locator("[name='due.amount']").fill("2")
    page.locator("[name='due.measure']").select_option("working_days")
    page.locator("[name='texts.new.vi']").fill("Có phiếu mới của tỉnh, hạn {due}.")
    page.get_by_role("button", name="Lưu bản nháp").click()
    page.get_by_label("Lý do ban hành").fill("Cho thêm thời gian")
    page.get_by_role("button", name="Ban hành").click()
    page.wait_for_load_state()
    assert "Đang áp dụng bản số 1" in page.locator(".page-header").inner_text()
    after = morning.api("/api/v1/cases", "truc", told | {"title": "Báo cáo quý"})
    assert after["due_at"].startswith("2026-11-30T")  # two working days, over a weekend
    assert morning.api(f"/api/v1/cases/{before['case']}", "truc")["due_at"] == before["due_at"]
    officer = browse(morning, "hoa", **PHONE)
    officer.goto("/me/notices")
    assert "Có phiếu mới của tỉnh, hạn" in _main(officer)
    assert page.seen.errors == []
