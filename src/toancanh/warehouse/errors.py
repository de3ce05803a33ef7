"""Words of the warehouse's problems and findings."""

import errno

from django.utils.translation import gettext_lazy as _

from toancanh.base.problems import Problem, Words, register

register(
    {
        "warehouse.full": Words(
            _("Đĩa chứa kho dữ liệu {folder} đã đầy; lô dữ liệu chưa được ghi và không có gì bị ghi dở."),
            _("Giải phóng dung lượng đĩa rồi chạy lại; phần chưa ghi sẽ được ghi tiếp."),
            507,
        ),
        "warehouse.schema": Words(
            _("Cột {column} của bảng {record_type} trong kho có kiểu {stored}, khác kiểu {wanted} đang khai báo."),
            _("Giữ nguyên kiểu cũ của cột, hoặc khai báo một cột mới với tên khác."),
            409,
        ),
        "warehouse.broken": Words(
            _("Không mở được bảng {record_type} của kho dữ liệu: {reason}."),
            _("Chạy `toancanh doctor`; nếu vẫn lỗi, khôi phục thư mục kho từ bản sao lưu gần nhất."),
            500,
        ),
        "warehouse.rows": Words(
            _("Các dòng gửi vào bảng {record_type} không đúng cấu trúc: {reason}."),
            _("Kiểm tra ánh xạ cột của tệp với khai báo kiểu bản ghi."),
        ),
        "warehouse.month": Words(
            _("Có {rows} dòng của bảng {record_type} không có {field} nên không biết thuộc tháng nào."),
            _("Bổ sung {field}, hoặc loại các dòng này trước khi nạp."),
        ),
        "warehouse.order": Words(
            _("Nguồn {source} còn lô số {number} chưa ghi xong."),
            _("Ghi xong các lô cũ của nguồn này trước rồi mới ghi lô mới."),
            409,
        ),
        "warehouse.no_load": Words(
            _("Không có dữ liệu nào của nguồn {source} thuộc lần nạp {load} để rút."),
            _("Kiểm tra mã lần nạp; lần nạp đã rút rồi thì không rút được nữa."),
            404,
        ),
        "warehouse.set_aside": Words(
            _("Khi mở bảng {record_type}, {count} tệp hỏng đã được cất vào {folder}."),
            _("Dữ liệu còn lại vẫn dùng được; xem các lô bị mất (nếu có), nạp lại rồi xóa thư mục này."),
        ),
        "warehouse.lost": Words(
            _("Lô số {number} của nguồn {source} (bảng {record_type}, {rows} dòng) bị mất do tệp nhật ký hỏng."),
            _("Nạp lại tệp của lần nạp {load}, hoặc yêu cầu nguồn gửi lại."),
        ),
        "warehouse.ahead": Words(
            _("Bảng {record_type} đã có lô số {stored} của nguồn {source}, mới hơn cơ sở dữ liệu (số {known})."),
            _("Cơ sở dữ liệu được khôi phục từ bản cũ hơn kho: khôi phục cả hai từ cùng một bản sao lưu."),
        ),
        "warehouse.missing_file": Words(
            _("Bảng {record_type} thiếu {count} tệp dữ liệu, ví dụ {file}."),
            _("Khôi phục thư mục kho từ bản sao lưu gần nhất."),
        ),
        "warehouse.unfinished": Words(
            _("Nguồn {source} có {count} lô đã niêm nhưng chưa ghi xong vào kho."),
            _("Chạy lại lần nạp {load} để ghi tiếp."),
        ),
        "warehouse.derived": Words(
            _("Bảng dẫn xuất {table} của {record_type}, tháng {month}: {reason}."),
            _("Bảng này sẽ tự được dựng lại từ bản ghi gốc; không mất dữ liệu."),
        ),
    }
)

_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_FULL_WORDS = (
    "No space left",
    "database or disk is full",  # SQLite
    "File too large",
    "Disk quota",
    "os error 28",
    "os error 27",
    "os error 122",
)


def is_full(error: BaseException) -> bool:
    """Whether the error means that the disk has no room; libraries give the errno or only its words."""
    return getattr(error, "errno", None) in _FULL or any(words in str(error) for words in _FULL_WORDS)


def full(folder: object) -> Problem:
    """The problem of a full disk."""
    return Problem("warehouse.full", folder=str(folder))
