"""The feed: every line published so far under a running number, so that any cursor can be read again."""

import zlib
from array import array
from bisect import bisect_left
from collections import deque
from datetime import datetime
from typing import NamedTuple

KEPT = 2_000_000
BLOCK = 1000


class _Block(NamedTuple):
    packed: bytes
    moments: "array[int]"


class Feed:
    """Lines by running number, from `first` + 1 on; the last `kept` are kept, all but the youngest compressed.

    A cursor is the number of the last line that was read; `first` stands before them all.
    """

    def __init__(self, first: int, kept: int = KEPT) -> None:
        self.oldest = self.newest = first
        self._room = max(1, kept // BLOCK)
        self._blocks: deque[_Block] = deque()
        self._lines: list[bytes] = []
        self._moments = array("q")
        self._latest = 0

    def append(self, line: bytes, moment: datetime) -> None:
        """Give a line the next number; what comes out of order counts as of the latest moment before it."""
        self._latest = max(self._latest, _micros(moment))
        self._lines.append(line)
        self._moments.append(self._latest)
        self.newest += 1
        if len(self._lines) == BLOCK:
            self._blocks.append(_Block(zlib.compress(b"\n".join(self._lines)), self._moments))
            self._lines, self._moments = [], array("q")
        if len(self._blocks) > self._room:
            self._blocks.popleft()
            self.oldest += BLOCK

    def after(self, cursor: int, limit: int) -> tuple[list[bytes], int]:
        """Up to `limit` lines after a cursor, from the oldest kept on, and the cursor of the last of them."""
        start = max(cursor, self.oldest) - self.oldest
        stop = min(start + limit, self.newest - self.oldest)
        lines: list[bytes] = []
        for place in range(start // BLOCK, -(-stop // BLOCK)):
            offset = place * BLOCK
            lines += self._block(place)[max(start - offset, 0) : stop - offset]
        return lines, self.oldest + max(start, stop)

    def before(self, moment: datetime) -> int:
        """The cursor after which the lines published at or after a moment follow."""
        micros = _micros(moment)
        place = bisect_left(self._blocks, micros, key=lambda block: block.moments[-1])
        moments = self._blocks[place].moments if place < len(self._blocks) else self._moments
        return self.oldest + place * BLOCK + bisect_left(moments, micros)

    def _block(self, place: int) -> list[bytes]:
        return self._lines if place == len(self._blocks) else zlib.decompress(self._blocks[place].packed).split(b"\n")


def _micros(moment: datetime) -> int:
    return int(moment.timestamp() * 1_000_000)
