"""Real and sample files of dossiers go in through the sources."""

from collections import Counter
from datetime import date
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from toancanh.domains.dossiers import demo, offices, records
from toancanh.sources import actions, loading, registry
from toancanh.sources.registry import SourceSpec
from toancanh.units.models import Unit
from toancanh.warehouse import reading

RECEIPT = Path(__file__).parents[4] / "shared" / "data" / "dossiers" / "receipt.csv"
SAMPLE = Path(records.__file__).parent / "sample" / "dossiers-20.csv"


@pytest.fixture
def load(home):
    """Deliver and run a file of dossiers."""
    if not any(spec.name == "dossiers" for spec in registry.declared()):
        registry.register(SourceSpec("dossiers", "Hồ sơ", "dossier"))
    for code in ("24121", "24133", "24154"):
        Unit.objects.create(scheme="gso", code=code, name=code, kind=Unit.Kind.COMMUNE)

    def _load(path, mapping=""):
        return loading.run(actions.deliver("dossiers", path, mapping, actor=("user", "lan")))

    return _load


def rows(columns="*"):
    return reading.fetch(f"SELECT {columns} FROM {reading.records('dossier')}").to_pylist()


def test_the_first_sample_needs_no_mapping_and_goes_in_whole(load):
    assert load(SAMPLE).counts == {"read": 20, "accepted": 20, "rejected": 0, "duplicates": 0}


@pytest.mark.skipif(not RECEIPT.exists(), reason="needs the real file beside the repository")
def test_the_real_log_goes_in_whole_with_every_deadline(load):
    assert load(RECEIPT, "coselog").counts == {"read": 6528, "accepted": 6528, "rejected": 0, "duplicates": 0}
    found = rows("dossier_id, seq, state, channel, unit, due_at, finished_at, simulated")
    assert len({row["dossier_id"] for row in found}) == 1075
    assert all(row["due_at"] is not None for row in found)
    assert {row["simulated"] for row in found} == {False}
    assert Counter(row["channel"] for row in found) == {2: 5599, 1: 633, 3: 296}
    assert Counter(row["unit"].rpartition(".")[2] for row in found) == {"general": 6363, "experts": 94, "contact": 71}
    assert sum(row["finished_at"] is not None for row in found) == sum(row["state"] == 9 for row in found) == 1055
    assert sum(row["seq"] == 1 for row in found) == 1075


def test_offices_of_a_province_are_its_departments_and_communes_with_those_before(home):
    province = Unit.objects.create(scheme="gso", code="66", name="Đắk Lắk", kind=Unit.Kind.PROVINCE)
    Unit.objects.create(scheme="gso", code="24133", name="Phường", kind=Unit.Kind.COMMUNE, parent=province)
    Unit.objects.create(scheme="agency", code="dak-lak.sxd", name="Sở", kind=Unit.Kind.DEPARTMENT, parent=province)
    found = {(office.code, office.level) for office in offices.within("gso:66", date(2026, 1, 1))}
    assert found == {("gso:24133", "commune"), ("agency:dak-lak.sxd", "province")}


def test_the_simulated_days_of_the_sample_go_in_whole(units, tmp_path, monkeypatch):
    monkeypatch.setenv("TOANCANH_HOME", str(tmp_path / "home"))
    day = date(2026, 11, 20)
    for source, name, table in demo.history(day, day, 7, "gso:66"):
        file = tmp_path / f"{name}.parquet"
        pq.write_table(table, file)
        done = loading.run(actions.deliver(source, file, actor=("user", "lan"), simulated=True))
        assert done.accepted == done.read > 1000
