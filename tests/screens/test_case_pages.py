"""Pages and API of cases: what one types stays where it is refused, what is done is done once."""

import base64
import io

import places
import pytest
from places import OWN, PARENT, SIBLING

from toancanh.access.models import User
from toancanh.access.roles import Role
from toancanh.cases.models import Case

PDF = b"%PDF-1.7\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"


@pytest.fixture
def case(people, db):
    """The slip of our own unit."""
    return Case.objects.get(unit=OWN.code)


@pytest.fixture
def watch(people, client, db):
    """A browser of whoever is on watch for the whole installation."""
    client.force_login(User.objects.create(username="truc", name="Trực", role=Role.OPERATOR))
    return client


def named(name, content):
    file = io.BytesIO(content)
    file.name = name
    return file


def test_whoever_must_act_has_opened_a_slip_by_looking_at_it(visit, case):
    visit(Role.OFFICER, OWN).get(f"/cases/{case.pk}")
    case.refresh_from_db()
    assert (case.state, case.opened_at is not None) == ("opened", True)


def test_whoever_only_looks_opens_nothing(visit, case):
    for role, place in ((Role.LEADER, PARENT), (Role.OPERATOR, PARENT), (Role.STEWARD, OWN)):
        visit(role, place).get(f"/cases/{case.pk}")
    case.refresh_from_db()
    assert case.state == "sent"


def test_an_answer_with_a_file_is_taken_and_the_file_comes_back_as_it_was(visit, case):
    client = visit(Role.OFFICER, OWN)
    told = {"action": "answer", "answer": "waiting", "note": "Chờ bổ sung", "files": named("công văn.pdf", PDF)}
    assert client.post(f"/cases/{case.pk}/act", told).status_code == 302
    case.refresh_from_db()
    assert (case.state, case.left) == ("answered", 0)
    kept = case.attachments.get(act="answer")
    answer = client.get(f"/cases/{case.pk}/attachments/{kept.pk}")
    assert b"".join(answer.streaming_content) == PDF
    assert answer["Content-Disposition"].startswith("attachment")
    assert answer["X-Content-Type-Options"] == "nosniff"


def test_what_was_typed_stays_where_a_file_is_refused(visit, case):
    program = named("x.pdf", b"MZ" + b"\0" * 99)
    told = {"action": "answer", "answer": "waiting", "note": "Lời dài đã gõ", "files": program}
    answer = visit(Role.OFFICER, OWN).post(f"/cases/{case.pk}/act", told)
    page = answer.content.decode()
    assert answer.status_code == 415
    assert "Lời dài đã gõ" in page
    assert "nội dung không phải vậy" in page
    case.refresh_from_db()
    assert case.left == 1


def test_the_second_of_two_is_told_what_the_first_did(visit, case, people):
    client = visit(Role.OFFICER, OWN)
    client.get(f"/cases/{case.pk}")
    told = {"action": "answer", "answer": "done", "revision": str(Case.objects.get(pk=case.pk).revision)}
    client.post(f"/cases/{case.pk}/act", told)
    answer = client.post(f"/cases/{case.pk}/act", told)
    assert answer.status_code == 409
    assert "Đã giải quyết xong" in answer.content.decode()


def test_bulk_says_which_could_not_be_done(watch):
    numbers = list(Case.objects.values_list("pk", flat=True))
    answer = watch.post("/cases/bulk", {"action": "accept", "case": numbers}, follow=True)
    page = answer.content.decode()
    assert "không thể chấp nhận giải trình" in page
    watch.post("/cases/bulk", {"action": "withdraw", "reason": "Gửi nhầm", "case": numbers})
    assert not Case.objects.filter(is_open=True).exists()


def test_a_kept_filter_comes_back(watch):
    watch.post("/cases/filters", {"name": "Sở Mẫu", "unit": OWN.code, "state": "open"})
    assert "Sở Mẫu" in watch.get("/cases").content.decode()


def test_the_export_has_what_the_screen_has(watch):
    from openpyxl import load_workbook

    book = load_workbook(io.BytesIO(watch.get("/cases/export.xlsx?state=all").content))
    rows = list(book.active.values)
    assert sorted(row[3] for row in rows[1:]) == sorted(place.name for place in places.PLACES)


def test_a_slip_by_hand_goes_to_a_unit_and_waits_for_its_answer(watch):
    told = {"unit": OWN.code, "title": "Rà soát mã hồ sơ", "text": "Trước thứ Sáu"}
    answer = watch.post("/cases/new", told, follow=True)
    assert "Rà soát mã hồ sơ" in answer.content.decode()
    assert Case.objects.get(title="Rà soát mã hồ sơ").left == 1


@pytest.fixture
def program(people, client, db, settings):
    """A program that shows the password of whoever is on watch."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    user = User.objects.create(username="truc2", name="Trực", role=Role.OPERATOR)
    user.set_password("mot-cau-dai-kho-doan")
    user.save()
    client.defaults["HTTP_AUTHORIZATION"] = f"Basic {base64.b64encode(b'truc2:mot-cau-dai-kho-doan').decode()}"
    return client


def test_one_matter_is_given_to_more_units_and_each_sees_the_others_it_may_see(watch, case, visit):
    page = watch.get(f"/cases/{case.pk}").content.decode()
    assert f"/cases/new?parent={case.pk}" in page
    told = {"unit": SIBLING.code, "title": "Báo cáo chung", "text": "Cùng xử lý.", "parent": case.pk}
    assert watch.post("/cases/new", told).status_code == 302
    child = Case.objects.get(parent=case)
    assert child.title in watch.get(f"/cases/{case.pk}").content.decode()
    assert case.title in watch.get(f"/cases/{child.pk}").content.decode()
    seen = visit(Role.OFFICER, SIBLING).get(f"/cases/{child.pk}").content.decode()
    assert f'href="/cases/{case.pk}"' not in seen
    assert case.title not in seen


def test_nothing_is_given_out_as_a_part_of_what_is_over(watch, case):
    Case.objects.filter(pk=case.pk).update(is_open=False)
    answer = watch.post("/cases/new", {"unit": SIBLING.code, "title": "x", "text": "y", "parent": case.pk})
    assert answer.status_code == 409
    assert "đã đóng" in answer.content.decode()


def test_an_act_under_a_key_is_done_once(program, case):
    def remind(key):
        body = {"fields": {"text": "Xin trả lời"}}
        return program.post(
            f"/api/v1/cases/{case.pk}/actions/remind", body, "application/json", headers={"Idempotency-Key": key}
        )

    first, again, other = remind("a"), remind("a"), remind("b")
    assert first.json() == again.json()
    assert other.json()["revision"] == first.json()["revision"] + 1


def test_a_slip_made_under_a_key_is_made_once(program):
    body = {"unit": OWN.code, "title": "Một lần thôi", "text": "Báo cáo."}
    key = {"Idempotency-Key": "k"}
    answers = [program.post("/api/v1/cases", body, "application/json", headers=key) for _turn in (1, 2)]
    assert {answer.status_code for answer in answers} == {201}
    assert Case.objects.filter(title="Một lần thôi").count() == 1


def test_a_case_tells_a_program_what_it_may_do(program, case):
    told = program.get(f"/api/v1/cases/{case.pk}").json()
    assert {each["action"] for each in told["actions"]} == {"remind", "escalate", "reassign", "duplicate", "withdraw"}
    assert told["records"][0]["record"] == f"{OWN.prefix}0"


def test_an_action_that_is_not_ones_own_is_refused_in_words(program, case):
    answer = program.post(f"/api/v1/cases/{case.pk}/actions/answer", {"fields": {"answer": "done"}}, "application/json")
    assert (answer.status_code, answer.json()["type"]) == (403, answer.json()["type"])
    assert "cán bộ đơn vị" in answer.json()["title"] + answer.json()["detail"]


def test_a_body_that_is_no_json_is_refused_in_the_form_of_all_problems(program, case):
    answer = program.post(f"/api/v1/cases/{case.pk}/actions/remind", "{", "application/json")
    assert (answer.status_code, answer.json()["type"]) == (400, "urn:toancanh:problem:api.body")


def test_a_leader_is_offered_what_a_leader_may_do(visit):
    offered = visit(Role.LEADER, PARENT).get("/cases").context["bulk"]
    assert [each.action for each in offered] == ["remind"]
