"""Finding the domains: in the product, in the home, and in installed packages (entry point `toancanh.domains`)."""

import importlib
import importlib.util
import sys
from collections.abc import Iterator
from importlib.machinery import ModuleSpec
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

import toancanh.domains
from toancanh.base import domain as domains
from toancanh.base.domain import Domain
from toancanh.base.home import current
from toancanh.base.words import Bilingual
from toancanh.indicators import catalogue, documents, scoreset
from toancanh.sources import mappings, registry
from toancanh.sources.registry import SourceSpec

# What a domain may hold as code; each module registers what it declares when it is imported.
MODULES = ("records", "rollups", "indicators", "reconciliations", "connectors", "rules", "cases", "board", "report")


def connect() -> None:
    """Register every domain with the floors."""
    for domain in find():
        domains.register(domain)
        for name in MODULES:
            if (domain.folder / f"{name}.py").exists():
                importlib.import_module(f"{domain.module}.{name}")
        if (domain.folder / "indicators.toml").exists():
            catalogue.register(catalogue.read(domain.folder / "indicators.toml", domain.code))
        for file in sorted((domain.folder / "scores").glob("*.toml")):
            scoreset.register(scoreset.load(file, domain.code))
        for listing in domain.folder.glob("**/documents.toml"):
            documents.read(listing)
        for source in domain.sources:
            registry.register(_source(source, domain))
        mappings.add_folder(domain.folder / "mappings")


def find() -> Iterator[Domain]:
    """All domains: the product's, the home's, installed packages'."""
    for folder in _folders(Path(toancanh.domains.__file__).parent):
        yield domains.read(folder, f"toancanh.domains.{folder.name}")
    for folder in _folders(current().domains):
        yield domains.read(folder, _package(folder, f"toancanh_home_{folder.name}"))
    for point in entry_points(group="toancanh.domains"):
        module = importlib.import_module(point.value)
        yield domains.read(Path(str(module.__file__)).parent, point.value)


def _source(entry: dict[str, Any], domain: Domain) -> SourceSpec:
    """A source as a domain declares it; the domain's owner answers for it unless it says otherwise."""
    title = Bilingual.of(entry.get("title", entry["name"]))
    return SourceSpec(
        name=entry["name"],
        title=title.vi,
        record_type=entry["record_type"],
        mapping=entry.get("mapping", ""),
        owner=entry.get("owner", domain.owner),
        expected_every=entry.get("expected_every"),
    )


def _folders(parent: Path) -> list[Path]:
    return sorted(file.parent for file in parent.glob("*/domain.toml"))


def _package(folder: Path, name: str) -> str:
    """Make a folder outside the Python path importable as a package of that name."""
    spec = ModuleSpec(name, loader=None, is_package=True)
    spec.submodule_search_locations = [str(folder)]
    sys.modules[name] = importlib.util.module_from_spec(spec)
    return name
