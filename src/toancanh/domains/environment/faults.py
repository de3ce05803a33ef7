"""What goes wrong with simulated stations when asked for."""

import random
from datetime import timedelta

KINDS = (
    "silent",  # the first station stops
    "stuck",  # the first station tells the same values for ever
    "spike",  # a tenth of the first station's values are twenty times too large
    "clock",  # the first station's clock is an hour ahead
    "repeat",  # every message twice
    "disorder",  # messages shuffled among their neighbours
    "nonsense",  # the first station sends what is no JSON
    "down",  # disconnected; what was measured meanwhile is sent afterwards
)
AHEAD = timedelta(hours=1)
SPIKE, SPIKES = 20.0, 0.1
PILE = 20  # messages that are shuffled together


def nonsense(chance: random.Random) -> bytes:
    """A message that nobody can read."""
    return chance.choice((chance.randbytes(60), b'{"maTram":"MP.KK01","thongSo":"PM2,5","giaTri":', b"ERROR 17", b""))
