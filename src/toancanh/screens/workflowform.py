"""Forms of what people write as data besides rules: the workflow of a kind of case, and the letterhead."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from toancanh.base.problems import Problem
from toancanh.base.versions import Definition
from toancanh.cases.actions import PARTIES
from toancanh.cases.workflow import Measure, Party

MEASURES: dict[str, str | Promise] = {
    Measure.WORKING_HOURS: _("giờ làm việc"),
    Measure.WORKING_DAYS: _("ngày làm việc"),
    Measure.HOURS: _("giờ"),
    Measure.DAYS: _("ngày"),
}
# Words of the messages, by the act that they are sent at.
TEXTS: dict[str, str | Promise] = {
    "new": _("Khi gửi phiếu"),
    "grew": _("Khi phiếu có thêm mục"),
    "answer": _("Khi đơn vị trả lời"),
    "ask_extension": _("Khi đơn vị xin gia hạn"),
    "grant_extension": _("Khi gia hạn"),
    "refuse_extension": _("Khi không gia hạn"),
    "accept": _("Khi chấp nhận giải trình"),
    "return": _("Khi yêu cầu giải trình lại"),
    "remind": _("Khi nhắc"),
    "reassign": _("Khi chuyển đơn vị khác"),
    "escalated": _("Khi báo cáo cấp trên"),
    "withdraw": _("Khi huỷ phiếu"),
    "clear": _("Khi phiếu tự đóng"),
    "review": _("Khi chờ trung tâm xem xét"),
}
_STEP = {"amount": "", "measure": Measure.WORKING_DAYS, "to": Party.OFFICE, "severity": "", "vi": "", "en": ""}
_BLANK = 2  # empty rows that are offered below those that are there


@dataclass
class WorkflowForm:
    """A workflow as it is edited: times, chain, routes and texts; states and actions stay as the product ships them."""

    before: Definition
    told: Mapping[str, str] | None = None
    problem: Problem | None = None
    measures: Mapping[str, str | Promise] = field(default_factory=lambda: MEASURES)
    parties: Mapping[str, str | Promise] = field(
        default_factory=lambda: {each.value: PARTIES[each] for each in Party if each is not Party.SYSTEM}
    )

    @property
    def due(self) -> Mapping[str, Any]:
        """The time for an answer."""
        return self._term("due", self.before["due"])

    @property
    def extension(self) -> Mapping[str, Any]:
        """The time that an extension adds."""
        return self._term("extension", self.before.get("extension") or {"amount": "", "measure": Measure.WORKING_DAYS})

    @property
    def law(self) -> str:
        """The document that it rests on."""
        return self._value("law", self.before.get("law", ""))

    @property
    def chain(self) -> list[Mapping[str, Any]]:
        """The steps of the escalation chain, and blank ones."""
        rows = [
            {**step["after"], "to": step["to"], "severity": step.get("severity") or "", **step["text"]}
            for step in self.before["chain"]
        ]
        return self._rows("chain", rows, _STEP)

    @property
    def routes(self) -> list[Mapping[str, Any]]:
        """Where groups of records go, and blank rows."""
        rows = [{**route, "begins": ", ".join(route["begins"])} for route in self.before.get("routes", ())]
        return self._rows("routes", rows, {"field": "", "begins": "", "to": ""})

    @property
    def texts(self) -> list[tuple[str, str | Promise, Mapping[str, str]]]:
        """The message texts: code, when they are sent, words in both languages."""
        known = self.before.get("texts", {})
        return [
            (
                name,
                title,
                {each: self._value(f"texts.{name}.{each}", known.get(name, {}).get(each, "")) for each in ("vi", "en")},
            )
            for name, title in TEXTS.items()
            if name in known
        ]

    def read(self) -> dict[str, Any]:
        """The workflow as it was typed. Raises workflow.wrong for a number that is none; the kind checks the rest."""
        assert self.told is not None  # noqa: S101 - only what was sent is read
        changed = dict(self.before)
        changed["due"] = self._number_of(self.due, str(_("Thời hạn trả lời")))
        extension = self.extension
        changed["extension"] = self._number_of(extension, str(_("Gia hạn"))) if extension["amount"] else None
        changed["law"] = self.law
        changed["chain"] = [
            {
                "after": self._number_of(row, str(_("Bước đôn đốc"))),
                "to": row["to"],
                "text": {"vi": row.get("vi", ""), "en": row.get("en", "")},
                "severity": int(row["severity"]) if str(row.get("severity", "")).isdecimal() else 0,
            }
            for row in self.chain
            if str(row["amount"]).strip() or str(row.get("vi", "")).strip()
        ]
        changed["routes"] = [
            {
                "field": row["field"].strip(),
                "begins": [each.strip() for each in row["begins"].split(",") if each.strip()],
                "to": row["to"].strip(),
            }
            for row in self.routes
            if row["field"].strip()
        ]
        changed["texts"] = {**self.before.get("texts", {}), **{name: dict(words) for name, _title, words in self.texts}}
        return changed

    def _rows(self, name: str, rows: list[dict[str, Any]], blank: Mapping[str, Any]) -> list[Mapping[str, Any]]:
        keys = sorted({key for row in [*rows, blank] for key in row})
        found: list[Mapping[str, Any]] = []
        for place, row in enumerate([*rows, *[blank] * _BLANK]):
            cells = {key: self._value(f"{name}.{place}.{key}", row.get(key, "")) for key in keys}
            found.append(cells | {"place": place})
        return found

    def _term(self, name: str, known: Mapping[str, Any]) -> Mapping[str, Any]:
        return {key: self._value(f"{name}.{key}", known[key]) for key in ("amount", "measure")}

    def _value(self, name: str, known: Any) -> Any:
        return known if self.told is None else self.told.get(name, "")

    def _number_of(self, term: Mapping[str, Any], place: str) -> dict[str, Any]:
        try:
            return {"amount": int(str(term["amount"]).strip()), "measure": str(term["measure"])}
        except ValueError:
            reason = str(_("“{value}” ở mục {place} không phải là số nguyên")).format(value=term["amount"], place=place)
            raise Problem("workflow.wrong", name=self.before["code"], reason=reason) from None


@dataclass
class LetterheadForm:
    """The letterhead as it is edited."""

    before: Definition
    told: Mapping[str, str] | None = None
    problem: Problem | None = None

    @property
    def fields(self) -> list[tuple[str, str | Promise, str]]:
        """Name, title and value of each field; lines are separated by a stroke."""
        signer = self.before.get("signer") or {}
        known = [
            ("superior", _("Cơ quan chủ quản"), self.before.get("superior", "")),
            (
                "issuer",
                _("Cơ quan ban hành (các dòng cách nhau bằng dấu |)"),
                " | ".join(self.before.get("issuer", ())),
            ),
            ("place", _("Địa danh"), self.before.get("place", "")),
            ("competence", _("Quyền hạn ký (TM., KT., TL.)"), signer.get("competence", "")),
            ("position", _("Chức vụ người ký"), signer.get("position", "")),
            ("name", _("Họ tên người ký"), signer.get("name", "")),
            ("filed", _("Nơi lưu"), self.before.get("filed", "")),
        ]
        return [(name, title, value if self.told is None else self.told.get(name, "")) for name, title, value in known]

    def read(self) -> dict[str, Any]:
        """The letterhead as it was typed."""
        told = {name: value.strip() for name, _title, value in self.fields}
        signer = {name: told.pop(name) for name in ("competence", "position", "name")}
        issuer = [line.strip() for line in told["issuer"].split("|") if line.strip()]
        return {**self.before, **told, "issuer": issuer, "signer": signer}
