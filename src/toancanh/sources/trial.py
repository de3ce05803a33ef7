"""Trial: what a connected source tells now, mapped, without keeping anything."""

import threading
from dataclasses import dataclass

from toancanh.base.problems import Problem
from toancanh.sources import intake, preview, vault
from toancanh.sources.connectors import connector
from toancanh.sources.connectors.connector import Delivery, Row
from toancanh.sources.models import Source
from toancanh.sources.preview import Preview
from toancanh.sources.readers import Refusal

ROWS = 20
PATIENCE = 10.0  # seconds that a source is listened to


@dataclass(frozen=True)
class _Enough(Exception):  # noqa: N818 - no error: the trial has heard enough
    rows: list[Row]


def trial(source: Source, rows: int = ROWS) -> Preview:
    """The first rows that a source tells from the beginning, as they would go in.

    Raises source.not_connected, connector.no_trial and what the source or its mapping is refused for.
    """
    if not source.connector:
        raise Problem("source.not_connected", name=source.name)
    made = connector.made(source.connector, source.options, vault.opened(source.secrets))
    try:
        if made.pushed:
            raise Problem("connector.no_trial", name=source.name)
        if made.listens:
            return _judged(source, _heard(made, rows)[:rows])
        # A source that tells nothing new would have nothing to try: it is asked from its beginning.
        for item in made.fetch({}):
            if isinstance(item, Delivery):
                return preview.preview(item.path, source.mapping, rows, record_type=source.record_type, name=item.name)
            if item.rows or not item.more:
                return _judged(source, item.rows[:rows])
        return Preview([], [], [], [])
    finally:
        made.close()


def _judged(source: Source, rows: list[Row]) -> Preview:
    columns = list(dict.fromkeys(name for row in rows if isinstance(row, dict) for name in row))
    judged = intake.judge(source, rows)
    refused: list[Refusal] = judged.portion.refused
    return Preview(columns, judged.portion.rows.to_pylist(), refused, judged.notes)


def _heard(made: connector.Connector, most: int) -> list[Row]:
    heard: list[Row] = []
    stopping = threading.Event()

    def take(rows: list[Row]) -> None:
        heard.extend(rows)
        raise _Enough(rows)  # nothing is acknowledged: it is told again to whoever keeps it

    timer = threading.Timer(PATIENCE, stopping.set)
    timer.start()
    try:
        made.listen(take, stopping)
    except _Enough:
        pass
    finally:
        timer.cancel()
    return heard
