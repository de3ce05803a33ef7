"""The home folder: everything an installation owns, in one place, readable by its owner alone."""

import fcntl
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from django.utils.translation import gettext_lazy as _

from toancanh.base.problems import Problem, Words, register

register(
    {
        "home.busy": Words(
            _("Thư mục dữ liệu {home} đang được một tiến trình khác dùng ({lock})."),
            _("Dừng tiến trình đó, hoặc chọn thư mục khác bằng --home."),
            409,
        ),
        "home.unwritable": Words(
            _("Không ghi được vào thư mục dữ liệu {home}: {reason}."),
            _("Kiểm tra quyền ghi và dung lượng đĩa, hoặc chọn thư mục khác bằng --home."),
            507,
        ),
    }
)


@dataclass(frozen=True)
class Home:
    """Where an installation keeps its database, warehouse, delivered files, locks and secret key."""

    path: Path

    @property
    def database(self) -> Path:
        return self.path / "toancanh.sqlite3"

    @property
    def warehouse(self) -> Path:
        return self.path / "warehouse"

    @property
    def files(self) -> Path:
        """Delivered files, named by their SHA-256."""
        return self.path / "files"

    @property
    def mappings(self) -> Path:
        """File formats written by data stewards."""
        return self.path / "mappings"

    @property
    def domains(self) -> Path:
        """Domains of this installation's own."""
        return self.path / "domains"

    @property
    def boundaries(self) -> Path:
        """Imported boundaries (GeoJSON)."""
        return self.path / "boundaries"

    def secret_key(self) -> str:
        """The installation's own key, made at first need, 0600."""
        file = self.path / "secret.key"
        if not file.exists():
            self.path.mkdir(parents=True, exist_ok=True, mode=0o700)
            draft = file.with_suffix(f".{os.getpid()}.{secrets.token_hex(4)}")
            with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as handle:
                handle.write(secrets.token_urlsafe(64))
            with suppress(FileExistsError):  # whoever comes first decides; everybody reads the same
                os.link(draft, file)
            draft.unlink()
        return file.read_text()

    @contextmanager
    def lock(self, name: str, *, wait: bool = True) -> Iterator[None]:
        """Hold the lock `name` of this home: an flock, so it dies with its process. Raises home.busy if not waiting."""
        folder = self.path / "locks"
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        with (folder / f"{name}.lock").open("a") as handle:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
            except BlockingIOError:
                raise Problem("home.busy", home=str(self.path), lock=name) from None
            yield


def default_path() -> Path:
    """$TOANCANH_HOME, else ~/.local/share/toancanh."""
    return Path(os.environ.get("TOANCANH_HOME") or "~/.local/share/toancanh").expanduser().absolute()


def current() -> Home:
    """The home of this process."""
    return Home(default_path())
