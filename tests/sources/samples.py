"""Record types, units and files for the tests of the sources."""

from datetime import date
from pathlib import Path

from toancanh.base.problems import Words, explain
from toancanh.base.problems import register as register_problems
from toancanh.sources import registry
from toancanh.sources.registry import SourceSpec
from toancanh.units import spelling
from toancanh.units.models import Unit, UnitChange
from toancanh.warehouse import types
from toancanh.warehouse.types import Field, Kind, RecordType

ACTOR = ("user", "lan")
RECEIPT = Path(__file__).parents[3] / "shared" / "data" / "dossiers" / "receipt.csv"

register_problems({"parcel.rate_without_base": Words("Có tỷ lệ mà không có mẫu số.", "Điền mẫu số.")})


def check(row):
    if row["rate"] is not None and row["base"] is None:
        return "parcel.rate_without_base", "rate", {"rate": row["rate"]}
    return None


PARCEL = types.register(
    RecordType(
        name="parcel",
        title="Bưu kiện",
        fields=(
            Field("code", Kind.TEXT, "Mã", required=True),
            Field("seq", Kind.INTEGER, "Thứ tự", required=True, minimum=0),
            Field("unit", Kind.TEXT, "Đơn vị", unit_at="at"),
            Field("state", Kind.INTEGER, "Trạng thái", codes=(1, 2, 4, 9)),
            Field("at", Kind.TIME, "Lúc", required=True),
            Field("day", Kind.DATE, "Ngày"),
            Field("rate", Kind.NUMBER, "Tỷ lệ", minimum=0),
            Field("base", Kind.INTEGER, "Mẫu số", minimum=0),
            Field("online", Kind.BOOLEAN, "Trực tuyến"),
        ),
        key=("code", "seq"),
        subject=("code",),
        order="seq",
        month="at",
        at="at",
        unit="unit",
        check=check,
    )
)
SOURCE = registry.register(SourceSpec("parcels", "Bưu kiện", "parcel", expected_every=60))
HEADER = "code,seq,unit,state,at,day,rate,base,online"


def good(code="A", /, seq=1, **more):
    """One good row as text, by column."""
    row = dict(
        zip(
            HEADER.split(","), (code, str(seq), "gso:66", "2", "2026-03-02T08:00:00+07:00", "", "", "", ""), strict=True
        )
    )
    return row | more


def csv_text(*rows):
    """Rows as a canonical CSV."""
    return "\n".join([HEADER, *(",".join(row.values()) for row in rows)]) + "\n"


def told(code, params):
    """The words of a problem, which must not have holes."""
    what, remedy = explain(code, params)
    assert "?" not in what
    assert remedy
    return f"{what} {remedy}"


def make_units():
    """A province, communes before and after the merge of 1/7/2025, and two communes of one name."""

    def unit(code, name, kind, parent=None, start=None, end=None):
        subkind, bare = spelling.split(name)
        return Unit.objects.create(
            scheme="gso", code=code, name=name, kind=kind, subkind=subkind, parent=parent,
            valid_from=start, valid_to=end,
            name_key=spelling.key(bare), search_key=spelling.searchable(name, ""),
        )  # fmt: skip

    merge, before = date(2025, 7, 1), date(2025, 6, 30)
    province = unit("66", "Tỉnh Đắk Lắk", "province", start=merge)
    old = unit("24175", "Xã Hòa Thắng", "commune", province, end=before)
    new = unit("24133", "Phường Tân An", "commune", province, start=merge)
    UnitChange.objects.create(before=old, after=new, on=merge)
    other = unit("68", "Tỉnh Lâm Đồng", "province", start=merge)
    unit("24200", "Xã Hòa Phú", "commune", province, start=merge)
    unit("24900", "Xã Hòa Phú", "commune", other, start=merge)
