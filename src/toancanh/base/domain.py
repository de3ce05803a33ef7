"""Domains as the floors know them: what a field of government is called and whose it is. Floors never name one."""

import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from toancanh.base.words import Bilingual


@dataclass(frozen=True)
class Pillar:
    """A part of a domain under which its indicators are grouped."""

    code: str
    name: Bilingual


@dataclass(frozen=True)
class Domain:
    """One field of government, as its `domain.toml` declares it."""

    code: str
    name: Bilingual
    folder: Path
    module: str
    owner: str = ""
    icon: str = "chart-bar"
    order: int = 100
    legal_basis: tuple[str, ...] = ()
    pillars: tuple[Pillar, ...] = ()
    sources: tuple[dict[str, Any], ...] = field(default=(), hash=False)


_DOMAINS: dict[str, Domain] = {}


def read(folder: Path, module: str) -> Domain:
    """The domain declared in a folder. Raises ValueError naming the file and the key."""
    file = folder / "domain.toml"
    try:
        data = tomllib.loads(file.read_text(encoding="utf-8"))
        return Domain(
            code=data["code"],
            name=Bilingual.of(data["name"]),
            folder=folder,
            module=module,
            owner=data.get("owner", ""),
            icon=data.get("icon", "chart-bar"),
            order=data.get("order", 100),
            legal_basis=tuple(str(each) for each in data.get("legal_basis", [])),
            pillars=tuple(Pillar(each["code"], Bilingual.of(each["name"])) for each in data.get("pillar", [])),
            sources=tuple(data.get("source", [])),
        )
    except (KeyError, tomllib.TOMLDecodeError) as error:
        raise ValueError(f"{file}: {error}") from error


def register(domain: Domain) -> None:
    """Make a domain known; a code is registered once."""
    if _DOMAINS.setdefault(domain.code, domain) is not domain:
        raise ValueError(f"domain `{domain.code}` is declared twice: {domain.folder}, {_DOMAINS[domain.code].folder}")


def get(code: str) -> Domain:
    """The domain of that code. Raises KeyError."""
    return _DOMAINS[code]


def all_domains() -> list[Domain]:
    """Every domain, in the order they are shown."""
    return sorted(_DOMAINS.values(), key=lambda domain: (domain.order, domain.code))
