"""Definition: a rule as it is written down, kept in versions and shown in a form; read whole or refused."""

import re
from collections.abc import Callable, Mapping
from datetime import timedelta
from string import Formatter
from typing import Any

from django.utils.translation import gettext_lazy as _

from toancanh.alerts import kinds, rules
from toancanh.alerts.rules import Flapping, Group, Missing, Rule, Slip, Step
from toancanh.base import versions
from toancanh.base.options import REFUSED, Option, Shape, Text
from toancanh.base.problems import Checks, Problem
from toancanh.base.words import Bilingual

CODE = re.compile(r"[a-z0-9_]+(\.[a-z0-9_]+)+")
_TEXTS = ("title", "sentence", "advice")

# What every rule has beside the options of its kind.
COMMON = (
    Option("limit", _("Ngưỡng"), Shape.NUMBER, required=True),
    Option("clear", _("Hết khi qua mức"), Shape.NUMBER, help=_("Để trống: hết ngay khi rời ngưỡng.")),
    Option("above", _("Xấu khi từ ngưỡng trở lên (bỏ chọn: từ ngưỡng trở xuống)"), Shape.SWITCH, default=True),
    Option("pending", _("Phải kéo dài (giây) mới báo"), Shape.NUMBER, default=0, minimum=0),
    Option("severity", _("Mức nghiêm trọng (1–5)"), Shape.NUMBER, default=3, minimum=1, maximum=5),
    Option("digits", _("Số chữ số thập phân"), Shape.NUMBER, default=0, minimum=0, maximum=6),
    Option("most", _("Tối đa bao nhiêu cảnh báo mới một lần"), Shape.NUMBER, default=rules.MOST, minimum=1),
    Option("enabled", _("Đang dùng"), Shape.SWITCH, default=True),
    Option("law", _("Căn cứ pháp lý")),
    Option("verified", _("Đã đối chiếu văn bản gốc"), Shape.SWITCH, default=False),
)
FLAPPING = (
    Option("changes", _("Chập chờn khi đổi quá (lần)"), Shape.NUMBER, default=6, minimum=2, maximum=100),
    Option("within", _("trong (giây)"), Shape.NUMBER, default=3600, minimum=60),
    Option("calm", _("Coi là yên sau (giây)"), Shape.NUMBER, default=900, minimum=1),
)
SLIP = (
    Option("automatic", _("Tự gửi phiếu cảnh báo"), Shape.SWITCH, default=False),
    Option("amount", _("Hạn trả lời"), Shape.NUMBER, default=1, required=True, minimum=0.25, maximum=250),
    Option("unit", _("Đơn vị của hạn"), Shape.CHOICE, required=True, choices=("hour", "day")),
    Option("law", _("Căn cứ của phiếu")),
)


def write(rule: Rule) -> dict[str, Any]:
    """A rule as it is written down: JSON-like; times are seconds."""
    slip = rule.slip
    return {
        "kind": rule.kind,
        **{name: _text(getattr(rule, name)) for name in _TEXTS},
        "options": dict(rule.options),
        **{each.name: getattr(rule, each.name) for each in COMMON if each.name != "pending"},
        "pending": rule.pending.total_seconds(),
        "steps": [{"limit": each.limit, "severity": each.severity} for each in rule.steps],
        "missing": rule.missing.value,
        "absent": rule.absent.value,
        "group": rule.group.value,
        "inhibits": list(rule.inhibits),
        "flapping": {
            "changes": rule.flapping.changes,
            "within": rule.flapping.within.total_seconds(),
            "calm": rule.flapping.calm.total_seconds(),
        },
        "slip": slip
        and {
            "automatic": slip.automatic,
            "amount": slip.amount,
            "unit": slip.unit,
            "text": _text(slip.text),
            "law": slip.law,
        },
    }


def read(code: str, told: Mapping[str, Any], version: int = 0) -> Rule:
    """The rule that is written down. Raises option.value for the first thing that is wrong, the others with it."""
    checks = Checks()
    if not CODE.fullmatch(code) or len(code) > 120:
        checks.make(None, _refuse, "code", _("chỉ gồm chữ thường không dấu, số, gạch dưới, có dấu chấm"))
    texts: dict[str, Any] = {
        name: checks.make(Bilingual("", ""), _words, name, told.get(name), name != "advice") for name in _TEXTS
    }
    common: dict[str, Any] = {
        each.name: checks.make(each.default, each.read, told.get(each.name, each.default)) for each in COMMON
    }
    kind = checks.make(None, _kind, told.get("kind"))
    options: dict[str, Any] = {}
    if kind:
        options = checks.make(options, _options, kind, told.get("options") or {})
    flaps = told.get("flapping") or {}
    flapping = {each.name: checks.make(each.default, each.read, flaps.get(each.name)) for each in FLAPPING}
    no_steps: tuple[Step, ...] = ()
    steps = checks.make(no_steps, _steps, told.get("steps") or [])
    chosen: dict[str, Any] = {
        name: checks.make(of(usual), _one_of, name, told.get(name, usual), of)
        for name, of, usual in (("missing", Missing, "keep"), ("absent", Missing, "keep"), ("group", Group, "unit"))
    }
    slip = checks.make(None, _slip, told.get("slip"))
    inhibits = tuple(str(each) for each in told.get("inhibits") or ())
    if code in inhibits:
        checks.make(None, _refuse, "inhibits", _("một luật không giữ lại chính nó"))
    checks.make(None, _sides, common)
    checks.end()
    return Rule(
        code=code,
        kind=str(told["kind"]),
        version=version,
        **texts,
        **common | {"pending": timedelta(seconds=common["pending"] or 0), "law": common["law"] or ""},
        **chosen,
        options=options,
        steps=steps,
        inhibits=inhibits,
        flapping=Flapping(
            int(flapping["changes"]), timedelta(seconds=flapping["within"]), timedelta(seconds=flapping["calm"])
        ),
        slip=slip,
    )


def check(code: str, told: Mapping[str, Any]) -> dict[str, Any]:
    """A definition as it is kept. Raises option.value."""
    return write(read(code, told))


def _text(text: Bilingual) -> dict[str, str]:
    return {"vi": text.vi, "en": text.en}


def _refuse(name: str, reason: Text) -> None:
    raise Problem(REFUSED, option=name, reason=str(reason))


def _words(name: str, told: Any, required: bool) -> Bilingual:
    """A text whose places are plain names: a template that reached into objects would tell of what is ours."""
    text = Bilingual.of(told) if told else Bilingual("", "")
    if required and not text.vi.strip():
        _refuse(name, _("còn thiếu"))
    for language in (text.vi, text.en):
        try:
            places = [place for _text, place, _format, _conversion in Formatter().parse(language) if place is not None]
        except ValueError:
            places = [""]
        if not all(place.isidentifier() for place in places):
            _refuse(name, _("dấu ngoặc nhọn chỉ chứa tên một giá trị, ví dụ {value}"))
    return Bilingual(text.vi.strip(), text.en.strip() or text.vi.strip())


def _kind(told: Any) -> kinds.Kind:
    known = {each.code: each for each in kinds.all_kinds()}
    if told not in known:
        _refuse("kind", str(_("phải là một trong: {choices}")).format(choices=", ".join(known)))
    return known[str(told)]


def _options(kind: kinds.Kind, told: Mapping[str, Any]) -> dict[str, Any]:
    options = {each.name: each for each in kind.options_of(told)}
    checks = Checks()
    for name in told.keys() - options.keys():
        known = ", ".join(options)
        checks.make(None, _refuse, name, str(_("không có; các mục: {known}")).format(known=known))
    found = {name: checks.make(None, option.read, told.get(name)) for name, option in options.items()}
    checks.end()
    kind.check(found)
    return found


def _one_of[Of](name: str, told: Any, of: Callable[[Any], Of]) -> Of:
    try:
        return of(told)
    except ValueError:
        _refuse(name, _("giá trị không dùng được"))
        raise


def _steps(told: Any) -> tuple[Step, ...]:
    limit = Option("steps", _("Ngưỡng"), Shape.NUMBER, required=True)
    severity = Option("steps", _("Mức"), Shape.NUMBER, required=True, minimum=1, maximum=5)
    return tuple(Step(limit.read(each.get("limit")), severity.read(each.get("severity"))) for each in told)


def _slip(told: Any) -> Slip | None:
    if not told:
        return None
    checks = Checks()
    found = {each.name: checks.make(each.default, each.read, told.get(each.name, each.default)) for each in SLIP}
    text = checks.make(Bilingual("", ""), _words, "slip.text", told.get("text"), True)
    checks.end()
    return Slip(bool(found["automatic"]), found["amount"], found["unit"], text, found["law"] or "")


def _sides(common: Mapping[str, Any]) -> None:
    limit, clear = common["limit"], common["clear"]
    if limit is None or clear is None:
        return
    if (clear > limit) if common["above"] else (clear < limit):
        _refuse("clear", _("nằm ở phía xấu của ngưỡng"))


versions.register(
    versions.Kind(
        rules.KIND,
        _("luật cảnh báo"),
        lambda: {rule.code: write(rule) for rule in rules.shipped()},
        check,
    )
)
