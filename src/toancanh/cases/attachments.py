"""Attachments: files laid to a case. What a file is, its content says; a name that says otherwise is refused."""

import hashlib
import os
import secrets
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import IO

from django.utils.translation import gettext_lazy as _

from toancanh.access.models import User
from toancanh.base import clock, home
from toancanh.base.problems import Problem, Words
from toancanh.base.problems import register as register_problems
from toancanh.base.text import nfc, whole
from toancanh.cases.models import Attachment
from toancanh.sources import storage

LARGEST = 20 << 20  # bytes of one file
MOST = 10  # files of one act
_BLOCK = 1 << 20
# What may be laid to a case, by the end of its name: the media types that its content may turn out to be.
TYPES = {
    ".pdf": ("application/pdf",),
    ".docx": ("application/vnd.openxmlformats-officedocument.wordprocessingml.document",),
    ".xlsx": ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",),
    ".png": ("image/png",),
    ".jpg": ("image/jpeg",),
    ".jpeg": ("image/jpeg",),
    ".webp": ("image/webp",),
    ".txt": ("text/plain",),
}

register_problems(
    {
        "attachment.type": Words(_("Tệp {name} không thuộc loại được nhận."), _("Gửi tệp {types}."), 415),
        "attachment.mismatch": Words(
            _("Tệp {name} mang tên {end} nhưng nội dung không phải vậy."),
            _("Mở tệp để kiểm tra, lưu lại đúng loại rồi gửi; không đổi đuôi tên tệp."),
            415,
        ),
        "attachment.size": Words(_("Tệp {name} lớn hơn {most} MB."), _("Nén ảnh hoặc chia nhỏ tệp rồi gửi lại."), 413),
        "attachment.empty": Words(_("Tệp {name} không có nội dung."), _("Kiểm tra tệp rồi gửi lại."), 422),
        "attachment.many": Words(_("Nhiều hơn {most} tệp."), _("Gửi tối đa {most} tệp mỗi lần."), 422),
        "attachment.missing": Words(
            _("Không còn nội dung của tệp {name} trong kho."), _("Báo quản trị viên khôi phục từ bản sao lưu."), 410
        ),
    }
)


def keep(files: Iterable[tuple[str, IO[bytes]]], author: User) -> list[Attachment]:
    """Take files into keeping, as attachments that belong to no case yet; one that is refused refuses all.

    Raises attachment.type, attachment.mismatch, attachment.size, attachment.empty, attachment.many and disk.full.
    """
    given = list(files)
    if len(given) > MOST:
        raise Problem("attachment.many", most=MOST)
    return [_keep(name, content, author) for name, content in given]


def path(attachment: Attachment) -> Path:
    """Where the content lies. Raises attachment.missing."""
    found = folder() / attachment.sha256
    if not found.is_file():
        raise Problem("attachment.missing", name=attachment.name)
    return found


def folder() -> Path:
    """Where attachments are kept, under their SHA-256."""
    return home.current().path / "attachments"


def _keep(name: str, content: IO[bytes], author: User) -> Attachment:
    name = nfc(whole(Path(name.replace("\\", "/")).name))[-255:] or "tep"
    end = Path(name).suffix.casefold()
    if end not in TYPES:
        raise Problem("attachment.type", name=name, types=", ".join(TYPES))
    place = folder()
    draft = place / f".{os.getpid()}.{secrets.token_hex(6)}"
    digest, size = hashlib.sha256(), 0
    try:
        with storage.guarded(place):
            place.mkdir(parents=True, exist_ok=True, mode=0o700)
            with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as target:
                while block := content.read(_BLOCK):
                    size += len(block)
                    if size > LARGEST:
                        raise Problem("attachment.size", name=name, most=LARGEST >> 20)
                    digest.update(block)
                    target.write(block)
                target.flush()
                os.fsync(target.fileno())
            if not size:
                raise Problem("attachment.empty", name=name)
            media = _media(draft, end)
            if media is None:
                raise Problem("attachment.mismatch", name=name, end=end)
            draft.replace(place / digest.hexdigest())
            storage.sync(place)
    finally:
        with suppress(FileNotFoundError):
            draft.unlink()
    return Attachment(at=clock.now(), author=author, name=name, sha256=digest.hexdigest(), size=size, media=media)


def _media(file: Path, end: str) -> str | None:
    """The media type of a content that fits the end of its name, None where it does not."""
    wanted = TYPES[end]
    if end == ".txt":
        return wanted[0] if _is_text(file) else None
    import puremagic  # reads its table of types at import

    with suppress(puremagic.PureError, ValueError):
        # Of a file, not of a stream: only so it looks into an archive, to tell a document from any other.
        found = {each.mime_type for each in puremagic.magic_file(file)}
        return next((each for each in wanted if each in found), None)
    return None


def _is_text(file: Path) -> bool:
    try:
        text = file.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError:
        return False
    return not any(ord(char) < 32 and char not in "\t\r\n\f" for char in text)
