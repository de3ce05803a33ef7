"""Registry: the sources that domains declare; the row of one is made when it is first needed."""

from dataclasses import dataclass
from difflib import get_close_matches

from django.utils.functional import Promise

from toancanh.base.problems import Problem
from toancanh.sources.models import Source
from toancanh.warehouse import types
from toancanh.warehouse.types import RecordType


@dataclass(frozen=True)
class SourceSpec:
    """A source as its domain declares it; `expected_every` is its promise to speak, in minutes."""

    name: str
    title: str | Promise
    record_type: str
    mapping: str = ""
    owner: str = ""
    expected_every: int | None = None


_SPECS: dict[str, SourceSpec] = {}


def register(spec: SourceSpec) -> SourceSpec:
    """Make a source known under its name."""
    if _SPECS.setdefault(spec.name, spec) != spec:
        raise ValueError(f"source `{spec.name}` is registered twice")
    return spec


def declared() -> list[SourceSpec]:
    """The sources that domains declare, by name."""
    return [_SPECS[name] for name in sorted(_SPECS)]


def declares(name: str) -> SourceSpec | None:
    """What a domain declares of that name, if any."""
    return _SPECS.get(name)


def get(name: str) -> Source:
    """The source of that name. Raises source.unknown."""
    spec = _SPECS.get(name)
    if spec is None:
        source = Source.objects.filter(name=name).first()
        if source is None:
            raise Problem("source.unknown", name=name, known=_suggest(name))
        return source
    source, _made = Source.objects.get_or_create(
        name=name,
        defaults={
            "title": str(spec.title),
            "record_type": spec.record_type,
            "mapping": spec.mapping,
            "owner": spec.owner,
            "expected_every": spec.expected_every,
        },
    )
    return source


def record_type(source: Source) -> RecordType:
    """The type of a source's records. Raises source.record_type_unknown."""
    try:
        return types.get(source.record_type)
    except KeyError:
        known = ", ".join(each.name for each in types.all_types())
        raise Problem(
            "source.record_type_unknown", source=source.name, record_type=source.record_type, known=known
        ) from None


def _suggest(name: str) -> str:
    known = sorted({*_SPECS, *Source.objects.values_list("name", flat=True)})
    return ", ".join(get_close_matches(name, known, 3, 0.5) or known) or "–"
