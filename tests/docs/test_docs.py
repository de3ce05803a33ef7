"""The documents name everything there is, and nothing that is not."""

import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote

import pytest
from cyclopts import App
from django.urls import URLPattern, get_resolver

from toancanh.alerts import rules
from toancanh.base import domain as domains
from toancanh.cli import app
from toancanh.indicators import catalogue, scoreset
from toancanh.screens.api import api
from toancanh.units.seed import days, drafts

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
READMES = (ROOT / "README.md", ROOT / "README.vi.md")
MARKDOWN = sorted([*READMES, *DOCS.rglob("*.md"), *(ROOT / "src").rglob("*.md")])
VARIABLE = re.compile(r"TOANCANH_[A-Z]+(?:_[A-Z]+)*")
DOCUMENT = re.compile(r"\d+/(?:\d{4}/)?(?:QĐ|NQ|NĐ|TT|QH|CT|UBTVQH)\d*(?:-[A-ZĐT][A-Za-zĐ]+\d*)?")


def page(name: str) -> str:
    return (DOCS / name).read_text(encoding="utf-8")


def commands(group: App = app, path: tuple[str, ...] = ()) -> Iterator[tuple[str, App]]:
    """Every command with its full name; a group is one only where it does something by itself."""
    for name in group:
        if name.startswith("-"):
            continue
        command = group[name]
        inner = [each for each in command if not each.startswith("-")]
        if inner:
            yield from commands(command, (*path, name))
            if command.default_command is not None:
                yield " ".join((*path, name)), command
        else:
            yield " ".join((*path, name)), command


COMMANDS = dict(commands())


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_a_section_with_its_options_and_an_example(name: str) -> None:
    sections = dict(re.findall(r"^## (.+?)\n(.*?)(?=^## |\Z)", page("commands.md"), re.MULTILINE | re.DOTALL))
    assert name in sections
    section = sections[name]
    options = [each for arg in COMMANDS[name].assemble_argument_collection() for each in arg.names]
    missing = [option for option in options if option.startswith("--") and f"`{option}`" not in section]
    assert not missing
    assert f"toancanh {name}" in section


def test_no_option_is_documented_that_does_not_exist() -> None:
    known = {
        each for command in COMMANDS.values() for arg in command.assemble_argument_collection() for each in arg.names
    }
    documented = set(re.findall(r"`(--[a-z-]+)`", page("commands.md")))
    assert documented - known <= {"--help", "--version"}


def test_every_variable_is_documented() -> None:
    used: set[str] = set()
    for file in [
        *(ROOT / "src").rglob("*.py"),
        *(ROOT / "bench").rglob("*.py"),
        ROOT / "Makefile",
        ROOT / ".ci" / "run",
    ]:
        used |= set(VARIABLE.findall(file.read_text(encoding="utf-8")))
    settings = page("settings.md")
    assert sorted(name for name in used if f"`{name}`" not in settings) == []
    assert sorted(set(VARIABLE.findall(settings)) - used) == []


def _pages() -> list[str]:
    routes = []
    for entry in get_resolver().url_patterns:
        if isinstance(entry, URLPattern):
            routes.append(str(entry.pattern))
        elif not str(entry.pattern).startswith("api/"):
            routes += [str(entry.pattern) + str(inner.pattern) for inner in entry.url_patterns]
    return ["/" + re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", route) for route in routes]


def test_every_page_is_documented() -> None:
    assert [route for route in _pages() if f"| `{route}` |" not in page("pages.md")] == []


def test_no_page_is_documented_that_does_not_exist() -> None:
    documented = re.findall(r"^\| `(/[^`]*)` \|", page("pages.md"), re.MULTILINE)
    assert sorted(set(documented) - set(_pages())) == []


def test_every_route_of_the_api_is_documented_with_its_parameters() -> None:
    paths = api.get_openapi_schema()["paths"]
    text = page("http.md")
    routes = {f"{method.upper()} {path}" for path, methods in paths.items() for method in methods}
    assert routes | {"GET /healthz", "GET /metrics"} == set(re.findall(r"^#+ ((?:GET|POST) \S+)$", text, re.MULTILINE))
    for path, methods in paths.items():
        names = {parameter["name"] for each in methods.values() for parameter in each.get("parameters", [])}
        assert [name for name in names if f"`{name}`" not in text and f"{{{name}}}" not in text] == [], path


def test_every_computed_indicator_is_documented() -> None:
    computed = [each.code for each in catalogue.all_indicators() if each.formula is not None]
    assert computed
    assert [code for code in computed if f"`{code}`" not in page("indicators.md")] == []


def test_every_rule_is_documented_with_its_limits_and_no_other() -> None:
    documented = dict(re.findall(r"^\| `([a-z_.]+)` \| (.*) \|$", page("alerts.md"), re.MULTILINE))
    assert sorted(documented) == [rule.code for rule in rules.all_rules()]
    for rule in rules.all_rules():
        told = documented[rule.code]
        assert told.endswith(f" {rule.severity}"), rule.code
        if not rule.code.startswith("sources."):  # whose values are told in other words
            assert {f"{each:g}" for each in (rule.limit, rule.clear) if each} <= set(re.findall(r"\d+", told)), (
                rule.code
            )
        after = f"{rule.pending.total_seconds() / 60:g} min" if rule.pending else "at once"
        assert f"| {after} |" in told, rule.code


def test_every_law_in_code_and_data_is_documented() -> None:
    named = [each.law for each in catalogue.all_indicators()]
    named += [law for domain in domains.all_domains() for law in domain.legal_basis]
    named += [drafts.PROVINCES_LAW, drafts.CODES_LAW, *drafts.COMMUNES_LAW.values()]
    for made in scoreset.shipped():
        named += [made.document, made.source.vi, *(each.rule.vi for each in made.criteria)]
    numbers = {number for law in named for number in DOCUMENT.findall(law)}
    numbers |= {law for _off, _work, law, _certain in days._SWAPS if law}
    assert numbers
    assert sorted(number for number in numbers if number not in page("law.md")) == []


def _links(file: Path) -> Iterator[str]:
    text = re.sub(r"```.*?```", "", file.read_text(encoding="utf-8"), flags=re.DOTALL)
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if not re.match(r"[a-z]+:", target):
            yield unquote(target)


def _anchors(file: Path) -> set[str]:
    heads = re.findall(r"^#+ (.+)$", file.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-") for head in heads}


@pytest.mark.parametrize("file", MARKDOWN, ids=lambda file: str(file.relative_to(ROOT)))
def test_every_link_leads_somewhere(file: Path) -> None:
    broken = []
    for target in _links(file):
        path, _hash, anchor = target.partition("#")
        goal = (file.parent / path).resolve() if path else file
        if not goal.exists() or ROOT not in goal.parents or (anchor and anchor not in _anchors(goal)):
            broken.append(target)
    assert broken == []


def test_every_make_target_is_documented() -> None:
    targets = set(re.findall(r"^([a-z-]+):.*?## ", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    assert targets == set(re.findall(r"^\| `make ([a-z-]+)` \|", page("commands.md"), re.MULTILINE))


def _called(file: Path) -> set[str]:
    """The commands a document tells to run: lines of its code blocks that call make, toancanh or curl."""
    lines = re.findall(r"^    (\S.*)$", file.read_text(encoding="utf-8"), re.MULTILINE)
    wanted = re.compile(r"(?:\.venv/bin/)?(?:make|toancanh|curl|export)\b")
    return {re.sub(r'"[^"]*"', '"…"', line.split("  #")[0].strip()) for line in lines if wanted.match(line)}


@pytest.mark.parametrize("file", READMES, ids=lambda file: file.name)
def test_the_commands_of_a_readme_exist(file: Path) -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    for line in _called(file):
        words = line.split()
        if words[0] == "make":
            assert words[1] in targets, line
        elif words[0].endswith("toancanh"):
            name = next(name for name in COMMANDS if words[1 : 1 + len(name.split())] == name.split())
            options = {each for arg in COMMANDS[name].assemble_argument_collection() for each in arg.names}
            assert {word for word in words if word.startswith("--")} <= options, line


def test_both_readmes_tell_to_run_the_same() -> None:
    english, vietnamese = (_called(file) for file in READMES)
    assert english == vietnamese
    assert {"make run", "make test"} <= english


def test_both_readmes_show_the_same_file() -> None:
    english, vietnamese = (re.findall(r"```csv\n(.*?)```", f.read_text(encoding="utf-8"), re.DOTALL) for f in READMES)
    assert english == vietnamese


def test_every_decision_is_in_the_index() -> None:
    index = page("adr/README.md")
    assert [f.name for f in (DOCS / "adr").glob("0*.md") if f"({f.name})" not in index] == []


def test_nothing_shipped_is_under_a_licence_we_may_not_ship() -> None:
    found = subprocess.run(
        [sys.executable, ROOT / "tools" / "licences.py", "check"], capture_output=True, text=True, check=False
    )
    assert found.returncode == 0, found.stderr


def test_every_needed_package_is_on_the_list_of_licences() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    listed = {
        name.lower().replace("_", "-")
        for name in re.findall(r"^\| (\S+) \|", page("third-party-licences.md"), re.MULTILINE)
    }
    needed = {re.split(r"[\[><=]", each)[0].lower().replace("_", "-") for each in project["dependencies"]}
    assert needed - listed == set()


def test_packages_that_are_only_read_from_are_never_imported() -> None:
    code = "\n".join(file.read_text(encoding="utf-8") for file in (ROOT / "src").rglob("*.py"))
    assert not re.search(r"^\s*(?:import|from) (?:vietnamadminunits|unidecode)\b", code, re.MULTILINE)
