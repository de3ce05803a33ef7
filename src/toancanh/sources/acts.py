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
        "load.withdrawn": _("{actor} rút lần nạp {object} của nguồn {source}: {reason}."),
    }
)
