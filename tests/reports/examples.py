"""A warning slip as the operations centre sends it."""

from dataclasses import replace
from datetime import date

from toancanh.reports.formal import Column, FormalDocument, Letterhead, Paragraph, Signer, Table

COLUMNS = (
    Column("STT", 11, "center"),
    Column("Mã hồ sơ", 36),
    Column("Thủ tục", 44),
    Column("Ngày tiếp nhận", 22, "center"),
    Column("Hạn trả", 22, "center"),
    Column("Số ngày quá hạn", 14, "right"),
    Column("Ghi chú", 16),
)
LETTERHEAD = replace(
    Letterhead.of_province("Tỉnh Đắk Lắk"), signer=Signer("Phó Giám đốc", "Nguyễn Thị Hằng", "KT. Giám đốc")
)


def dossiers(count: int) -> Table:
    """A table of dossiers that are overdue."""
    rows = tuple(
        (
            str(place),
            f"000.00.12.H15-2610{place % 28 + 1:02}-{place:04}",
            "Cấp giấy phép xây dựng mới đối với nhà ở riêng lẻ",
            f"{place % 28 + 1:02}/9/2026",
            f"{place % 28 + 1:02}/10/2026",
            str(place % 40 + 1),
            "",
        )
        for place in range(1, count + 1)
    )
    return Table(COLUMNS, rows)


def slip(count: int = 6, **changed: object) -> FormalDocument:
    """The slip on that many overdue dossiers."""
    document = FormalDocument(
        letterhead=LETTERHEAD,
        number=5,
        symbol=("PCB", "IOC"),
        day=date(2026, 11, 3),
        kind="Phiếu cảnh báo",
        subject="Về việc hồ sơ thủ tục hành chính quá hạn giải quyết",
        addressees=("Ủy ban nhân dân phường Buôn Ma Thuột",),
        body=(
            Paragraph(
                "Căn cứ Nghị định số 118/2025/NĐ-CP ngày 09 tháng 6 năm 2025 của Chính phủ về thực hiện thủ tục hành "
                "chính theo cơ chế một cửa, một cửa liên thông tại Bộ phận Một cửa và Cổng Dịch vụ công quốc gia.",
                "ground",
            ),
            Paragraph(
                f"Đến 08 giờ 00 ngày 03 tháng 11 năm 2026, hệ thống ghi nhận {count} hồ sơ thuộc trách nhiệm của đơn "
                "vị đã quá hạn giải quyết mà chưa có kết quả:"
            ),
            dossiers(count),
            Paragraph(
                "Đề nghị đơn vị giải quyết, gửi thư xin lỗi và hẹn lại ngày trả kết quả cho người nộp hồ sơ, trả lời "
                "phiếu này trên hệ thống trước 17 giờ 30 ngày 05 tháng 11 năm 2026."
            ),
        ),
        recipients=("Văn phòng UBND tỉnh (để biết)", "Trung tâm Phục vụ hành chính công tỉnh"),
    )
    return replace(document, **changed)  # type: ignore[arg-type]
