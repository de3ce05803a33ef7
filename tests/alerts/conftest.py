"""What the tests of alerts share: which rules there are, something that a domain watches."""

from datetime import timedelta

import pytest

from toancanh.alerts import deadlines, rules
from toancanh.base.options import Option, Shape


@pytest.fixture
def only(monkeypatch):
    """Have these rules, and no others, shipped."""

    def _only(*wanted):
        monkeypatch.setattr(rules, "_RULES", {rule.code: rule for rule in wanted})
        monkeypatch.setattr(rules, "_kept", None)
        return wanted[0] if len(wanted) == 1 else wanted

    return _only


@pytest.fixture
def watch(monkeypatch):
    """A watch over loans of a library: the records that it answers with, and the moments it was asked for."""
    import pyarrow as pa

    class Library:
        rows = ()
        asked = []

        def read(self, now, options):
            self.asked.append((now, dict(options)))
            late = [row for row in self.rows if row[3] <= now + timedelta(days=options["ahead"])]
            columns = {"record": 0, "unit": 1, "since": 2, "due_at": 3}
            return pa.table({name: [row[place] for row in late] for name, place in columns.items()})

    library = Library()
    library.asked = []
    option = Option("ahead", "Trước mấy ngày", Shape.NUMBER, default=0, minimum=0)
    found = deadlines.Watch("library.late", "dossier", "Sách mượn quá hạn", library.read, (option,))
    monkeypatch.setattr(deadlines, "_WATCHES", {})
    deadlines.register(found)
    return library
