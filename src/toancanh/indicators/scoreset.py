"""Score sets: what an index is made of, as data with its documents: groups, criteria, thresholds, points.

What is not certain stays so: a criterion whose points are unverified or not found is followed and not scored, until the
province sets its points itself (versions of the kind `score`), which is told of every score made of them.
"""

import tomllib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from enum import StrEnum
from fractions import Fraction
from pathlib import Path
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from toancanh.base import versions
from toancanh.base.audit import Ref
from toancanh.base.problems import Problem, Words
from toancanh.base.problems import register as register_problems
from toancanh.base.words import Bilingual
from toancanh.indicators import catalogue, figures, reconciliation
from toancanh.indicators.catalogue import Kind
from toancanh.warehouse.rollups import Cut

Definition = Mapping[str, Any]

register_problems(
    {
        "score.unknown": Words(
            _("Không có bộ chỉ số `{score}`."), _("Xem các bộ chỉ số bằng `toancanh scores` rồi sửa mã."), 404
        ),
        "score.not_in_force": Words(
            _("Bộ chỉ số `{score}` không áp dụng cho kỳ {period}."), _("Chọn một kỳ từ {since} trở đi."), 422
        ),
        "score.period": Words(
            _("Bộ chỉ số không chấm cho kỳ “{value}”."),
            _("Chọn tháng, quý, 6 tháng hoặc năm: 2026-10, 2026-Q3, 2026."),
            422,
        ),
        "score.rule": Words(
            _("Không có cách tính kỳ “{value}”."), _("Dùng `calendar` (theo lịch) hoặc `reporting` (kỳ báo cáo)."), 422
        ),
        "score.whole": Words(
            _("Điểm của bộ chỉ số đặt chung cho cả tỉnh."),
            _("Nhờ người quản lý dữ liệu không thuộc đơn vị nào đặt."),
            403,
        ),
        "score.changed": Words(
            _("{name} đã ban hành điểm khác cho bộ chỉ số `{score}` sau khi bạn mở trang này."),
            _("Tải lại trang để xem điểm đang áp dụng, rồi sửa tiếp."),
            409,
        ),
        "score.unreadable": Words(
            _("Bộ chỉ số `{score}`, chỗ `{place}`: {reason}"),
            _("Sửa chỗ đó trong dữ liệu của bộ chỉ số rồi thử lại."),
            422,
        ),
    }
)


class Certainty(StrEnum):
    """How sure a rule or a number of a score set is."""

    VERIFIED = "verified"
    EXCERPT = "excerpt"
    COPIED = "copied"
    UNVERIFIED = "unverified"
    NOT_FOUND = "not_found"
    PROVINCE = "province"


CERTAINTIES = {
    Certainty.VERIFIED: _("đã đọc toàn văn"),
    Certainty.EXCERPT: _("theo trích đoạn của trang nguồn"),
    Certainty.COPIED: _("chép lại từ nguồn công khai, chưa đối chiếu văn bản gốc"),
    Certainty.UNVERIFIED: _("chưa kiểm chứng"),
    Certainty.NOT_FOUND: _("chưa tìm thấy trong văn bản"),
    Certainty.PROVINCE: _("do tỉnh đặt, chưa kiểm chứng"),
}
NOTHING = Bilingual("", "")
# Points of which it is known who set them.
SCORED = frozenset({Certainty.VERIFIED, Certainty.EXCERPT, Certainty.PROVINCE})


@dataclass(frozen=True)
class Criterion:
    """What is measured, of what whole, and the points for it.

    It is computed from a `rate` (an indicator with part and whole), or from two indicators, `part` and `whole`; with
    `distinct`, a field of the records, the part is how many values of it are among what the indicator counts. Or it is
    `reconciled`, the code of a reconciliation: what both sides have over the larger of the two. `lacks` says what of
    the rule that leaves out. Without any there is no data, and `needs` says which would be needed.
    `times` is the code of a criterion by whose rate its own is multiplied. Where the whole of a period is 0,
    `year_before` tells by grain over how many the whole of the year before is divided, to stand in its place.
    `threshold` is the rate in percent from which the full points are given; None is 100. `points` 0: only followed.
    """

    code: str
    name: Bilingual
    rule: Bilingual
    certainty: Certainty
    points: float | None
    points_certainty: Certainty
    threshold: float | None = None
    threshold_certainty: Certainty = Certainty.COPIED
    rate: str = ""
    part: str = ""
    whole: str = ""
    distinct: str = ""
    reconciled: str = ""
    times: str = ""
    year_before: Mapping[str, int] = field(default_factory=dict, hash=False)
    needs: Bilingual = NOTHING
    lacks: Bilingual = NOTHING

    @property
    def indicators(self) -> tuple[str, ...]:
        """The indicators it is computed from; none where there is no data."""
        return tuple(filter(None, (self.rate, self.part, self.whole)))

    @property
    def told(self) -> bool:
        """Whether it is computed from anything."""
        return bool(self.indicators or self.reconciled)

    @property
    def followed(self) -> bool:
        """Whether it is only looked at and gives no points."""
        return self.points == 0

    @property
    def scorable(self) -> bool:
        """Whether its points are known well enough to be given."""
        return bool(self.points) and self.points_certainty in SCORED


@dataclass(frozen=True)
class Section:
    """A part of a group that is shown under a name and points of its own."""

    name: Bilingual
    points: float
    certainty: Certainty
    criteria: tuple[str, ...]


@dataclass(frozen=True)
class Group:
    """Criteria that together give so many points."""

    code: str
    name: Bilingual
    points: float
    certainty: Certainty
    criteria: tuple[Criterion, ...]
    sections: tuple[Section, ...] = ()
    note: Bilingual = NOTHING


@dataclass(frozen=True)
class Grade:
    """What a total of at least so many points is called."""

    least: float
    name: Bilingual


@dataclass(frozen=True)
class ScoreSet:
    """One edition of an index, in force from a day to a day (both inclusive; None is open)."""

    code: str
    domain: str
    name: Bilingual
    document: str
    source: Bilingual  # where each part of it was read
    valid_from: date
    valid_to: date | None
    groups: tuple[Group, ...]
    grades: tuple[Grade, ...] = ()
    grades_certainty: Certainty = Certainty.UNVERIFIED
    note: Bilingual = NOTHING  # what its scores are not
    basis: str = ""  # on what the province set points of its own

    @property
    def points(self) -> float:
        """The points of all groups."""
        return sum(group.points for group in self.groups)

    @property
    def criteria(self) -> tuple[Criterion, ...]:
        """The criteria of all groups."""
        return tuple(criterion for group in self.groups for criterion in group.criteria)

    @property
    def indicators(self) -> tuple[str, ...]:
        """The indicators that any criterion is computed from."""
        return tuple(dict.fromkeys(code for each in self.criteria for code in each.indicators))

    @property
    def reconciliations(self) -> tuple[str, ...]:
        """The reconciliations that any criterion is computed from."""
        return tuple(dict.fromkeys(each.reconciled for each in self.criteria if each.reconciled))

    def grade(self, total: float) -> Grade | None:
        """The grade of a total."""
        return max((each for each in self.grades if total >= each.least), key=lambda g: g.least, default=None)


def read(definition: Definition) -> ScoreSet:
    """A score set of its data, and of what the province set itself (`province`). Raises score.unreadable."""
    reader = _Reader(str(definition.get("code", "?")))
    groups = reader.each(definition, "group", reader.group)
    grades = reader.each(definition, "grade", lambda e, _place: Grade(float(e["least"]), Bilingual.of(e["name"])))
    made = reader.make(
        "code, name, document, valid_from",
        lambda: ScoreSet(
            code=definition["code"],
            domain=definition["domain"],
            name=Bilingual.of(definition["name"]),
            document=definition["document"],
            source=Bilingual.of(definition["source"]),
            note=Bilingual.of(definition.get("note", "")),
            valid_from=_day(definition["valid_from"]),
            valid_to=_day(definition["valid_to"]) if definition.get("valid_to") else None,
            groups=groups,
            grades=grades,
            grades_certainty=Certainty(definition.get("grades_certainty", Certainty.UNVERIFIED)),
        ),
    )
    made = reader.provincial(made, definition.get("province", {}))
    reader.check(made)
    return made


class _Reader:
    """Reads data and says at which place of it something is wrong."""

    def __init__(self, code: str) -> None:
        self.code = code

    def refuse(self, place: str, reason: Any) -> Problem:
        return Problem("score.unreadable", score=self.code, place=place, reason=str(reason))

    def make[Of](self, place: str, make: Callable[[], Of]) -> Of:
        try:
            return make()
        except KeyError as error:
            raise self.refuse(place, _("thiếu {key}.").format(key=error)) from None
        except (ValueError, TypeError, AttributeError) as error:
            raise self.refuse(place, f"{error}.") from None

    def each[Of](
        self, entries: Definition, key: str, make: Callable[[Any, str], Of], under: str = ""
    ) -> tuple[Of, ...]:
        found = []
        for number, entry in enumerate(entries.get(key, []), 1):
            place = f"{under}{key} {number}"
            found.append(self.make(place, lambda entry=entry, place=place: make(entry, place)))  # type: ignore[misc]
        return tuple(found)

    def group(self, entry: Definition, place: str) -> Group:
        return Group(
            code=str(entry["code"]),
            name=Bilingual.of(entry["name"]),
            points=float(entry["points"]),
            certainty=Certainty(entry["certainty"]),
            criteria=self.each(entry, "criterion", self.criterion, f"{place}, "),
            sections=self.each(entry, "section", self.section, f"{place}, "),
            note=Bilingual.of(entry.get("note", "")),
        )

    def section(self, entry: Definition, _place: str) -> Section:
        criteria = tuple(str(code) for code in entry["criteria"])
        return Section(Bilingual.of(entry["name"]), float(entry["points"]), Certainty(entry["certainty"]), criteria)

    def criterion(self, entry: Definition, place: str) -> Criterion:
        made = Criterion(
            code=str(entry["code"]),
            name=Bilingual.of(entry["name"]),
            rule=Bilingual.of(entry["rule"]),
            certainty=Certainty(entry["certainty"]),
            points=_number(entry.get("points")),
            points_certainty=Certainty(entry["points_certainty"]),
            threshold=_number(entry.get("threshold")),
            threshold_certainty=Certainty(entry.get("threshold_certainty", entry["certainty"])),
            rate=entry.get("rate", ""),
            part=entry.get("part", ""),
            whole=entry.get("whole", ""),
            distinct=entry.get("distinct", ""),
            reconciled=entry.get("reconciled", ""),
            times=entry.get("times", ""),
            year_before={str(grain): int(number) for grain, number in entry.get("year_before", {}).items()},
            needs=Bilingual.of(entry.get("needs", "")),
            lacks=Bilingual.of(entry.get("lacks", "")),
        )
        for code in made.indicators:
            self.computed(code, place, ratio=code == made.rate)
        if (made.rate and (made.part or made.whole)) or bool(made.part) != bool(made.whole):
            raise self.refuse(place, _("cần `rate`, hoặc cả `part` và `whole`."))
        if made.distinct:
            self.told_by(made.part, made.distinct, place)
        if made.reconciled:
            self.told_by_two(made, place)
        if made.year_before and not made.reconciled:
            raise self.refuse(place, _("`year_before` chỉ dùng với `reconciled`."))
        if not made.told and not made.needs:
            raise self.refuse(place, _("không có dữ liệu thì phải ghi `needs`: cần dữ liệu nào."))
        if (made.points is None) != (made.points_certainty is Certainty.NOT_FOUND):
            raise self.refuse(place, _("`points` để trống khi và chỉ khi `points_certainty` là `not_found`."))
        return self.bounds(made, place)

    def bounds(self, made: Criterion, place: str) -> Criterion:
        if made.points is not None and made.points < 0:
            raise self.refuse(place, _("điểm không được âm."))
        if made.threshold is not None and not 0 < made.threshold <= 100:
            raise self.refuse(place, _("ngưỡng phải lớn hơn 0 và không quá 100 %."))
        return made

    def computed(self, code: str, place: str, *, ratio: bool) -> None:
        try:
            indicator = catalogue.get(code)
        except Problem as problem:
            raise self.refuse(place, problem.explain().what) from None
        if indicator.formula is None or (ratio and indicator.kind not in (Kind.RATIO, Kind.MEAN)):
            raise self.refuse(place, _("chỉ tiêu `{indicator}` không tính được thành tỷ lệ.").format(indicator=code))

    def told_by(self, code: str, field: str, place: str) -> None:
        formula = catalogue.get(code).computation if code else None
        if formula is None or formula.runs or figures.counted(formula, Cut(field, "")) is None:
            raise self.refuse(place, _("không có phép đếm nào theo trường `{field}`.").format(field=field))

    def told_by_two(self, made: Criterion, place: str) -> None:
        try:
            reconciliation.get(made.reconciled)
        except Problem as problem:
            raise self.refuse(place, problem.explain().what) from None
        if made.indicators:
            raise self.refuse(place, _("có `reconciled` thì không dùng `rate`, `part` hay `whole`."))
        if any(number < 1 for number in made.year_before.values()):
            raise self.refuse(place, _("số kỳ của `year_before` phải từ 1 trở lên."))

    def provincial(self, made: ScoreSet, told: Definition) -> ScoreSet:
        """The set with the points and thresholds that the province chose where no sure ones are known."""
        if not told:
            return made
        known = {each.code: each for each in made.criteria}
        changed = dict(known)
        for key in ("points", "thresholds"):
            for code, value in self.make("province", lambda key=key: dict(told.get(key, {}))).items():  # type: ignore[misc]
                place = f"province.{key}.{code}"
                if code not in known:
                    raise self.refuse(place, _("bộ chỉ số không có tiêu chí này."))
                number = self.make(place, lambda value=value: float(value))  # type: ignore[misc]
                if key == "points":
                    if known[code].points_certainty in SCORED:
                        raise self.refuse(place, _("điểm của tiêu chí này đã rõ trong văn bản, không đặt lại."))
                    own = replace(changed[code], points=number, points_certainty=Certainty.PROVINCE)
                else:
                    own = replace(changed[code], threshold=number, threshold_certainty=Certainty.PROVINCE)
                changed[code] = self.bounds(own, place)
        groups = tuple(replace(g, criteria=tuple(changed[each.code] for each in g.criteria)) for g in made.groups)
        return replace(made, groups=groups, basis=str(told.get("basis", "")))

    def check(self, made: ScoreSet) -> None:
        codes = [each.code for each in made.criteria]
        if not codes:
            raise self.refuse("group", _("không có tiêu chí nào."))
        if twice := next((code for code in codes if codes.count(code) > 1), None):
            raise self.refuse(twice, _("mã này có hai lần."))
        known = {each.code: each for each in made.criteria}
        for each in made.criteria:
            factor = known.get(each.times)
            if each.times and (factor is None or factor.times or not factor.told or not each.told):
                reason = _("`times` phải là mã của một tiêu chí khác, có dữ liệu và không nhân tiếp với tiêu chí nào.")
                raise self.refuse(each.code, reason)
        for group in made.groups:
            told = sum(Fraction(str(each.points)) for each in group.criteria if each.scorable)
            if told > Fraction(str(group.points)):
                reason = _("các tiêu chí cộng lại {sum} điểm, nhóm chỉ có {points}.")
                raise self.refuse(f"group {group.code}", reason.format(sum=float(told), points=group.points))


def _number(value: Any) -> float | None:
    return None if value is None else float(value)


def _day(value: Any) -> date:
    return value if isinstance(value, date) else date.fromisoformat(value)


_SHIPPED: dict[str, list[Definition]] = {}


def register(definition: Definition) -> None:
    """Make an edition of a score set known; those of one code differ in their days. Raises score.unreadable."""
    made = read(definition)
    known = _SHIPPED.setdefault(made.code, [])
    if any(read(each).valid_from == made.valid_from for each in known):
        raise ValueError(f"score set `{made.code}` of {made.valid_from} is registered twice")
    known.append(definition)


def load(file: Path, domain: str) -> Definition:
    """The data of a domain's score set."""
    return tomllib.loads(file.read_text(encoding="utf-8")) | {"domain": domain}


def shipped() -> list[ScoreSet]:
    """Every edition of every score set, without what the province set itself; by code, oldest first."""
    found = [read(each) for known in _SHIPPED.values() for each in known]
    return sorted(found, key=lambda each: (each.code, each.valid_from))


def editions(code: str) -> list[ScoreSet]:
    """The editions of a score set, oldest first, as the province uses them. Raises score.unknown."""
    if code not in _SHIPPED:
        raise Problem("score.unknown", score=code)
    own = versions.current(OWN.name, code).definition
    found = [read({**each, "province": own}) for each in _SHIPPED[code]]
    return sorted(found, key=lambda each: each.valid_from)


def in_force(code: str, day: date, period: str = "") -> ScoreSet:
    """The edition in force on a day. Raises score.unknown and score.not_in_force."""
    known = editions(code)
    for each in known:
        if each.valid_from <= day and (each.valid_to is None or day <= each.valid_to):
            return each
    since = f"{known[0].valid_from:%d/%m/%Y}"
    raise Problem("score.not_in_force", score=code, period=period or f"{day:%d/%m/%Y}", since=since)


def names(domain: str) -> Iterable[tuple[str, Bilingual]]:
    """Code and name of the score sets of a domain."""
    return {each.code: each.name for each in shipped() if each.domain == domain}.items()


def decide(code: str, own: Definition, *, actor: Ref, note: str, seen: int) -> None:
    """Put points and thresholds of the province's own in force: `points` and `thresholds` by criterion, `basis`.

    `seen` is the number of the version that the author saw. Raises score.changed where another is in force by now,
    score.unreadable and score.unknown as `read` and `editions`, version.note without a reason.
    """
    if code not in _SHIPPED:
        raise Problem("score.unknown", score=code)
    known = versions.current(OWN.name, code)
    if known.number != seen:
        raise Problem("score.changed", name=known.by, score=code)
    if not note.strip():
        raise Problem("version.note")
    with transaction.atomic():
        versions.draft(OWN.name, code, own, actor=actor)
        versions.publish(OWN.name, code, actor=actor, note=note)


def _checked(code: str, own: Definition) -> Definition:
    for each in _SHIPPED.get(code, ()):
        read({**each, "province": own})
    return {key: own[key] for key in ("basis", "points", "thresholds") if own.get(key)}


OWN = versions.register(
    versions.Kind("score", _("điểm tỉnh đặt của bộ chỉ số"), lambda: {code: {} for code in _SHIPPED}, _checked)
)
