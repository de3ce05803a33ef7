"""Telling: what people hear of cases, one thread for each. Whether and how they are reached is the notices' affair."""

from collections.abc import Iterable

from toancanh.access.models import User
from toancanh.alerts import notices
from toancanh.base.words import Bilingual
from toancanh.cases import access
from toancanh.cases.models import Case


def tell(people: Iterable[User], case: Case, text: Bilingual, *, but: User | None = None) -> None:
    """Tell people something of a case, each once per change of it, within the caller's transaction."""
    notices.tell_all(
        [person for person in people if but is None or person.pk != but.pk],
        key=f"case:{case.pk}:{case.revision}",
        thread=f"case:{case.pk}",
        subject=Bilingual(case.title, case.title),
        text=text,
        link=f"/cases/{case.pk}",
        severity=case.severity,
        about=("case", str(case.pk)),
        unit=case.unit,
        may=lambda person: access.may_read(person, case),
    )
