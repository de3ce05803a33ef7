"""A worker that is killed while it sends: `python dying_sender.py POINT`; without a point it lives."""

import os
import signal
import sys

from toancanh.cli import output

output.start()

from toancanh.alerts.notices import sending  # noqa: E402


def die(*_args, **_more):
    os.kill(os.getpid(), signal.SIGKILL)


POINT = sys.argv[1] if len(sys.argv) > 1 else ""
match POINT:
    case "claimed":  # claimed, nothing sent
        sending._prepare = die
    case "handed":  # marked as handed over, nothing sent
        sending._tried = die
    case "sent":  # sent, not noted
        sending._note = die
sending.run()
