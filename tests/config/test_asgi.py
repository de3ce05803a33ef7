"""A request is answered in one thread, which then answers the next; two at once have one each."""

import asyncio
import threading

import pytest
from asgiref.testing import ApplicationCommunicator
from django.http import HttpResponse
from django.test import override_settings
from django.urls import path

from toancanh.config.asgi import Handler

met, begun, go = threading.Barrier(2), threading.Event(), threading.Event()


def alone(_request):
    return HttpResponse(threading.get_ident())


def together(_request):
    met.wait(10)  # fails where both are answered one after the other
    return HttpResponse(threading.get_ident())


def slow(_request):
    begun.set()
    go.wait(20)
    return HttpResponse()


urlpatterns = [path("alone", alone), path("together", together), path("slow", slow)]


async def ask(application, address):
    scope = {"type": "http", "method": "GET", "path": address, "headers": [], "query_string": b""}
    told = ApplicationCommunicator(application, scope)
    await told.send_input({"type": "http.request"})
    assert (await told.receive_output(20))["status"] == 200
    body = (await told.receive_output(20))["body"].decode()
    await told.wait(20)
    return body


@pytest.fixture
def application():
    with override_settings(ROOT_URLCONF=__name__, MIDDLEWARE=[]):
        yield Handler()


def test_one_thread_answers_one_request_after_the_other(application):
    async def several():
        found = set()
        for _turn in range(3):
            found.add(await ask(application, "/alone"))
            while not application._idle:
                await asyncio.sleep(0.01)
        return found

    assert len(asyncio.run(several())) == 1


def test_requests_at_the_same_time_have_a_thread_each(application):
    async def both():
        return set(await asyncio.gather(ask(application, "/together"), ask(application, "/together")))

    assert len(asyncio.run(both())) == 2


def test_a_thread_whose_visitor_has_gone_takes_no_request_before_its_work_is_done(application):
    async def gone():
        busy = asyncio.create_task(ask(application, "/slow"))
        await asyncio.to_thread(begun.wait, 10)
        busy.cancel()
        first = await asyncio.wait_for(ask(application, "/alone"), 10)
        go.set()
        return first

    assert asyncio.run(gone())


def test_only_http_is_spoken(application):
    with pytest.raises(ValueError, match="websocket"):
        asyncio.run(application({"type": "websocket"}, None, None))
