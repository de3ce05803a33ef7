"""The catalogue has the size and the online levels that Đắk Lắk reported for 2022."""

from collections import Counter

import pytest

from toancanh.domains.dossiers.procedures import catalogue, named, terms
from toancanh.units.calendar import Span


def test_all_procedures_by_online_level():
    assert len(catalogue()) == 1_674
    assert Counter(procedure.online for procedure in catalogue()) == {"none": 612, "partial": 407, "full": 655}


def test_procedures_that_meet_dossiers_and_those_met_online():
    used = Counter(procedure.online for procedure in catalogue() if procedure.weight)
    online = Counter(procedure.online for procedure in catalogue() if procedure.used_online)
    assert used == {"none": 171, "partial": 245, "full": 459}
    assert online == {"partial": 226, "full": 410}


def test_codes_are_unique_and_weights_sum_to_one():
    assert len({procedure.code for procedure in catalogue()}) == 1_674
    assert sum(procedure.weight for procedure in catalogue()) == pytest.approx(1)


def test_named_procedures_belong_to_known_owners_and_levels():
    assert len(named()) == 60
    for procedure in named():
        assert procedure.code.startswith(f"tc.{procedure.field}.")
        assert procedure.owner in ("province", "commune")
        assert procedure.online in ("none", "partial", "full")
        assert 1 <= procedure.term_days <= 30
        assert procedure.span is Span.WORKING_DAY


def test_a_term_is_counted_in_what_its_procedure_says():
    procedure = named()[0]._replace(term_days=16, span=Span.HOUR)
    assert procedure.term == (16, Span.HOUR)
    assert procedure.working_days == 2
    assert terms()[named()[0].code] == (named()[0].term_days, Span.WORKING_DAY)
