"""Why the operating system refuses: its own words are English, these are the caller's."""

import errno
import socket

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

_WORDS: dict[int, Promise] = {
    errno.EACCES: _("không có quyền"),
    errno.EPERM: _("không có quyền"),
    errno.EADDRINUSE: _("một chương trình khác đang dùng"),
    errno.EADDRNOTAVAIL: _("máy này không có địa chỉ đó"),
    errno.ENOENT: _("không có đường dẫn này"),
    errno.EEXIST: _("chỗ đó có một tệp cùng tên"),
    errno.ENOTDIR: _("một phần của đường dẫn là tệp, không phải thư mục"),
    errno.EISDIR: _("đó là một thư mục"),
    errno.EROFS: _("ổ đĩa chỉ cho đọc"),
    errno.ENOSPC: _("ổ đĩa đã đầy"),
    errno.ECONNREFUSED: _("máy đó không nhận kết nối ở cổng này"),
    errno.ECONNRESET: _("máy đó ngắt kết nối"),
    errno.EPIPE: _("máy đó ngắt kết nối"),
    errno.EHOSTUNREACH: _("không có đường tới máy đó"),
    errno.ENETUNREACH: _("không có đường tới mạng đó"),
    errno.ETIMEDOUT: _("máy đó không trả lời"),
}


def reason(error: OSError) -> Promise | str:
    """The reason in words of the active language; one that is not known in the system's own."""
    if isinstance(error, socket.gaierror):
        return _("không có máy nào tên như vậy")
    words = _WORDS.get(error.errno or 0)  # not to be looked into: the language may not be known yet
    return words if words is not None else error.strerror or str(error)
