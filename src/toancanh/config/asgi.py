"""The ASGI application."""

import os
from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import django
from asgiref.sync import ThreadSensitiveContext, sync_to_async
from django.core.handlers.asgi import ASGIHandler

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "toancanh.config.settings")

_IDLE = 16  # threads that wait for the next requests; a stream keeps its own


class Handler(ASGIHandler):
    """Answers a request from beginning to end in one thread, which then answers the next.

    Django's own handler starts a thread for each request, opens the database in it, and changes between it and the loop
    wherever middleware meets a view; that takes longer than most answers.
    """

    def __init__(self) -> None:
        """No thread yet."""
        super().__init__()
        self._idle: deque[ThreadPoolExecutor] = deque()

    def load_middleware(self, is_async: bool = False) -> None:
        """Load it as WSGI would: all of it is synchronous, and so are the views."""
        super().load_middleware(is_async=False)

    async def __call__(
        self,
        scope: dict[str, Any],
        receive: Callable[[], Awaitable[Mapping[str, Any]]],
        send: Callable[[Mapping[str, Any]], Awaitable[None]],
    ) -> None:
        """Answer a request in a thread that is free."""
        if scope["type"] != "http":
            raise ValueError(scope["type"])
        thread = self._idle.pop() if self._idle else ThreadPoolExecutor(1, "request")
        try:
            async with ThreadSensitiveContext(executor=thread):
                await self.handle(scope, receive, send)
        finally:
            # By itself: one whose visitor has gone may still be at work.
            thread.submit(self._rest, thread)

    def _rest(self, thread: ThreadPoolExecutor) -> None:
        """Let a thread wait for the next request, or end it where enough do."""
        if len(self._idle) < _IDLE:
            self._idle.append(thread)
        else:
            thread.shutdown(wait=False)

    async def get_response_async(self, request: Any) -> Any:
        """The response to a request."""
        return await sync_to_async(self.get_response, thread_sensitive=True)(request)


django.setup(set_prefix=False)
application = Handler()
