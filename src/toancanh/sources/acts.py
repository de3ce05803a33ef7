"""The acts of this floor, as sentences of the audit log."""

from django.utils.translation import gettext_lazy as _

from toancanh.base import audit

audit.register(
    {
        "load.delivered": _("{actor} gửi tệp {filename} vào nguồn {source} (lần nạp {object})."),
        "load.finished": _(
            "{actor} nạp xong lần {object}: đọc {read}, nhận {accepted}, loại {rejected}, trùng {duplicates}."
        ),
        "load.failed": _("Lần nạp {object} của nguồn {source} không xong: {problem}."),
        "load.restored": _("Lần nạp {object} lấy lại các dòng mà lần {load} và lần {withdrawn} vừa rút cùng có."),
        "rejects.mended": _("{actor} sửa các dòng {rows} của lần nạp {object}: nhận {mended}, vẫn bị loại {refused}."),
        "source.added": _("{actor} thêm nguồn {object} (đầu nối: {connector})."),
        "source.changed": _("{actor} sửa nguồn {object} (đầu nối: {connector})."),
        "source.paused": _("{actor} tạm dừng nguồn {object}."),
        "source.resumed": _("{actor} cho nguồn {object} chạy tiếp."),
        "source.secret": _("{actor} tạo khoá ký mới cho nguồn {object}."),
        "source.replayed": _("{actor} cho đọc lại nguồn {object} từ {since}."),
        "source.failed": _("Không đọc được nguồn {object}: {problem}."),
        "source.back": _("Nguồn {object} trả lời trở lại sau {failures} lần hỏng liên tiếp."),
        "load.withdrawn": _("{actor} rút lần nạp {object} của nguồn {source}: {reason}."),
    }
)
