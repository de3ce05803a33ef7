"""Mending: refused rows are corrected where they wait, and stand afterwards where they would have stood."""

import pytest
from samples import ACTOR, csv_text, good

from toancanh.access.scope import EVERYTHING, of_codes
from toancanh.base import audit
from toancanh.base.problems import Problem
from toancanh.sources import actions, intake, mending, quarantine
from toancanh.sources.mending import replacing, writing
from toancanh.sources.models import Load, Reject, Source
from toancanh.warehouse import outbox, reading


def records():
    return reading.fetch(f"SELECT * FROM {reading.records('parcel')} ORDER BY code, seq").to_pylist()


def mend(load, edit, *, keep=True, scope=EVERYTHING):
    waiting = list(quarantine.still_open(load.source.name))
    done = mending.mend(load.source, waiting, edit, actor=ACTOR, scope=scope, keep=keep)
    outbox.flush()
    load.refresh_from_db()
    return done


def numbers(done):
    return len(done.accepted), len(done.overruled), len(done.refused)


def test_rows_mended_in_bulk_go_in_under_their_old_numbers(load):
    done = load(csv_text(good("A"), good("B", day="15/21/2022"), good("C"), good("D", day="15/21/2022")))
    assert numbers(mend(done, replacing("day", "15/21/2022", "15/12/2022"))) == (2, 0, 0)
    assert [(row["code"], row["row"]) for row in records()] == [("A", 2), ("B", 3), ("C", 4), ("D", 5)]
    assert done.counts == {"read": 4, "accepted": 4, "rejected": 0, "duplicates": 0}
    assert not quarantine.still_open("parcels").exists()
    entry = audit.entries("load", str(done.pk))[-1]
    assert (entry.act, entry.detail["mended"]) == ("rejects.mended", 2)


def test_each_row_can_be_written_by_hand_and_what_is_still_wrong_says_why(load):
    done = load(csv_text(good("A", rate="x", base="1"), good("B", rate="y", base="1")))
    first, second = quarantine.still_open("parcels")
    found = mend(done, writing({first.pk: {"rate": "5"}, second.pk: {"rate": "z"}}))
    assert numbers(found) == (1, 0, 1)
    second.refresh_from_db()
    assert (second.state, second.value, dict(second.raw)["rate"]) == (Reject.State.OPEN, "z", "z")
    assert [(row["code"], row["rate"]) for row in records()] == [("A", 5.0)]
    assert done.counts == {"read": 2, "accepted": 1, "rejected": 1, "duplicates": 0}


def test_a_trial_tells_what_would_happen_and_keeps_nothing(load):
    done = load(csv_text(good("A", day="?"), good("B", day="?", rate="x", base="1")))
    assert numbers(mend(done, replacing("day", None, "15/12/2022"), keep=False)) == (1, 0, 1)
    assert records() == []
    assert quarantine.still_open("parcels").count() == 2
    assert done.rejected == 2


def test_a_later_row_of_the_same_key_is_not_undone(load):
    done = load(csv_text(good("A", day="?"), good("A", state="9"), good("B", state="4"), good("B", day="?", state="9")))
    assert numbers(mend(done, replacing("day", "?", "15/12/2022"))) == (1, 1, 0)
    assert [(row["code"], row["state"], row["row"]) for row in records()] == [("A", 9, 3), ("B", 9, 5)]
    assert {each.state for each in Reject.objects.all()} == {Reject.State.MENDED, Reject.State.SUPERSEDED}


def test_a_row_of_an_older_delivery_does_not_undo_a_newer_one(load):
    old = load(csv_text(good("A", day="?", state="1"), good("Z")))
    load(csv_text(good("A", state="9")), name="moi.csv")
    assert numbers(mend(old, replacing("day", "?", "15/12/2022"))) == (0, 1, 0)
    assert [(row["code"], row["state"]) for row in records()] == [("A", 9), ("Z", 2)]


def test_rows_that_flowed_are_mended_as_those_of_files_are(units):
    source = Source.objects.create(name="dong", title="Dòng chảy", record_type="parcel")
    intake.take(source, [good("A", day="?"), good("B")])
    intake.take(source, [good("A", state="9")])
    intake.take(source, [good("C", day="?")])
    outbox.flush()
    (open_one,) = Load.objects.all()
    assert numbers(mend(open_one, replacing("day", "?", "15/12/2022"))) == (1, 1, 0)
    assert [(row["code"], row["state"], row["row"]) for row in records()] == [("A", 9, 3), ("B", 2, 2), ("C", 2, 4)]
    assert open_one.counts == {"read": 4, "accepted": 3, "rejected": 1, "duplicates": 0}


def test_a_place_within_a_group_is_kept(load):
    mapping = (
        'record_type = "parcel"\n[fields]\ncode = "code"\nseq = { order_within = "code" }\nat = "at"\nday = "day"\n'
    )
    done = load(csv_text(good("A"), good("A", day="?"), good("A")), mapping)
    assert numbers(mend(done, replacing("day", "?", "15/12/2022"))) == (1, 0, 0)
    assert [(row["seq"], row["row"]) for row in records()] == [(1, 2), (2, 3), (3, 4)]


def test_the_same_file_again_does_not_ask_for_mended_rows_anew(load, tmp_path):
    text = csv_text(good("A"), good("B", day="?"))
    done = load(text)
    mend(done, replacing("day", "?", "15/12/2022"))
    again = load(text)
    assert again.counts == {"read": 2, "accepted": 0, "rejected": 0, "duplicates": 2}
    assert not quarantine.still_open("parcels").exists()


def test_a_load_that_is_taken_back_takes_its_mended_rows_along(load):
    done = load(csv_text(good("A"), good("B", day="?")))
    mend(done, replacing("day", "?", "15/12/2022"))
    actions.withdraw(done, "thử", ACTOR)
    assert records() == []


def test_nobody_mends_rows_into_units_outside_his_scope(load):
    done = load(csv_text(good("A", day="?")))
    assert numbers(mend(done, replacing("day", "?", "15/12/2022"), scope=of_codes(["gso:1"]))) == (0, 0, 1)
    assert records() == []


def test_too_many_rows_at_once_are_refused(load, monkeypatch):
    monkeypatch.setattr(mending, "MOST", 1)
    done = load(csv_text(good("A", day="?"), good("B", day="?")))
    with pytest.raises(Problem) as caught:
        mend(done, replacing("day", "?", "15/12/2022"))
    assert caught.value.code == "mend.many"


def test_a_killed_mending_leaves_nothing_half_done(load, monkeypatch):
    done = load(csv_text(good("A", day="?")))

    def killed(*_args, **_more):
        raise KeyboardInterrupt

    monkeypatch.setattr(audit, "record", killed)
    with pytest.raises(KeyboardInterrupt):
        mend(done, replacing("day", "?", "15/12/2022"))
    outbox.flush()
    assert records() == []
    assert quarantine.still_open("parcels").count() == 1
