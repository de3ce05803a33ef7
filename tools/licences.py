"""Licences of what the product stands on: `python tools/licences.py` writes docs/third-party-licences.md.

`python tools/licences.py check` only fails where a package that is needed is under a licence we may not ship.
"""

import json
import re
import sys
from collections.abc import Iterable
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "third-party-licences.md"
# What the browser is sent; the rest of package.json builds it.
SHIPPED = ("htmx.org", "echarts", "maplibre-gl", "@tabler/core", "@tabler/icons", "inter-ui")
# What lies in the package for formal documents: letters, and nothing else of it.
LETTERS = ("@expo-google-fonts/tinos",)
OPTIONAL = "psycopg"
FORBIDDEN = re.compile(r"(?<!L)GPL|AGPL|SSPL|non-?commercial", re.IGNORECASE)
# What the metadata of a package leaves open, read from its licence file.
READ = {
    "dataframely": "BSD-3-Clause",
    "python-dateutil": "Apache-2.0 OR BSD-3-Clause",
    "Unidecode": "GPL-2.0-or-later",
}
# Installed by a package we need, never imported by the product and never part of it.
UNUSED = {"Unidecode": "vietnamadminunits names it; the product reads that package's data files and imports neither"}
HEAD = """# Third-party licences

Written by `python tools/licences.py` from the packages as they are installed; do not edit.

The product's own package contains none of the Python packages; pip installs each beside it, from its own publisher.
Three are not permissive:

- **Unidecode** (GPL-2.0-or-later) is installed because `vietnamadminunits` (MIT) names it. The product reads only the
  data files of that package and imports neither; a test holds that. Whoever passes on an installed environment (an
  image, a disk) passes on Unidecode too, and may leave it out.
- **paramiko** (LGPL-2.1) speaks SFTP. It is loaded only where a source is reached by SFTP, and stays a package of its
  own that can be replaced.
- **psycopg** (LGPL-3.0-only) is optional, the driver of PostgreSQL. It stays a package of its own that can be replaced.

All others are under MIT, BSD, Apache-2.0, ISC, MPL-2.0, PSF-2.0, OFL or a licence like these.
"""


def _licence(name: str) -> tuple[str, str, str]:
    """Name, version and licence of an installed package, from its metadata."""
    found = distribution(name)
    data = found.metadata
    classifiers = [
        line.split("::")[-1].strip() for line in data.get_all("Classifier") or [] if line.startswith("License ::")
    ]
    stated = data.get("License-Expression") or ""
    text = (data.get("License") or "").strip()
    if not stated and text and "\n" not in text and len(text) < 60:
        stated = text
    stated = READ.get(data["Name"], stated)
    return data["Name"], found.version, stated or ", ".join(classifiers) or text.split("\n")[0] or "?"


def python_packages(wanted: Iterable[str]) -> list[tuple[str, str, str]]:
    """The packages of these requirements with everything they need here, by name."""
    seen: dict[str, tuple[str, str, str]] = {}
    waiting = [(Requirement(each), "") for each in wanted]
    while waiting:
        requirement, extra = waiting.pop()
        name = canonicalize_name(requirement.name)
        if requirement.marker and not requirement.marker.evaluate({"extra": extra}):
            continue
        try:
            needs = distribution(name).requires or []
        except PackageNotFoundError:
            continue
        new = name not in seen
        seen.setdefault(name, _licence(name))
        for option in (*([""] if new else []), *requirement.extras):
            waiting += [(Requirement(each), option) for each in needs]
    return [seen[name] for name in sorted(seen)]


def npm_packages(wanted: Iterable[str] = SHIPPED) -> list[tuple[str, str, str]]:
    """The npm packages that are shipped, with what they bring along, from the lock file."""
    lock = json.loads((ROOT / "frontend" / "package-lock.json").read_text(encoding="utf-8"))["packages"]
    seen: dict[str, tuple[str, str, str]] = {}
    waiting = list(wanted)
    while waiting:
        name = waiting.pop()
        entry = lock.get(f"node_modules/{name}")
        if name in seen or entry is None:
            continue
        seen[name] = (name, entry["version"], entry.get("license") or "?")
        waiting += [*entry.get("dependencies", {}), *entry.get("peerDependencies", {})]
    return [seen[name] for name in sorted(seen)]


def _table(rows: Iterable[tuple[str, str, str]]) -> str:
    return "\n".join(["| package | version | licence |", "|---|---|---|", *(f"| {' | '.join(row)} |" for row in rows)])


def forbidden() -> list[str]:
    """Shipped packages whose licence leaves no choice but the GPL, or is unknown."""
    rows = [*python_packages(_requirements()), *npm_packages(), *npm_packages(LETTERS)]
    return [f"{name}: {licence}" for name, _version, licence in rows if name not in UNUSED and _forbidden(licence)]


def _forbidden(licence: str) -> bool:
    """Whether every choice a licence leaves is one we may not ship."""
    return licence == "?" or all(FORBIDDEN.search(choice) for choice in re.split(r"\bOR\b|/|, ", licence))


def _requirements() -> list[str]:
    import tomllib

    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return [str(each) for each in project["dependencies"]]


def page() -> str:
    """The whole page."""
    optional = [row for row in python_packages(["psycopg[binary]"]) if row[0].startswith(OPTIONAL)]
    return (
        "\n\n".join(
            [
                HEAD.strip(),
                "## Python, needed",
                _table(python_packages(_requirements())),
                "## Python, optional: the extra `postgres`",
                _table(optional),
                "## Sent to the browser",
                "What is bundled by the front end's build, and what these packages bring along.",
                _table(npm_packages()),
                "## In the package: the letters of formal documents",
                "Four styles of Tinos (OFL-1.1) with their licence. The code of the package (MIT) is not used.",
                _table(npm_packages(LETTERS)),
            ]
        )
        + "\n"
    )


def main() -> int:
    """Write the page, or check."""
    bad = forbidden()
    for line in bad:
        sys.stderr.write(f"may not be shipped: {line}\n")
    if "check" in sys.argv[1:]:
        return 1 if bad else 0
    PAGE.write_text(page(), encoding="utf-8")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
