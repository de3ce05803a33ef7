"""Storage: delivered files, kept for ever under their SHA-256 and written so that a power cut leaves no half file."""

import hashlib
import os
import secrets
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from django.utils.translation import gettext as _

from toancanh.base import home
from toancanh.base.problems import Problem
from toancanh.warehouse.errors import is_full

_BLOCK = 1 << 20


@contextmanager
def guarded(path: Path) -> Iterator[None]:
    """Turn a full disk into the problem disk.full."""
    try:
        yield
    except OSError as error:
        if is_full(error):
            raise Problem("disk.full", path=str(path)) from error
        raise


def opened(path: Path) -> BinaryIO:
    """A delivered file, open for reading. Raises file.missing, file.folder and file.unreadable."""
    try:
        mode = path.stat().st_mode
        if stat.S_ISCHR(mode) or stat.S_ISBLK(mode):
            raise Problem("file.unreadable", path=str(path), reason=_("đó là một thiết bị, không phải tệp"))
        return path.open("rb")
    except (FileNotFoundError, NotADirectoryError):
        raise Problem("file.missing", path=str(path)) from None
    except IsADirectoryError:
        raise Problem("file.folder", path=str(path)) from None
    except OSError as error:
        raise Problem("file.unreadable", path=str(path), reason=error.strerror or str(error)) from None


def keep(path: Path) -> tuple[str, int]:
    """Copy a file into the home; its SHA-256 and size in bytes. Raises what `opened` raises, and disk.full."""
    folder = home.current().files
    draft = folder / f".{os.getpid()}.{secrets.token_hex(6)}"
    digest, size = hashlib.sha256(), 0
    source = opened(path)
    try:
        with source, guarded(folder):
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as target:
                while block := source.read(_BLOCK):
                    digest.update(block)
                    size += len(block)
                    target.write(block)
                target.flush()
                os.fsync(target.fileno())
            draft.replace(folder / digest.hexdigest())
            sync(folder)
    finally:
        with suppress(FileNotFoundError):
            draft.unlink()
    return digest.hexdigest(), size


def stored(sha256: str) -> Path:
    """Where the file of that digest lies, whether or not it is there."""
    return home.current().files / sha256


def sync(folder: Path) -> None:
    """Make the names in a folder last."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
