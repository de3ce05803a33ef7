"""The real figures of two provinces, as the product brings them."""

from pathlib import Path

import pytest

import toancanh.domains
from toancanh.base import domain as domains
from toancanh.indicators import catalogue
from toancanh.units import actions as units_actions

SAMPLE = Path(toancanh.domains.__file__).parent / "digital" / "sample"


@pytest.fixture
def found(load, ask):
    units_actions.add_agencies(SAMPLE / "agencies.csv")
    done = load("figures", SAMPLE / "figures.csv")
    return done, ask(domain="digital")


def test_all_indicators_of_digital_transformation_are_in_the_catalogue_with_a_known_pillar():
    pillars = {pillar.code for pillar in domains.get("digital").pillars}
    indicators = catalogue.all_indicators("digital")
    assert len(indicators) > 100
    assert {each.pillar for each in indicators} <= pillars


def test_every_indicator_is_defined_in_both_languages():
    texts = [(each.name, each.definition, each.measure) for each in catalogue.all_indicators()]
    assert [three for three in texts if not all(text.vi and text.en for text in three)] == []


def test_all_figures_go_in(found):
    done, figures = found
    assert done.rejected == done.duplicates == 0
    assert done.read == done.accepted == len(figures)
    assert len(figures) >= 250


@pytest.mark.parametrize("pair", [(46210, 34560), (2696, 2684)])
def test_the_known_contradictions_are_both_there_and_in_conflict(found, pair):
    _done, figures = found
    one, other = ([f for f in figures if f.value == value] for value in pair)
    assert one
    assert other
    assert all(f.conflict for f in one + other)
    assert {f.key for f in one} & {f.key for f in other}


def test_every_figure_names_its_document_and_place(found):
    _done, figures = found
    assert [f.id for f in figures if not (f.document and f.section)] == []


def test_nothing_real_is_called_simulated(found):
    _done, figures = found
    assert not any(f.simulated for f in figures)


def test_every_address_is_of_one_claim(found):
    _done, figures = found
    assert len({f.id for f in figures}) == len(figures)
