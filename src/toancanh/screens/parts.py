"""Parts: pieces of a page that are made anew by themselves, each known by a digest of what it shows."""

import hashlib
from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils.cache import patch_vary_headers
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.text import compress_string

from toancanh.access.models import User
from toancanh.alerts.notices import listing
from toancanh.base.memory import Memory

BELL = "bell"


class Part(NamedTuple):
    """A piece of a page: its name there, a digest of what it shows, and its HTML."""

    name: str
    digest: str
    html: SafeString

    def wrapped(self) -> SafeString:
        """The part as it stands on the page."""
        return format_html('<div class="part" id="{}" data-part="{}">{}</div>', self.name, self.digest, self.html)


def part(name: str, template: str, context: Mapping[str, Any]) -> Callable[[], Part]:
    """How to make a part; nothing of the request but the context may show in it."""

    def make() -> Part:
        html = render_to_string(template, dict(context))
        digest = hashlib.blake2b(html.encode(), digest_size=6).hexdigest()
        return Part(name, digest, mark_safe(html))  # noqa: S308 - a template of ours wrote it

    return make


def bell(request: HttpRequest) -> Part | None:
    """The bell in the head of every page: how many notices the visitor has not read. None for a stranger."""
    user, scope = getattr(request, "user", None), getattr(request, "access_scope", None)
    if not isinstance(user, User):
        return None
    unread = listing.unread(user, scope) if scope else 0
    return part(BELL, "screens/parts/bell.html", {"unread": unread})()


def changed(request: HttpRequest, parts: Iterable[Part]) -> HttpResponse:
    """Those parts that differ from the page's, the bell too; `known` lists its own as name:digest, with commas.

    204 where none does.

    A page that has other parts than it would have by now, as one that was opened before there was any data, is told
    to load itself anew.
    """
    told = request.GET.get("known", "")
    known = dict(each.partition(":")[::2] for each in told.split(",")) if told else {}
    head = bell(request) if not known or BELL in known else None
    made = [*([head] if head else []), *parts]
    if known and known.keys() != {each.name for each in made}:
        return HttpResponse(status=204, headers={"HX-Refresh": "true"})
    news = [each for each in made if known.get(each.name) != each.digest]
    if not news:
        return HttpResponse(status=204)
    # All who look at the same are told the same at the same moment.
    question = tuple((each.name, each.digest) for each in news)
    plain, packed = _BODIES.get(question, None, lambda: _body(news))
    zipped = "gzip" in request.headers.get("Accept-Encoding", "")
    response = HttpResponse(packed if zipped else plain)
    if zipped:
        response["Content-Encoding"] = "gzip"
    response["Cache-Control"] = "no-store"
    patch_vary_headers(response, ["Accept-Encoding"])
    return response


_BODIES = Memory(16)


def _body(news: Iterable[Part]) -> tuple[bytes, bytes]:
    """The answer that brings these parts, plain and packed."""
    partial = '<hx-partial hx-target="#{}" hx-swap="outerMorph">{}</hx-partial>'
    plain = format_html_join("", partial, ((each.name, each.wrapped()) for each in news)).encode()
    return plain, compress_string(plain, max_random_bytes=100)
