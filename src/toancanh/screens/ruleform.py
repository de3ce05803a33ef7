"""The form of a rule: its fields made of what its kind offers, read back as the definition of a rule."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from toancanh.alerts import definition, kinds, rules
from toancanh.alerts.rules import Group as Grouping
from toancanh.alerts.rules import Missing
from toancanh.base.options import Option, Shape, Text
from toancanh.base.problems import Explanation, Problem
from toancanh.screens.entries import Entry, Group

_TEXTS: tuple[tuple[str, Text, bool], ...] = (
    ("title", gettext_lazy("Tên luật"), True),
    ("sentence", gettext_lazy("Câu cảnh báo"), True),
    ("advice", gettext_lazy("Việc cần làm"), False),
)
_LANGUAGES: tuple[tuple[str, Text], ...] = (
    ("vi", gettext_lazy("tiếng Việt")),
    ("en", gettext_lazy("tiếng Anh")),
)
_MISSING: dict[str, Text] = {
    Missing.KEEP: gettext_lazy("giữ nguyên, nói rõ là chưa biết"),
    Missing.FIRE: gettext_lazy("coi là xấu"),
    Missing.CLEAR: gettext_lazy("coi là đã hết"),
}
GROUPS: dict[str, Text] = {
    Grouping.UNIT: gettext_lazy("theo đơn vị"),
    Grouping.TERRITORY: gettext_lazy("theo đơn vị cấp trên"),
    Grouping.SOURCE: gettext_lazy("theo nguồn dữ liệu"),
    Grouping.RULE: gettext_lazy("theo luật"),
}
_UNITS: dict[str, Text] = {"hour": gettext_lazy("giờ làm việc"), "day": gettext_lazy("ngày làm việc")}


@dataclass
class RuleForm:
    """A rule that is to be made or changed; `before` is the definition it begins with, `told` what was typed."""

    code: str
    kind: str
    before: Mapping[str, Any]
    told: Mapping[str, str] | None = None
    fixed: bool = True
    problem: Problem | None = None

    def read(self) -> dict[str, Any]:
        """The definition that was typed in; not judged yet."""
        slip = None
        if self._value("slip.on"):
            slip = {each.name: self._typed(f"slip.{each.name}", each) for each in definition.SLIP}
            slip["text"] = self._text("slip.text")
        return {
            "kind": self.kind,
            **{name: self._text(name) for name, _title, _needed in _TEXTS},
            "options": {each.name: self._typed(f"options.{each.name}", each) for each in self._options},
            **{each.name: self._typed(each.name, each) for each in definition.COMMON},
            "steps": [{"limit": limit, "severity": severity} for limit, severity in self._steps()],
            **{name: self._value(name) for name in ("missing", "absent", "group")},
            "inhibits": [each for each in self._value("inhibits").split(",") if each],
            "flapping": {each.name: self._typed(f"flapping.{each.name}", each) for each in definition.FLAPPING},
            "slip": slip,
        }

    @property
    def title(self) -> str:
        """The kind of rule in words."""
        return str(kinds.get(self.kind).title)

    @property
    def elsewhere(self) -> list[Explanation]:
        """What is wrong and is said at no field."""
        said = {entry.problem for group in self.groups for entry in group.entries if entry.problem}
        return [each.explain() for each in self._problems if str(each.params.get("reason", "")) not in said]

    @cached_property
    def groups(self) -> list[Group]:
        """The fields, each with what is wrong with it; once the problem is known."""
        wrong = {str(each.params.get("option")): str(each.params.get("reason", "")) for each in self._problems}
        return [
            Group(_("Luật"), [self._code(wrong), *self._texts(wrong)]),
            Group(_("Đọc gì"), [self._entry(f"options.{each.name}", each, wrong) for each in self._options]),
            Group(_("Ngưỡng"), [self._entry(each.name, each, wrong) for each in definition.COMMON]),
            Group(_("Cách xử lý"), list(self._handling(wrong))),
            Group(_("Chập chờn"), [self._entry(f"flapping.{each.name}", each, wrong) for each in definition.FLAPPING]),
            Group(_("Phiếu cảnh báo"), list(self._slip(wrong))),
        ]

    @property
    def _problems(self) -> tuple[Problem, ...]:
        return self.problem.all if self.problem else ()

    @cached_property
    def _options(self) -> tuple[Option, ...]:
        kind = kinds.get(self.kind)
        told = {each.name: self._typed(f"options.{each.name}", each) for each in kind.options}
        return kind.options_of(told)

    def _code(self, wrong: Mapping[str, str]) -> Entry:
        words = _("Lĩnh vực, dấu chấm, tên; chữ thường không dấu, ví dụ dossiers.many_late. Không đổi được về sau.")
        value = self.code if self.fixed else self._value("code") or self.code
        return Entry(
            "code", _("Mã luật"), Shape.TEXT, value, True, words, fixed=self.fixed, problem=wrong.get("code", "")
        )

    def _texts(self, wrong: Mapping[str, str]) -> Iterator[Entry]:
        for name, title, needed in _TEXTS:
            for language, spoken in _LANGUAGES:
                place = f"{name}.{language}"
                words = _("Dùng {value}, {limit}, {name} và các giá trị của luật.") if name == "sentence" else ""
                yield Entry(
                    place,
                    f"{title} ({spoken})",
                    Shape.TEXT,
                    self._value(place),
                    needed and language == "vi",
                    words if language == "vi" else "",
                    problem=wrong.get(name, "") if language == "vi" else "",
                )

    def _handling(self, wrong: Mapping[str, str]) -> Iterator[Entry]:
        for name, title, choices in (
            ("missing", _("Khi thiếu số liệu"), _MISSING),
            ("absent", _("Khi đối tượng không còn được đọc"), _MISSING),
            ("group", _("Gộp để cùng xử lý"), GROUPS),
        ):
            yield Entry(name, title, Shape.CHOICE, self._value(name), choices=tuple(choices.items()))
        known = [(code, f"{rule.title} ({code})") for code, rule in sorted(rules.known().items()) if code != self.code]
        yield Entry(
            "inhibits",
            _("Giữ lại cảnh báo hẹp hơn của các luật"),
            Shape.MANY,
            self._value("inhibits"),
            choices=tuple(known),
            problem=wrong.get("inhibits", ""),
        )
        yield Entry(
            "steps",
            _("Ngưỡng nặng hơn"),
            Shape.LINES,
            self._value("steps"),
            help=_("Mỗi dòng: ngưỡng, dấu cách, mức. Ví dụ: 200 5"),
            problem=wrong.get("steps", ""),
        )

    def _slip(self, wrong: Mapping[str, str]) -> Iterator[Entry]:
        yield Entry("slip.on", _("Luật này đòi đơn vị trả lời bằng phiếu"), Shape.SWITCH, self._value("slip.on"))
        for each in definition.SLIP:
            yield self._entry(f"slip.{each.name}", each, wrong, needed=False)
        for language, spoken in _LANGUAGES:
            place = f"slip.text.{language}"
            title = f"{_('Nội dung phiếu')} ({spoken})"
            problem = wrong.get("slip.text", "") if language == "vi" else ""
            yield Entry(place, title, Shape.LINES, self._value(place), problem=problem)

    def _entry(self, name: str, option: Option, wrong: Mapping[str, str], *, needed: bool = True) -> Entry:
        choices = tuple(_UNITS.items()) if name == "slip.unit" else tuple(option.titles.items())
        if option.shape is Shape.CHOICE and not option.required and option.default is None:
            choices = (("", _("(không chọn)")), *choices)
        return Entry(
            name,
            option.title,
            option.shape,
            self._value(name),
            option.required and needed,
            option.help,
            choices,
            option.minimum,
            option.maximum,
            problem=wrong.get(option.name, ""),
        )

    def _typed(self, name: str, option: Option) -> Any:
        value = self._value(name)
        return value == "true" if option.shape is Shape.SWITCH else value

    def _text(self, name: str) -> dict[str, str]:
        return {language: self._value(f"{name}.{language}") for language, _title in _LANGUAGES}

    def _steps(self) -> Iterator[tuple[str, str]]:
        for line in filter(None, map(str.strip, self._value("steps").splitlines())):
            limit, _space, severity = line.partition(" ")
            yield limit, severity.strip()

    def _value(self, name: str) -> str:
        """What a field holds: what was typed, else what the definition says, else what is usual."""
        if self.told is not None:
            return self.told.get(name, "").strip()
        return _shown(self._stored(name))

    def _stored(self, name: str) -> Any:
        if name == "steps":
            return "\n".join(f"{_shown(each['limit'])} {each['severity']}" for each in self.before.get("steps", ()))
        if name == "slip.on":
            return bool(self.before.get("slip"))
        value: Any = self.before
        for part in name.split("."):
            value = value.get(part) if isinstance(value, Mapping) else None
        if value is not None:
            return value
        return self._usual.get(name)

    @cached_property
    def _usual(self) -> dict[str, Any]:
        kind = kinds.get(self.kind)
        return {
            **{each.name: each.default for each in definition.COMMON},
            **{f"options.{each.name}": each.default for each in kind.options},
            **{f"options.{each.name}": each.default for each in kind.more(self.before.get("options") or {})},
            **{f"flapping.{each.name}": each.default for each in definition.FLAPPING},
            **{f"slip.{each.name}": each.default for each in definition.SLIP},
        }


def _shown(value: Any) -> str:
    """A value as a field holds it."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else ""
    if isinstance(value, (list, tuple)):
        return ",".join(map(str, value))
    return f"{value:.12g}" if isinstance(value, float) else str(value)
