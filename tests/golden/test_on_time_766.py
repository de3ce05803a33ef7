"""766/QĐ-TTg (23/6/2022), index 2.1: single dossiers of March 2026, rule by rule of the description of its formulas.

Each is written as it is told by a source; what it comes to was worked out by hand from the rule it is named for.
"""

import pytest

from toancanh.access.scope import EVERYTHING
from toancanh.indicators import figures, provenance
from toancanh.sources import actions, loading

HEAD = "dossier_id,seq,procedure,unit,channel,state,at,received_at,due_at,finished_at"
UNIT = "gso:24133"
MARCH = f"dossiers.index_on_time_rate~{UNIT}~2026-03-01~2026-03-31"

# The 2nd of March is a Monday. Steps are (state, day and hour of March); due is one, too, or none; then part and whole.
CASES = {
    "processed before the deadline": ([(2, "02T09"), (9, "05T09")], "06T17", 1, 1),
    "processed at the deadline": ([(2, "02T09"), (9, "06T17")], "06T17", 1, 1),
    "processed after the deadline": ([(2, "02T09"), (9, "07T09")], "06T17", 0, 1),
    "processed (9) goes before returned (10)": ([(2, "02T09"), (9, "06T09"), (10, "20T09")], "06T17", 1, 1),
    "returned, never told to be processed": ([(2, "02T09"), (10, "09T09")], "06T17", 0, 1),
    "stopped in time": ([(2, "02T09"), (8, "05T09")], "06T17", 1, 1),
    "refused in time": ([(2, "02T09"), (3, "05T09")], "06T17", 1, 1),
    "withdrawn late": ([(2, "02T09"), (7, "09T09")], "06T17", 0, 1),
    "papers asked for once and still awaited": ([(2, "02T09"), (5, "05T09")], "06T17", 1, 1),
    "papers asked for once, too late": ([(2, "02T09"), (5, "09T09")], "06T17", 0, 1),
    "papers asked for twice": ([(2, "02T09"), (5, "03T09"), (4, "03T10"), (5, "04T09"), (9, "05T09")], "06T17", 0, 1),
    # Asked on Tuesday at 9, brought on Friday at 9: three working days are taken off, from the 6th to the 11th.
    "the applicant's time is taken off": ([(2, "02T09"), (5, "03T09"), (4, "06T09"), (9, "11T16")], "06T17", 1, 1),
    "and no more than that": ([(2, "02T09"), (5, "03T09"), (4, "06T09"), (9, "12T09")], "06T17", 0, 1),
    "unfinished, due on the last day": ([(2, "02T09"), (4, "03T09")], "31T17", 0, 1),
    "unfinished, due after the period": ([(2, "02T09"), (4, "03T09")], "2026-04-02T17", 1, 1),
    "finished after the period, due in it": ([(2, "02T09"), (9, "2026-04-02T09")], "20T17", 0, 1),
    "finished after the period, due after it": ([(2, "02T09"), (9, "2026-04-02T09")], "2026-04-03T17", 1, 1),
    "only registered": ([(1, "02T09")], "06T17", 0, 0),
    "ended before the period": ([(2, "2026-02-09T09"), (9, "2026-02-10T09")], "2026-02-12T17", 0, 0),
    "no deadline and no known term": ([(2, "02T09"), (9, "05T09")], "", 0, 0),
}


def moment(told):
    return f"{told if told.startswith('2026') else f'2026-03-{told}'}:00:00+07:00" if told else ""


def lines(name, steps, due):
    received = moment(steps[0][1])
    for seq, (state, at) in enumerate(steps, 1):
        finished = moment(at) if state == 9 else ""
        yield f"{name},{seq},khong-co,{UNIT},1,{state},{moment(at)},{received},{moment(due)},{finished}"


@pytest.fixture
def march(units, tmp_path, monkeypatch):
    """Load dossiers and tell the index of March."""
    monkeypatch.setenv("TOANCANH_HOME", str(tmp_path / "home"))

    def _march(*rows):
        file = tmp_path / "ho-so.csv"
        # Of a source that told nothing of March there would be no figure at all.
        other = lines("other", [(1, "2026-03-31T09")], "")
        file.write_text("\n".join([HEAD, *rows, *other]) + "\n")
        assert loading.run(actions.deliver("dossiers", file, actor=("user", "lan"))).rejected == 0
        return figures.find(MARCH, EVERYTHING)[0]

    return _march


@pytest.mark.parametrize("name", CASES)
def test_a_dossier_counts_as_its_rule_says(march, name):
    steps, due, part, whole = CASES[name]
    found = march(*lines("one", steps, due))
    assert (found.part or 0, found.whole or 0) == (part, whole)


def test_together_they_are_the_index_and_stand_behind_it(march):
    told = enumerate(CASES.values())
    found = march(*(line for number, (steps, due, *_more) in told for line in lines(number, steps, due)))
    part, whole = (sum(case[place] for case in CASES.values()) for place in (2, 3))
    assert (found.part, found.whole) == (part, whole)
    behind = provenance.contribution(found, EVERYTHING, limit=None)
    assert (behind.part, behind.whole) == (part, whole)
    counted = {row["dossier_id"]: row["in_part"] for row in behind.rows}
    assert counted == {f"{number}": bool(case[2]) for number, case in enumerate(CASES.values()) if case[3]}
