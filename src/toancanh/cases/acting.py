"""Acting: one act on one case, as the handlers of its kind see it."""

import copy
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from toancanh.access.models import User
from toancanh.base import audit
from toancanh.cases.models import Attachment, Case
from toancanh.cases.workflow import Party, Transition, Workflow


@dataclass
class Acting:
    """Somebody does something with a case, within a transaction. `person` None is the centre itself.

    A handler may change fields of the case, which are saved after it, and add to `detail`, which the sentence tells.
    """

    case: Case
    workflow: Workflow
    transition: Transition
    person: User | None
    parties: frozenset[Party]
    fields: dict[str, Any]
    attachments: Sequence[Attachment]
    now: datetime
    detail: dict[str, Any] = field(default_factory=dict)
    units: set[str] = field(default_factory=set)  # other units whose lists change by it

    def __post_init__(self) -> None:
        """Remember what the case was."""
        self._was = self._fields() | {"facts": copy.deepcopy(self.case.facts)}

    @property
    def changed(self) -> list[str]:
        """The fields of the case that are not what they were: what is left alone is not written again."""
        return [name for name, value in self._fields().items() if value != self._was[name]]

    def _fields(self) -> dict[str, Any]:
        return {field.attname: getattr(self.case, field.attname) for field in Case._meta.concrete_fields}

    @property
    def actor(self) -> audit.Ref:
        """Who acts, as the audit log names him."""
        return ("user", self.person.username) if self.person else audit.SYSTEM
