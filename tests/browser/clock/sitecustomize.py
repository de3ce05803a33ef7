"""What Python does when it starts under a clock that is set: libfaketime 0.9.10 breaks the call that it sleeps by."""

import select
import time


def sleep(seconds):
    select.select([], [], [], seconds)


time.sleep = sleep
