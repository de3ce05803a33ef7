"""What every test of the sources needs: a home of its own, the record type of the tests, a few units."""

from pathlib import Path

import pytest
import samples

from toancanh.sources import actions, loading, mappings


@pytest.fixture
def units(home):
    samples.make_units()


@pytest.fixture
def load(home, units, tmp_path):
    """Deliver and run a file of the source `parcels`; `content` is text or bytes, or a path."""

    def _load(content, mapping=None, name="tep.csv"):
        path = content
        if not isinstance(content, Path):
            path = tmp_path / name
            path.write_bytes(content if isinstance(content, bytes) else content.encode())
        if mapping is not None:
            file = tmp_path / "mapping.toml"
            file.write_text(mapping)
            mapping = mappings.at(str(file))
        return loading.run(actions.deliver("parcels", path, mapping, actor=samples.ACTOR))

    return _load
