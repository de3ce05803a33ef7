"""A process that writes a known delivery and a known stream of small arrivals, and is killed while it does.

Started again it goes on; when all is written it ends with 0. Each chunk is followed by a push of a few rows.
"""

import django

django.setup()

from letters import letter, table  # noqa: E402 - needs the apps

from toancanh.base.home import current  # noqa: E402
from toancanh.base.models import OutboxEntry  # noqa: E402
from toancanh.warehouse import maintenance, reading, writing  # noqa: E402

CHUNKS, ROWS, PUSHED = 60, 150, 5


def chunk(number: int) -> list[dict[str, object]]:
    """The rows of a chunk, spread over two months; the first repeats the chunk before."""
    first = number * ROWS
    return [letter(each, day=31 * (each % 2)) for each in (max(0, first - 1), *range(first, first + ROWS))]


def push(number: int) -> None:
    """Put a few rows in the outbox, unless that was done before the last kill."""
    code = f"LP{number}-0"
    if not OutboxEntry.objects.filter(payload__0__code=code).exists() and not reading.events("letter", code):
        writing.put("push", "letter", [letter(f"P{number}-{row}") for row in range(PUSHED)])


def main() -> None:
    """Write what is not yet written."""
    print("ready", flush=True)
    for number in range(CHUNKS):
        with current().lock("source-file"):
            batch = writing.seal("file", "letter", "load", number)
            if batch.state == "sealed":
                writing.write(batch, table(chunk(number)))
        push(number)
        writing.flush()
        if number % 20 == 10:
            maintenance.maintain(force=True)


if __name__ == "__main__":
    main()
