"""The quarantine on screen: narrowed by reason, tried, mended row by row and all at once."""

import pytest
from places import PARENT

from toancanh.access.roles import Role
from toancanh.base.audit import SYSTEM
from toancanh.sources import actions, loading
from toancanh.sources.models import Reject

HEADER = "dossier_id,seq,procedure,unit,channel,state,at,received_at,due_at,finished_at,fee,paid_online,simulated"
ROW = "{code},1,tc.x,{unit},2,2,2026-03-02T08:00:00+07:00,2026-03-02T08:00:00+07:00,{due},,0,,true"
PAGE = "/sources/dossiers/quarantine"


@pytest.fixture
def steward(visit, people, tmp_path):
    """A steward of the whole installation, and a load with three rows of which two are wrong."""
    client = visit(Role.STEWARD, PARENT)
    user = people[Role.STEWARD, PARENT]
    user.unit = ""
    user.save()
    client.force_login(user)
    file = tmp_path / "ho-so.csv"
    rows = [
        ROW.format(code=f"Q-{n}", unit=PARENT.code, due=due) for n, due in enumerate(("", "2026-15-09", "2026-15-10"))
    ]
    file.write_text("\n".join([HEADER, *rows]) + "\n")
    client.load = loading.run(actions.deliver("dossiers", file, actor=SYSTEM))
    return client


def waiting(client):
    return Reject.objects.filter(load=client.load, state=Reject.State.OPEN)


def test_it_lists_what_waits_by_reason_and_narrows_to_it(steward):
    page = steward.get(f"{PAGE}?load={steward.load.pk}").content.decode()
    assert "2026-15-09" in page
    assert "Theo lý do" in page
    only = steward.get(f"{PAGE}?load={steward.load.pk}&value=2026-15-10").content.decode()
    assert "2026-15-09" not in only


def test_a_trial_says_what_would_happen_and_changes_nothing(steward):
    told = {"bulk": "1", "column": "due_at", "old": "2026-15-09", "new": "2026-11-09", "try": "1"}
    page = steward.post(f"{PAGE}/mend?load={steward.load.pk}", told).content.decode()
    assert "Kết quả thử" in page
    assert waiting(steward).count() == 2


def test_all_rows_of_a_filter_are_mended_at_once(steward):
    told = {"bulk": "1", "column": "due_at", "new": "2026-11-09", "any": "on"}
    response = steward.post(f"{PAGE}/mend?load={steward.load.pk}", told, follow=True)
    assert "Đã nhận 2 dòng" in response.content.decode()
    assert waiting(steward).count() == 0


def test_a_chosen_row_is_mended_as_it_was_written(steward):
    row = waiting(steward).first()
    told = {"row": str(row.pk), f"cell.{row.pk}.due_at": "2026-11-09"}
    steward.post(f"{PAGE}/mend?load={steward.load.pk}", told)
    row.refresh_from_db()
    assert row.state == Reject.State.MENDED
    assert waiting(steward).count() == 1


def test_a_trial_keeps_what_was_typed_and_ticked(steward):
    row = waiting(steward).first()
    told = {"row": str(row.pk), f"cell.{row.pk}.due_at": "2026-11-09", "try": "1"}
    page = steward.post(f"{PAGE}/mend?load={steward.load.pk}", told).content.decode()
    assert "Nhận được 1 dòng" in page
    assert f'name="cell.{row.pk}.due_at" value="2026-11-09"' in page
    assert f'name="row" value="{row.pk}" checked' in page
    assert waiting(steward).count() == 2


def test_nothing_chosen_is_said_in_words_and_what_was_typed_stays(steward):
    row = waiting(steward).first()
    response = steward.post(f"{PAGE}/mend", {f"cell.{row.pk}.due_at": "2026-11-09"})
    assert response.status_code == 422
    assert "Chưa chọn dòng nào" in response.content.decode()
    assert f'name="cell.{row.pk}.due_at" value="2026-11-09"' in response.content.decode()
