"""The form of a source: its fields made of what a connector offers, read back as the definition of a source."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from toancanh.base.clock import today
from toancanh.base.options import Text
from toancanh.base.problems import Explanation, Problem
from toancanh.screens.context import province_code
from toancanh.screens.entries import REMOVE, Choices, Entry, Group
from toancanh.sources import actions, definition, mappings, vault
from toancanh.sources.connectors import connector
from toancanh.sources.connectors.connector import Option, Shape
from toancanh.sources.definition import Definition
from toancanh.sources.models import Source
from toancanh.units import labels
from toancanh.units.tree import Tree

BY_HAND = "none"  # as an address says that a source has no connector

# What each contract does with what nobody agreed on.
CONTRACTS: dict[str, Text] = {
    "evolve": gettext_lazy("Cột mới được ghi nhận, dòng vẫn vào. Hợp với hệ thống còn đang thay đổi."),
    "freeze": gettext_lazy("Thấy cột lạ thì dừng, không nhận gì cho đến khi có người xem. Chặt chẽ nhất."),
    "reject_row": gettext_lazy("Dòng có cột lạ bị loại vào khu cách ly; các dòng khác vẫn vào."),
    "reject_value": gettext_lazy("Giá trị sai ở cột không bắt buộc được bỏ trống; dòng vẫn vào."),
}


@dataclass
class SourceForm:
    """A source that is to be made or changed, connected by `kind` (empty: by hand); `told` is what was typed."""

    kind: str
    source: Source | None = None
    told: Mapping[str, str] | None = None
    problem: Problem | None = None
    made: str = field(default="", init=False)  # a secret that was made here, to be shown once

    @cached_property
    def options(self) -> tuple[Option, ...]:
        """What the connector offers. Raises connector.unknown."""
        return connector.of_kind(self.kind).options if self.kind else ()

    @property
    def title(self) -> Text:
        """How it is connected, in words."""
        return connector.of_kind(self.kind).title if self.kind else _("Nạp tệp bằng tay")

    @property
    def pushed(self) -> bool:
        """Whether the source speaks by itself, to our address."""
        return bool(self.kind) and connector.of_kind(self.kind).pushed

    @property
    def has_secrets(self) -> bool:
        """Whether a secret was typed, which is not shown again."""
        return any(value for name, value in (self.told or {}).items() if name.startswith("secrets."))

    def read(self, *, paused: bool) -> Definition:
        """The source that was typed in. Raises what `definition.of` raises, and source.taken for a name in use."""
        told = {name: self._value(name) for name in ("name", "title", "record_type", "mapping", "owner", "contract")}
        promise = {name: _whole(self._value(f"promise.{name}")) for name in ("every", "fresh")}
        secrets = self._secrets()
        settings: dict[str, Any] = {}
        if self.kind:
            settings = {"kind": self.kind, "every": _number(self._value("connector.every")) or 60}
            settings |= {each.name: self._told(each) for each in self.options if each.shape is not Shape.SECRET}
        wanted = definition.of(
            {
                **told,
                "paused": paused,
                "connector": settings,
                "secrets": secrets,
                "promise": {name: value for name, value in promise.items() if value is not None}
                | {"hours": self._value("promise.hours") or Source.Hours.ALWAYS},
                "contract": told["contract"] or Source.Contract.EVOLVE,
            }
        )
        if self.source is None and definition.taken(wanted.name):
            raise Problem("source.taken", name=wanted.name)
        return wanted

    @cached_property
    def groups(self) -> list[Group]:
        """The fields, each with what is wrong with it; once the problem is known."""
        found = self.problem.all if self.problem else ()
        return self._groups({_place(each): _reason(each) for each in reversed(found)})

    @property
    def elsewhere(self) -> list[Explanation]:
        """What is wrong and is said at no field."""
        said = {entry.problem for group in self.groups for entry in group.entries}
        found = self.problem.all if self.problem else ()
        return [each.explain() for each in found if _reason(each) not in said]

    def _groups(self, wrong: Mapping[str, str]) -> list[Group]:
        def entry(name: str, label: Text, shape: Shape = Shape.TEXT, **more: Any) -> Entry:
            problem = wrong.get(name, "") or wrong.get(name.replace("secrets.", "connector.", 1), "")
            value = "" if shape is Shape.SECRET else self._value(name)
            return Entry(name, label, shape, value, problem=problem, **more)

        groups = [
            Group(
                _("Nguồn"),
                [
                    entry(
                        "name",
                        _("Mã nguồn"),
                        required=True,
                        fixed=self.source is not None,
                        help=_("Chữ thường không dấu, chữ số, gạch ngang. Không đổi được về sau."),
                    ),
                    entry("title", _("Tên nguồn"), required=True),
                    entry("record_type", _("Loại bản ghi"), Shape.CHOICE, required=True, choices=_record_types()),
                    entry(
                        "mapping",
                        _("Định dạng (mapping)"),
                        Shape.CHOICE,
                        choices=(("", _("Tên cột đúng như bản ghi")), *_mappings()),
                        help=_("Cột nào của nguồn là trường nào của bản ghi."),
                    ),
                    entry("owner", _("Đơn vị chủ trì"), Shape.CHOICE, choices=_owners(self._value("owner"))),
                ],
            )
        ]
        if self.kind:
            own = [self._option(each, entry) for each in self.options]
            every = entry("connector.every", _("Số giây giữa hai lần hỏi"), Shape.NUMBER, minimum=0.2)
            groups.append(Group(_("Kết nối"), own if self.pushed else [*own, every]))
        groups.append(
            Group(
                _("Cam kết của nguồn"),
                [
                    entry(
                        "promise.every",
                        _("Có dữ liệu mới ít nhất mỗi (phút)"),
                        Shape.NUMBER,
                        minimum=1,
                        help=_("Để trống nếu nguồn không hứa gì; khi đó không bao giờ bị coi là chậm."),
                    ),
                    entry(
                        "promise.fresh",
                        _("Dữ liệu mới nhất không cũ quá (phút)"),
                        Shape.NUMBER,
                        minimum=1,
                    ),
                    entry("promise.hours", _("Cam kết có hiệu lực"), Shape.CHOICE, choices=tuple(_hours())),
                ],
            )
        )
        return groups

    @property
    def contracts(self) -> list[tuple[str, str, Text, bool]]:
        """The four contracts: value, title, explanation, whether it is chosen."""
        chosen = self._value("contract") or Source.Contract.EVOLVE
        return [(each.value, str(each.label), CONTRACTS[each.value], each.value == chosen) for each in Source.Contract]

    def _option(self, option: Option, entry: Any) -> Entry:
        secret = option.shape is Shape.SECRET
        made = secret and self.pushed
        choices = tuple((each, each) for each in option.choices)
        kept = secret and option.name in self._stored
        found: Entry = entry(
            f"{'secrets' if secret else 'connector'}.{option.name}",
            option.title,
            option.shape,
            required=option.required and not kept and not made,
            help=_("Để trống để trung tâm tự tạo một khoá mạnh.") if made and not kept else option.help,
            choices=choices,
            minimum=option.minimum,
            maximum=option.maximum,
            kept=kept,
        )
        return found

    def _told(self, option: Option) -> str | bool:
        """What an option holds; a tick that is not there says no, an empty field what is usual."""
        value = self._value(f"connector.{option.name}")
        return value == "true" if option.shape is Shape.SWITCH else value

    def _value(self, name: str) -> str:
        """What a field holds: what was typed, else what is stored, else what is usual."""
        if name == "name" and self.source is not None:
            return self.source.name
        if self.told is not None:
            return self.told.get(name, "").strip()
        value: Any = self._before.get(name)
        if isinstance(value, bool):
            return "true" if value else ""
        return "" if value is None else f"{value:g}" if isinstance(value, float) else str(value)

    @cached_property
    def _before(self) -> dict[str, Any]:
        source = self.source or Source()
        known = source.options if source.connector == self.kind else {}
        return {
            **{f"connector.{each.name}": known.get(each.name, each.default) for each in self.options},
            **{name: getattr(source, name) for name in ("name", "title", "record_type", "mapping", "owner")},
            "contract": source.contract,
            "connector.every": source.every,
            "promise.every": source.expected_every,
            "promise.fresh": source.fresh_within,
            "promise.hours": source.hours,
        }

    @cached_property
    def _stored(self) -> dict[str, str]:
        """The secrets that are kept; none where they can no longer be read: they are to be told anew."""
        if self.source is None or self.source.connector != self.kind:
            return {}
        try:
            return vault.opened(self.source.secrets)
        except Problem:
            return {}

    def _secrets(self) -> dict[str, str]:
        told = self.told or {}
        found = {}
        for option in self.options:
            if option.shape is not Shape.SECRET:
                continue
            kept = "" if told.get(REMOVE + option.name) else self._stored.get(option.name, "")
            secret = told.get(f"secrets.{option.name}", "") or kept
            if not secret and self.pushed:
                secret = self.made = actions.fresh_secret()
            if secret:
                found[option.name] = secret
        return found


def _place(problem: Problem) -> str:
    """The name of the field that a problem is about, a secret as any other option."""
    named = {
        "source.definition": problem.params.get("key", ""),
        "connector.option": f"connector.{problem.params.get('option')}",
        "source.declared": "record_type",
        "source.taken": "name",
    }
    return named.get(problem.code, "mapping" if problem.code.startswith("mapping.") else "")


def _reason(problem: Problem) -> str:
    """What is wrong, as it is said at its field: of a problem with a single entry the reason is enough."""
    return str(problem.params.get("reason") or " ".join(problem.explain()))


def _whole(text: str) -> Any:
    """A whole number, else the text as it is, for the definition to refuse; None for none."""
    return None if not text else int(text) if text.isdecimal() else text


def _number(text: str) -> Any:
    try:
        return float(text.replace(",", ".")) if text else None
    except ValueError:
        return text


def _record_types() -> Choices:
    return tuple((each.name, str(each.title)) for each in definition.record_types())


def _mappings() -> Iterator[tuple[str, str]]:
    for name in sorted(name for name in mappings.available() if "/" not in name):
        try:
            kind = mappings.find(name).record_type
        except Problem:
            continue  # one that cannot be read is no choice
        yield name, f"{name} ({kind})" if kind else name


def _hours() -> Iterator[tuple[str, str]]:
    return ((each.value, str(each.label)) for each in Source.Hours)


def _owners(chosen: str) -> Choices:
    """The province, its offices and its communes; and who is chosen already."""
    tree = Tree.at(today())
    inside = sorted(labels.name(code) + "\0" + code for code in tree.within(province_code()) - {province_code()})
    codes = [province_code(), *(each.partition("\0")[2] for each in inside)]
    if chosen and chosen not in codes:
        codes.append(chosen)
    return (("", _("Cả tỉnh, không riêng đơn vị nào")), *((code, labels.name(code)) for code in codes))
