"""The English of every text: complete, with the same placeholders, and readable by the product."""

import gettext
import importlib.util
import re
import shutil
from pathlib import Path
from types import ModuleType

import pytest

TOOL = Path(__file__).parents[2] / "tools" / "messages.py"
PLACEHOLDER = re.compile(r"%\(\w+\)\w|%[sd%]|\{\{|\}\}|\{\w*\}|</?\w[^>]*>")


@pytest.fixture(scope="module")
def tool() -> ModuleType:
    spec = importlib.util.spec_from_file_location("messages", TOOL)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def both(text: str | tuple[str, ...]) -> tuple[str, ...]:
    return text if isinstance(text, tuple) else (text,)


def placeholders(text: str) -> list[str]:
    return sorted(PLACEHOLDER.findall(text))


def template(tool: ModuleType, monkeypatch: pytest.MonkeyPatch, folder: Path, text: str) -> set[str]:
    (folder / "page.html").write_text(text, encoding="utf-8")
    monkeypatch.setattr(tool, "SOURCE", folder)
    return {each for message in tool.collected() if message.id for each in both(message.id)}


def test_every_text_has_english(tool: ModuleType) -> None:
    assert tool.missing() == []


def test_the_english_keeps_the_placeholders(tool: ModuleType) -> None:
    pairs = [
        (original, english)
        for message in tool.current()
        if message.id
        for original, english in zip(both(message.id), both(message.string), strict=True)
    ]
    assert [pair for pair in pairs if placeholders(pair[0]) != placeholders(pair[1])] == []


def test_the_english_keeps_the_space_at_the_ends(tool: ModuleType) -> None:
    pairs = [(both(each.id)[-1], both(each.string)[-1]) for each in tool.current() if each.id]
    assert [pair for pair in pairs if pair[0][-1:].isspace() != pair[1][-1:].isspace()] == []


def test_the_compiled_catalogue_can_be_read(tool: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    copy = tmp_path / "django.po"
    shutil.copy(tool.CATALOGUE, copy)
    monkeypatch.setattr(tool, "CATALOGUE", copy)
    assert tool.main("compile") == 0
    with copy.with_suffix(".mo").open("rb") as handle:
        english = gettext.GNUTranslations(handle)
    assert english.gettext("Đóng") == "Close"
    days = "%(count)d ngày trước"
    assert [english.ngettext(days, days, count) for count in (1, 2)] == ["%(count)d day ago", "%(count)d days ago"]


def test_texts_inside_template_tags_are_collected(
    tool: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    found = template(
        tool,
        monkeypatch,
        tmp_path,
        """{% translate "một" %} {{ word|default:_("hai") }} {% include "x.html" with title=_("ba") only %}
        {% blocktranslate count count=n %}{{ count }} việc{% plural %}{{ count }} các việc{% endblocktranslate %}""",
    )
    assert found == {"một", "hai", "ba", "%(count)s việc", "%(count)s các việc"}


def test_uneven_indentation_of_a_template_does_no_harm(
    tool: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    text = '<div>\n    <p>\n  {% translate "một" %}\n   <b>{% translate "hai" %}</b>\n</div>'
    assert template(tool, monkeypatch, tmp_path, text) == {"một", "hai"}


def test_a_text_that_becomes_plural_wants_new_english(
    tool: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(tool, "CATALOGUE", tmp_path / "django.po")
    template(tool, monkeypatch, tmp_path, '{% translate "việc" %}')
    tool.CATALOGUE.write_text('msgid "việc"\nmsgstr "task"\n', encoding="utf-8")
    assert tool.missing() == []
    plural = "{% blocktranslate count count=n %}việc{% plural %}việc{% endblocktranslate %}"
    template(tool, monkeypatch, tmp_path, plural)
    assert tool.missing() == ["việc"]
    tool.update()
    assert tool.missing() == ["việc"]


def test_an_update_without_new_texts_changes_nothing(
    tool: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(tool, "CATALOGUE", tmp_path / "django.po")
    tool.update()
    first = tool.CATALOGUE.read_bytes()
    tool.update()
    assert tool.CATALOGUE.read_bytes() == first
