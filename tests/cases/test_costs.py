"""Costs: an act on a case asks a fixed number of questions, whatever it is about and whoever is told."""

import pytest
from demands import HERE, NOW
from django.db import connection
from django.test.utils import CaptureQueriesContext

from toancanh.access.models import User
from toancanh.access.roles import Role
from toancanh.cases import actions
from toancanh.cases.actions import Standing
from toancanh.cases.models import Case

REVISION = "units_revision"
MOST = {"create": 20, "open": 10, "answer": 20, "accept": 20}


def cycle(people, name, items=3):
    """The statements of each act from a slip's beginning to its end."""
    asked = {}

    def ask(what, work):
        with CaptureQueriesContext(connection) as found:
            made = work()
        asked[what] = [query["sql"] for query in found.captured_queries]
        return made

    standing = [Standing("dossier", f"{name}-{place}", NOW) for place in range(items)]
    told = {"unit": HERE, "title": "Hồ sơ quá hạn", "person": None, "reason": "dossiers.overdue", "now": NOW}
    case = ask("create", lambda: actions.create("slip", key=name, items=standing, **told))
    answer = {"answer": "done"}
    for action, who, fields in (("open", "lan", {}), ("answer", "lan", answer), ("accept", "truc", {})):
        ask(action, lambda a=action, w=who, f=fields: actions.act(case.pk, a, person=people[w], fields=f, now=NOW))
    return asked


@pytest.mark.parametrize("act", MOST)
def test_an_act_asks_at_most_so_many_questions(people, act):
    cycle(people, "first")
    assert len(cycle(people, "second")[act]) <= MOST[act]


def test_an_act_asks_for_the_revision_of_the_units_once(people):
    cycle(people, "first")
    asked = cycle(people, "second")
    assert max(sum(REVISION in sql for sql in statements) for statements in asked.values()) == 1


def test_more_people_and_items_ask_no_more_questions(people):
    cycle(people, "first")
    before = {act: len(statements) for act, statements in cycle(people, "second").items()}
    for number in range(8):
        User.objects.create(username=f"truc{number}", name="Trực", role=Role.OPERATOR)
        User.objects.create(username=f"can-bo{number}", name="Cán bộ", role=Role.OFFICER, unit=HERE)
    after = {act: len(statements) for act, statements in cycle(people, "third", items=30).items()}
    assert after == before


def test_an_act_writes_what_it_changed_and_leaves_the_rest_alone(people):
    case = actions.create("slip", unit=HERE, title="Hồ sơ quá hạn", person=None, now=NOW)
    with CaptureQueriesContext(connection) as found:
        actions.act(case.pk, "open", person=people["lan"], now=NOW)
    (written,) = [each["sql"] for each in found.captured_queries if each["sql"].startswith('UPDATE "cases_case"')]
    assert '"state"' in written
    assert '"words"' not in written
    assert '"title"' not in written
    assert Case.objects.get(pk=case.pk).opened_at == NOW
