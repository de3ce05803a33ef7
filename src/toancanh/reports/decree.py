"""What Decree 30/2020/NĐ-CP (05/3/2020), annex I, part I, prescribes for the look of an administrative document.

Both renderers draw by these values. Where the decree leaves a range, its own example (section V) decides.
"""

from dataclasses import dataclass
from enum import StrEnum

FONT = "Times New Roman"
NATION = "Cộng hòa xã hội chủ nghĩa Việt Nam"
MOTTO = "Độc lập - Tự do - Hạnh phúc"
CLOSING = "./."

# Millimetres. I.1 to I.3: A4, 20-25 above and below, 30-35 left, 15-20 right.
SHORT, LONG = 210.0, 297.0
TOP = BOTTOM = 20.0
LEFT, RIGHT = 30.0, 15.0
INDENT = 10.0  # II.6.e: 1 cm or 1.27 cm
ISSUER = 0.41  # the share of the line that the issuing body takes, the national title the rest
ADDRESSEES = 25.0  # where "Kính gửi:" stands that has several names below it

PADDING = 1.0  # between the line of a table and what stands in a cell

# Points. II.6.e: at least 6 between paragraphs, lines single to one and a half.
BETWEEN = 6.0
RULE = 0.4  # II.2.b, II.5.b: a rule of one third to one half of the line above it


class Urgency(StrEnum):
    """How fast a document has to be handed on (III.2.b); what it says is the text of its mark."""

    FLASH = "HỎA TỐC"
    HIGH = "THƯỢNG KHẨN"
    URGENT = "KHẨN"

    @property
    def width(self) -> float:
        """Millimetres of its frame, which is 8 high."""
        return {Urgency.FLASH: 30.0, Urgency.HIGH: 40.0, Urgency.URGENT: 20.0}[self]


@dataclass(frozen=True)
class Style:
    """How an element is set (section V): its name in Word, points, bold, italic, capitals."""

    name: str
    size: float
    bold: bool = False
    italic: bool = False
    capitals: bool = False

    def shown(self, text: str) -> str:
        """The text as it stands on the page."""
        return text.upper() if self.capitals else text


STYLES = {
    "nation": Style("Quốc hiệu", 12, bold=True, capitals=True),
    "motto": Style("Tiêu ngữ", 13, bold=True),
    "superior": Style("Cơ quan chủ quản", 12, capitals=True),
    "issuer": Style("Cơ quan ban hành", 12, bold=True, capitals=True),
    "number": Style("Số, ký hiệu", 13),
    "date": Style("Địa danh và thời gian", 13, italic=True),
    "about": Style("Trích yếu công văn", 12),
    "urgency": Style("Mức độ khẩn", 13, bold=True, capitals=True),
    "kind": Style("Tên loại văn bản", 14, bold=True, capitals=True),
    "subject": Style("Trích yếu nội dung", 14, bold=True),
    "addressee": Style("Kính gửi", 14),
    "body": Style("Nội dung văn bản", 14),
    "ground": Style("Căn cứ ban hành", 14, italic=True),
    "section": Style("Đề mục", 14, bold=True, capitals=True),
    "clause": Style("Khoản có tiêu đề", 14, bold=True),
    # The decree says nothing of tables: one point below the least of the text, as offices do.
    "heading": Style("Đầu bảng", 12, bold=True),
    "cell": Style("Ô bảng", 12),
    "competence": Style("Quyền hạn, chức vụ", 14, bold=True, capitals=True),
    "signer": Style("Họ tên người ký", 14, bold=True),
    "recipients": Style("Nơi nhận", 12, bold=True, italic=True),
    "recipient": Style("Danh sách nơi nhận", 11),
    "page": Style("Số trang", 13),
}
POINT = 25.4 / 72  # millimetres
WIDEST = STYLES["cell"].size * POINT  # millimetres: no letter of a cell is wider
