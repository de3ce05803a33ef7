"""Rights: who may do what with a slip in which state, written out as a table."""

import pytest
from demands import NOW, follow, member, slip
from django.db import transaction

from toancanh.access import scope
from toancanh.base import versions
from toancanh.base.problems import Problem
from toancanh.cases import access, actions, kinds, workflow
from toancanh.cases.models import Case
from toancanh.cases.slips import KIND, WORKFLOW

UNIT, OFFICE, LEADER = {"lan", "mai", "hung"}, {"truc"}, {"chutich"}
# action: states in which it is allowed, and who may
ALLOWED = {
    "open": ({"sent"}, UNIT),
    "answer": ({"sent", "opened", "returned"}, UNIT),
    "ask_extension": ({"sent", "opened", "returned"}, UNIT),
    "grant_extension": ({"sent", "opened", "returned"}, OFFICE),
    "refuse_extension": ({"sent", "opened", "returned"}, OFFICE),
    "accept": ({"answered"}, OFFICE),
    "return": ({"answered"}, OFFICE),
    "remind": ({"sent", "opened", "returned"}, OFFICE | LEADER),
    "escalate": ({"sent", "opened", "answered", "returned"}, OFFICE),
    "reassign": ({"sent", "opened", "answered", "returned"}, OFFICE),
    "duplicate": ({"sent", "opened", "answered", "returned"}, OFFICE),
    "withdraw": ({"sent", "opened", "answered", "returned"}, OFFICE),
    "clear": ({"sent", "opened", "answered", "returned"}, set()),
}
FIELDS = {
    "answer": {"answer": "done"},
    "ask_extension": {"reason": "Vì"},
    "refuse_extension": {"reason": "Vì"},
    "return": {"reason": "Vì"},
    "escalate": {"reason": "Vì"},
    "withdraw": {"reason": "Vì"},
    "reassign": {"reason": "Vì", "unit": "gso:24163"},
}
STATES = [state.code for state in WORKFLOW.states]


def test_the_table_speaks_of_every_action_and_state():
    assert {each.action for each in WORKFLOW.transitions} == ALLOWED.keys()
    assert {state for states, _who in ALLOWED.values() for state in states} == set(STATES) - {"closed"}


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("action", ALLOWED)
def test_an_action_is_done_by_whom_it_is_for_in_its_states_only(people, action, state):
    states, who = ALLOWED[action]
    follow(member("A1"), member("B1", "gso:24163"))
    case = slip(unit="gso:24133")
    other = slip(unit="gso:24163")
    over = {"is_open": False, "next_at": None} if state == "closed" else {}
    Case.objects.filter(pk=case.pk).update(
        state=state, extended="asked" if "grant" in action or "refuse" in action else "", **over
    )
    if state == "answered":
        case.items.update(state="answered")
    fields = FIELDS.get(action, {}) | ({"other": other.pk} if action == "duplicate" else {})
    for name, person in people.items():
        before = Case.objects.values().get(pk=case.pk)
        problem = tried(case.pk, action, person, fields)
        assert problem in ("", "case.not_yours", "case.state")
        assert Case.objects.values().get(pk=case.pk) == before
        assert (problem == "") is (name in who and state in states), (action, state, name)


def tried(pk, action, person, fields):
    """The code of the problem that keeps somebody from an action, "" for none; it is undone."""
    try:
        with transaction.atomic():
            actions.act(pk, action, person=person, fields=fields, now=NOW)
            transaction.set_rollback(True)
    except Problem as problem:
        return problem.code
    return ""


def test_what_is_offered_is_what_is_allowed(people):
    follow(member("A1"))
    flow = workflow.of_frozen(slip().workflow_id)
    for name, person in people.items():
        offered = {each.action for each in actions.possible(slip(), flow, access.parties(person, slip()))}
        allowed = {action for action, (states, who) in ALLOWED.items() if "sent" in states and name in who}
        assert offered == allowed - {"grant_extension", "refuse_extension"}  # nobody has asked


def test_an_officer_sees_the_cases_of_her_unit_only(people):
    follow(member("A1"), member("B1", "gso:24163"))
    for name, units in (("lan", ["gso:24133"]), ("bao", ["gso:24163"]), ("truc", ["gso:24133", "gso:24163"])):
        found = access.visible(scope.of_user(people[name]))
        assert sorted(found.values_list("unit", flat=True)) == units


def test_a_case_out_of_sight_is_not_found_and_cannot_be_told_from_none(people):
    follow(member("B1", "gso:24163"))
    for number in (slip().pk, 999_999):
        with pytest.raises(Problem) as refused:
            access.find(number, scope.of_user(people["lan"]))
        assert refused.value.code == "access.outside"


def test_a_workflow_that_cannot_work_is_refused_and_says_why():
    data = workflow.write(WORKFLOW)
    for change, word in (
        ({"start": "nowhere"}, "nowhere"),
        ({"due": {"amount": 0, "measure": "working_hours"}}, "thời hạn"),
        ({"due": {"amount": 8, "measure": "moons"}}, "moons"),
        ({"chain": []}, "đôn đốc"),
        ({"states": [*data["states"], {"code": "lost", "title": {"vi": "Lạc", "en": "Lost"}}]}, "lost"),
        ({"transitions": data["transitions"][:-1]}, "clear"),
    ):
        with pytest.raises(Problem, match=word):
            kinds._check(KIND, data | change)


def test_a_workflow_reads_as_it_was_written():
    assert workflow.read(workflow.write(WORKFLOW)) == WORKFLOW


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ({"texts": WORKFLOW.written["texts"] | {"new": {"vi": "Hạn {hanchot}", "en": "Due {due}"}}}, "hanchot"),
        ({"routes": [{"field": "procedure", "begins": ["tc."], "to": "gso:99999"}]}, "gso:99999"),
    ],
)
def test_a_workflow_that_speaks_of_what_there_is_not_is_not_kept(people, change, where):
    with pytest.raises(Problem) as refused:
        versions.draft("workflow", "slip", {**WORKFLOW.written, **change}, actor=("user", "dulieu"))
    assert where in str(refused.value.explain().what)
