"""Intake: rows that come in small pieces are judged as those of files are, and each is somewhere afterwards."""

from datetime import timedelta

import pytest
from samples import good, told

from toancanh.base import audit, clock
from toancanh.base.models import OutboxEntry
from toancanh.base.problems import Problem
from toancanh.sources import actions, flow, intake
from toancanh.sources.models import Beat, Load, Reject, Source
from toancanh.warehouse import outbox, reading

NOW = {"at": "2026-03-02T08:00:00+07:00"}


@pytest.fixture
def source(units):
    return Source.objects.create(name="dong", title="Dòng chảy", record_type="parcel")


def records():
    return reading.fetch(f"SELECT * FROM {reading.records('parcel')} ORDER BY code, seq").to_pylist()


def counts(load):
    load.refresh_from_db()
    return load.read, load.accepted, load.rejected, load.duplicates


def test_rows_flow_into_the_load_of_the_day_and_to_the_warehouse(source):
    intake.take(source, [good("A"), good("B")], {"at": 2})
    intake.take(source, [good("C"), good("A")], {"at": 4})
    outbox.flush()
    (load,) = Load.objects.all()
    assert (load.state, counts(load)) == (Load.State.OPEN, (4, 3, 0, 1))
    assert [(row["code"], row["row"], row["batch"]) for row in records()] == [("A", 1, 1), ("B", 2, 1), ("C", 3, 1)]
    assert flow.of(source).cursor == {"at": 4}


def test_a_bad_row_waits_in_quarantine_with_its_number_and_the_rest_goes_in(source):
    intake.take(source, [good("A")])
    intake.take(source, [good("B", at="2026-13-40"), good("C"), "no object"])
    outbox.flush()
    assert [(each.row, each.column) for each in Reject.objects.order_by("row")] == [(2, "at"), (4, "")]
    assert Reject.objects.get(row=4).code == "row.not_object"
    assert [row["code"] for row in records()] == ["A", "C"]
    assert counts(Load.objects.get()) == (4, 2, 2, 0)


def test_what_is_kept_is_kept_together_with_the_cursor_or_not_at_all(source, monkeypatch):
    def broken(*_args, **_more):
        raise RuntimeError

    monkeypatch.setattr(flow, "spoke", broken)
    with pytest.raises(RuntimeError):
        intake.take(source, [good("A"), good("B", at="?")], {"at": 2})
    assert not OutboxEntry.objects.exists()
    assert not Reject.objects.exists()
    assert not Load.objects.exists()


def test_nested_objects_and_missing_keys_are_columns_and_empty_cells(source):
    source.mapping = ""
    row = {"code": "A", "seq": 1, "at": NOW["at"], "unit": "gso:66", "state": 2, "online": True, "rate": None}
    intake.take(source, [row, {"code": "B", "seq": 1, "at": NOW["at"]}])
    outbox.flush()
    assert [(each["code"], each["online"], each["state"]) for each in records()] == [("A", True, 2), ("B", None, None)]


def test_rows_that_lack_a_required_column_altogether_are_refused_as_a_whole(source):
    with pytest.raises(Problem) as caught:
        intake.take(source, [{"code": "A", "sequence": 1, "at": NOW["at"]}], {"at": 1})
    assert caught.value.code == "source.columns_gone"
    assert "seq" in told(caught.value.code, caught.value.params)
    assert not Load.objects.exists()
    assert not OutboxEntry.objects.exists()


def strange(source, contract):
    source.contract = contract
    source.save()
    intake.take(source, [good("A")])
    intake.take(source, [good("B", mau="đỏ", rate="x", base="5"), good("C")])
    outbox.flush()
    return [row["code"] for row in records()], [(each.row, each.code) for each in Reject.objects.order_by("row")]


def test_an_evolving_contract_notes_a_new_column_and_refuses_only_bad_values(source):
    codes, rejects = strange(source, "evolve")
    assert codes == ["A", "C"]
    assert [row for row, _code in rejects] == [2]
    notes = dict(Load.objects.get().notes)
    assert "mau" in told("rows.columns_new", notes["rows.columns_new"])
    source.refresh_from_db()
    assert "mau" in source.columns


def test_a_frozen_contract_refuses_a_delivery_with_a_new_column_and_keeps_nothing_of_it(source):
    with pytest.raises(Problem) as caught:
        strange(source, "freeze")
    assert caught.value.code == "source.columns_new"
    outbox.flush()
    assert [row["code"] for row in records()] == ["A"]


def test_a_contract_may_refuse_rows_with_a_new_column(source):
    source.contract = "reject_row"
    source.save()
    intake.take(source, [good("A")])
    intake.take(source, [good("B", mau="đỏ"), good("C", mau="")])
    outbox.flush()
    assert [row["code"] for row in records()] == ["A", "C"]
    (reject,) = Reject.objects.all()
    assert (reject.row, reject.column, reject.code) == (2, "mau", "row.column_new")
    assert "mau" in told(reject.code, reject.params)


def test_a_contract_may_drop_values_and_keep_their_rows(source):
    codes, rejects = strange(source, "reject_value")
    assert (codes, rejects) == (["A", "B", "C"], [])
    assert next(row for row in records() if row["code"] == "B")["rate"] is None
    notes = Load.objects.get().notes
    assert ["rows.values_dropped", {"column": "rate", "rows": 1, "value": "x"}] in notes


def test_a_value_without_which_no_row_can_be_kept_is_never_dropped(source):
    source.contract = "reject_value"
    source.save()
    intake.take(source, [good("A", seq="một"), good("B", state="77"), good("C", rate="-1", base="-2")])
    outbox.flush()
    assert [row["code"] for row in records()] == ["B", "C"]
    assert [row["state"] for row in records()] == [None, 2]
    assert [each.row for each in Reject.objects.all()] == [1]


def test_the_load_of_a_day_ends_with_the_day_and_the_next_row_opens_another(source):
    intake.take(source, [good("A")])
    Load.objects.update(created_at=clock.now() - timedelta(days=1))
    assert flow.close_old() == 1
    intake.take(source, [good("B")])
    outbox.flush()
    assert [(load.state, counts(load)) for load in Load.objects.order_by("pk")] == [
        ("done", (1, 1, 0, 0)),
        ("open", (1, 1, 0, 0)),
    ]


def test_what_flowed_can_be_taken_back_like_a_file_and_told_again(source):
    intake.take(source, [good("A"), good("B")])
    outbox.flush()
    intake.take(source, [good("C")])  # still on its way
    (load,) = Load.objects.all()
    flow.close(load)
    actions.withdraw(load, "thử", ("user", "lan"))
    assert records() == []
    intake.take(source, [good("A")])
    outbox.flush()
    assert [row["code"] for row in records()] == ["A"]


def test_the_beat_of_the_day_counts_looks_rows_and_refusals(source):
    intake.take(source, [good("A"), good("B", at="?")], {"at": 2})
    flow.failed(source, Problem("source.paused", name="dong"))
    (beat,) = Beat.objects.all()
    assert (beat.looks, beat.failures, beat.read, beat.rejected) == (2, 1, 2, 1)


def test_trouble_is_noted_once_waited_for_longer_and_over_when_the_source_answers(source):
    source.every = 2.0
    problem = Problem("connector.http", url="http://x", status=500)
    assert [flow.failed(source, problem) for _turn in range(3)] == [2.0, 4.0, 8.0]
    state = flow.of(source)
    assert (state.failures, state.problem, state.failing_since is not None) == (3, "connector.http", True)
    (entry,) = audit.entries("source", "dong")
    assert audit.sentence(entry) == "Không đọc được nguồn dong: http://x trả lời mã HTTP 500."
    flow.spoke(source, None)
    state = flow.of(source)
    assert (state.failures, state.problem, state.failing_since, state.retry_at) == (0, "", None, None)


def test_a_clock_that_is_ahead_over_there_is_told_and_hides_no_lag_later(source):
    ahead = clock.now() + timedelta(hours=1)
    intake.take(source, [good("A", at=ahead.isoformat())])
    assert flow.of(source).newest_at <= clock.now()
    assert Load.objects.get().notes[0][0] == "rows.future"


def test_a_look_that_began_before_a_replay_does_not_put_its_cursor_over_it(source):
    before = flow.of(source).turn
    intake.take(source, [good("A")], {"at": 1}, turn=before)
    flow.Flow.objects.update(cursor={"since": "x"}, turn=before + 1)
    intake.take(source, [good("B")], {"at": 2}, turn=before)
    assert flow.of(source).cursor == {"since": "x"}


def test_many_rows_are_kept_in_transactions_of_bounded_size(source, django_assert_max_num_queries):
    rows = [good(f"R{number}") for number in range(2500)]
    intake.take(source, [good("A")])
    with django_assert_max_num_queries(60):
        taken = intake.take(source, rows)
    assert taken == (2500, 0)
    outbox.flush()
    assert reading.count("parcel") == (2501, 2501)
    assert sorted(row["row"] for row in records()) == list(range(1, 2502))
