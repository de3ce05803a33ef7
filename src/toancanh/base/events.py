"""Events: how news travels up without an import. Names are dotted; objects are known as (kind, id) only."""

from collections import defaultdict
from collections.abc import Callable
from typing import Any

from django.db import transaction

Listener = Callable[..., None]
_LISTENERS: dict[str, list[Listener]] = defaultdict(list)


def listen(name: str, listener: Listener) -> None:
    """Call `listener(**facts)` after every committed event of that name."""
    if listener not in _LISTENERS[name]:
        _LISTENERS[name].append(listener)


def emit(name: str, **facts: Any) -> None:
    """Tell the listeners once the current transaction is committed; never if it is rolled back."""

    def tell() -> None:
        for listener in _LISTENERS[name]:
            listener(**facts)

    transaction.on_commit(tell)
