"""Narrowing: the unit and the days that a page is asked for, within what the visitor may see."""

from datetime import date

from django.http import HttpRequest
from django.utils.translation import gettext_lazy

from toancanh.access.models import User
from toancanh.base.problems import Problem, Words, register
from toancanh.base.text import sort_key
from toancanh.screens.context import province_code
from toancanh.screens.templatetags.labels import node_name
from toancanh.units import labels
from toancanh.units.tree import Node, Tree

register(
    {
        "board.unit": Words(
            gettext_lazy("Không có đơn vị `{unit}` trong phạm vi của bạn."),
            gettext_lazy("Chọn một đơn vị trong danh sách."),
            404,
        ),
        "board.period": Words(
            gettext_lazy("Khoảng ngày `{since}` đến `{until}` không hợp lệ."),
            gettext_lazy("Dùng dạng 2026-11-22; ngày đầu không sau ngày cuối."),
            422,
        ),
    }
)


def unit(request: HttpRequest) -> str:
    """The unit asked for, within the visitor's scope; his own, or the province, if he asks for none."""
    user = request.user
    own = user.unit if isinstance(user, User) and user.unit else province_code()
    asked = request.GET.get("unit") or own
    codes = request.access_scope.codes  # type: ignore[attr-defined]
    if (codes is not None and asked not in codes) or labels.ever(asked) is None:
        raise Problem("board.unit", unit=asked)
    return asked


def day(text: str | None) -> date | None:
    """A day, or None where none is told. Raises board.period."""
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise Problem("board.period", since=text, until="") from None


def choices(request: HttpRequest, day: date) -> list[tuple[str, str]]:
    """The units a page may be narrowed to: those under the visitor's own, by name."""
    user = request.user
    own = user.unit if isinstance(user, User) and user.unit else province_code()
    tree = Tree.at(day)
    others: list[Node] = []
    if request.access_scope.everything:  # type: ignore[attr-defined]
        # Besides the province: what stands under none, as a sample from elsewhere does.
        others = [
            tree[code] for root in tree.roots if not root.ref.startswith("gso:") for code in tree.within(root.ref)
        ]
    inside = sorted((tree[code] for code in tree.within(own)), key=lambda node: sort_key(node_name(node)))
    return [(node.ref, node_name(node)) for node in [*inside, *others]]
