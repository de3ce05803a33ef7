"""Relations: the cases that a case has to do with, as far as somebody may see them."""

from typing import NamedTuple

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from toancanh.access.scope import Scope
from toancanh.cases import access
from toancanh.cases.models import Case, Link

MOST = 200  # that are told of one case
PARENT, CHILD = "parent", "child"
TITLES: dict[str, str | Promise] = {
    PARENT: _("vụ việc chính"),
    CHILD: _("một phần của vụ việc này"),
    **{each.value: each.label for each in Link.Kind},
}


class Relation(NamedTuple):
    """Another case, and what it is to the one that was asked about: its parent, a child, or as a link says."""

    kind: str
    case: Case

    @property
    def title(self) -> str:
        """What it is to it, in words."""
        return str(TITLES[self.kind])


def of(case: Case, scope: Scope) -> list[Relation]:
    """The cases in a scope that one has to do with, parent, children, links of either."""
    known = access.visible(scope)
    found = [Relation(PARENT, each) for each in known.filter(pk=case.parent_id)] if case.parent_id else []
    found += [Relation(CHILD, each) for each in known.filter(parent=case).order_by("pk")[:MOST]]
    links = dict(case.links.values_list("other", "kind"))
    links = dict(case.linked_from.values_list("case", "kind")) | links
    found += [Relation(links[each.pk], each) for each in known.filter(pk__in=links).order_by("pk")[:MOST]]
    return found
