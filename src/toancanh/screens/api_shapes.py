"""Shapes that all of the HTTP API shares: pages of lists, problems."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from ninja import Schema

from toancanh.base.problems import Problem

LIMIT = 100
MOST = 1000


class Page(Schema):
    """Which part of a list."""

    limit: int = LIMIT
    offset: int = 0


class Problems(Schema):
    """RFC 9457 problem details."""

    type: str
    title: str
    status: int
    detail: str
    instance: str


class Items(Schema):
    """A page of a list."""

    items: list[dict[str, Any]]
    total: int


ERRORS = {401: Problems, 403: Problems, 404: Problems, 405: Problems, 422: Problems}


def check_page(page: Page) -> None:
    """Raises api.parameter where the part that is asked for cannot be."""
    if not 1 <= page.limit <= MOST:
        raise Problem("api.parameter", name="limit", reason=str(_("phải từ 1 đến {most}.")).format(most=MOST))
    if page.offset < 0:
        raise Problem("api.parameter", name="offset", reason=_("không được âm."))
