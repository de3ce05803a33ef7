"""The revision a request sees: units and calendar do not change under a page while it is made."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from toancanh.units import revision


class RevisionMiddleware:
    """Asks for the revision of units once for each request."""

    def __init__(self, respond: Callable[[HttpRequest], HttpResponse]) -> None:
        self.respond = respond

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer within one revision."""
        with revision.held():
            return self.respond(request)
