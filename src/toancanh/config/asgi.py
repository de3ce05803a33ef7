"""The ASGI application."""

import os
from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import Executor, Future
from queue import SimpleQueue
from threading import Thread
from typing import Any, override

import django
from asgiref.sync import ThreadSensitiveContext, sync_to_async
from django.core.handlers.asgi import ASGIHandler
from django.core.signals import request_started
from django.db import close_old_connections, reset_queries

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "toancanh.config.settings")

_IDLE = 32  # threads that wait for the next requests; a stream keeps its own


class OneThread(Executor):
    """A thread that does what it is given, one after the other.

    A pool of the library has locks that its thread holds while it waits for the interpreter; the loop would wait for
    them, and all whom it serves.
    """

    def __init__(self) -> None:
        """Begin to wait for work."""
        self._given: SimpleQueue[Callable[[], None] | None] = SimpleQueue()
        Thread(target=self._work, name="request", daemon=True).start()

    @override
    def submit[**P, T](self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Have it do something; what comes of it."""
        future: Future[T] = Future()

        def do() -> None:
            if not future.set_running_or_notify_cancel():
                return
            try:
                found = fn(*args, **kwargs)
            except BaseException as error:
                future.set_exception(error)
            else:
                future.set_result(found)

        self._given.put(do)
        return future

    @override
    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """End once all is done that was given."""
        self._given.put(None)

    def _work(self) -> None:
        while (do := self._given.get()) is not None:
            do()
            del do  # not to be kept while the next is waited for


class Handler(ASGIHandler):
    """Answers a request from beginning to end in one thread, which then answers the next.

    Django's own handler starts a thread for each request, opens the database in it, and changes between it and the loop
    wherever middleware meets a view; that takes longer than most answers.
    """

    def __init__(self) -> None:
        """No thread yet."""
        super().__init__()
        self._idle: deque[OneThread] = deque()
        # Else Django changes to the thread and back for each request, only for these.
        request_started.disconnect(reset_queries)
        request_started.disconnect(close_old_connections)

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
        thread = self._idle.pop() if self._idle else OneThread()
        try:
            async with ThreadSensitiveContext(executor=thread):
                await self.handle(scope, receive, send)
        finally:
            # By itself: one whose visitor has gone may still be at work.
            thread.submit(self._rest, thread)

    def _rest(self, thread: OneThread) -> None:
        """Let a thread wait for the next request, or end it where enough do."""
        if len(self._idle) < _IDLE:
            self._idle.append(thread)
        else:
            thread.shutdown()

    async def get_response_async(self, request: Any) -> Any:
        """The response to a request."""
        return await sync_to_async(self._answered, thread_sensitive=True)(request)

    def _answered(self, request: Any) -> Any:
        close_old_connections()
        return self.get_response(request)


django.setup(set_prefix=False)
application = Handler()
