"""Parts: pieces of a page that are made anew by themselves, each known by a digest of what it shows."""

import hashlib
from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe


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


def changed(request: HttpRequest, parts: Iterable[Part]) -> HttpResponse:
    """Those parts that the page does not have yet; `known` lists the digests of those it has. 204 where it has all."""
    known = set(request.GET.get("known", "").split(","))
    news = [each for each in parts if each.digest not in known]
    if not news:
        return HttpResponse(status=204)
    partial = '<hx-partial hx-target="#{}" hx-swap="outerMorph">{}</hx-partial>'
    body = format_html_join("", partial, ((each.name, each.wrapped()) for each in news))
    response = HttpResponse(body)
    response["Cache-Control"] = "no-store"
    return response
