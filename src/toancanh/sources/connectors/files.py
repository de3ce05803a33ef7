"""Files that others lay ready: taken once they have settled, wherever the folder is; and the folder of this machine."""

import os
import tempfile
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from datetime import datetime
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, ClassVar, NamedTuple, Protocol

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from toancanh.base import clock, home
from toancanh.base.problems import Problem
from toancanh.base.text import whole
from toancanh.sources import storage
from toancanh.sources.connectors.connector import Connector, Cursor, Delivery, Option, Page, Shape
from toancanh.sources.connectors.line import reason

UNFINISHED = (".tmp", ".part", ".filepart")
LOST = ("connector.cut", "connector.timeout")  # problems of the line, not of a file on it
STALE = 86_400  # seconds after which a copy was left behind by a process that was killed


class Entry(NamedTuple):
    """A file of a place: its name, its size in bytes, its time in seconds since 1970."""

    name: str
    size: int
    mtime: float

    @property
    def state(self) -> list[float]:
        """What changes when the file does, as the cursor keeps it."""
        return [self.size, self.mtime]


class Place(Protocol):
    """A folder somewhere, opened for reading."""

    def entries(self) -> Iterable[Entry]:
        """The files of the folder. Raises connector.path, or a problem of the line."""
        ...

    def copy(self, name: str, write: Callable[[bytes], Any]) -> None:
        """Hand on the content of a file. Raises OSError where the file is at fault, else a problem of the line."""
        ...

    def close(self) -> None:
        """Let the place go."""
        ...


class Readable(Protocol):
    """An open file."""

    def read(self, size: int, /) -> bytes:
        """The next bytes; none at the end."""
        ...


class Files(Connector):
    """Takes each file once it has settled, oldest first, and again when it has changed. Changes nothing over there."""

    common: ClassVar[tuple[Option, ...]] = (
        Option(
            "pattern",
            _("Mẫu tên tệp"),
            default="*",
            help=_(
                "Ví dụ `baocao-*.xlsx`; tên bắt đầu bằng dấu chấm hoặc kết thúc bằng .tmp, .part, .filepart bị bỏ qua."
            ),
        ),
        Option(
            "settle",
            _("Chờ tệp yên (giây)"),
            Shape.NUMBER,
            default=5,
            minimum=0,
            help=_("Tệp được lấy khi kích thước và giờ sửa không đổi giữa hai lần xem, ít nhất trong thời gian này."),
        ),
    )

    def open(self) -> Place:
        """The place, opened. Raises a problem that says why not."""
        raise NotImplementedError

    @property
    def place(self) -> str:
        """How people call the place."""
        raise NotImplementedError

    def fetch(self, cursor: Cursor) -> Iterator[Page | Delivery]:
        """Each new or changed file; then, where only the view of unsettled files changed, a page without rows."""
        _sweep()
        line, told, failed = _Line(self.open), cursor, {}
        with closing(line), _draft() as path:
            look = _Look(self._offered(line.place), cursor, self.told["settle"])
            for entry in look.ready:
                try:
                    size = line.copy(entry.name, path)
                except FileNotFoundError:  # gone since it was listed
                    continue
                except OSError as error:
                    failed[entry.name] = reason(error)
                    continue
                if size < entry.size:
                    short = gettext("chỉ đọc được {read} trong {size} byte")
                    failed[entry.name] = short.format(read=size, size=entry.size)
                elif size == entry.size:  # a file that grew meanwhile has its turn at the next look
                    told = look.take(entry)
                    yield Delivery(path, _key(entry), told)
        if (seen := look.cursor()) != told:
            yield Page([], seen)
        if failed:
            raise self._unreadable(failed)

    def replay(self, since: datetime) -> Cursor:
        """The cursor from which files of that moment and later are taken again; those before it count as taken."""
        with closing(_Line(self.open)) as line:
            offered = self._offered(line.place)
        return {"taken": {_key(entry): entry.state for entry in offered if entry.mtime < since.timestamp()}}

    def _offered(self, place: Place) -> list[Entry]:
        pattern = unicodedata.normalize("NFC", self.told["pattern"])
        return [
            entry
            for entry in place.entries()
            if not entry.name.startswith(".")
            and not entry.name.lower().endswith(UNFINISHED)
            and fnmatchcase(unicodedata.normalize("NFC", entry.name), pattern)
        ]

    def _unreadable(self, failed: dict[str, str]) -> Problem:
        names = list(failed)
        told = {"place": self.place, "reason": failed[names[0]]}
        if len(names) == 1:
            return Problem("connector.file", name=whole(names[0]), **told)
        return Problem("connector.files", count=len(names), names=whole(", ".join(names[:5])), **told)


class _Look:
    """What one look at a place found: which files are ready, and the cursor as they are taken."""

    def __init__(self, offered: list[Entry], cursor: Cursor, settle: float) -> None:
        now = clock.now().timestamp()
        names = {_key(entry) for entry in offered}
        self._taken = {name: state for name, state in cursor.get("taken", {}).items() if name in names}
        self._seen: dict[str, list[float]] = {}
        self.ready: list[Entry] = []
        for entry in sorted(offered, key=lambda entry: (entry.mtime, entry.name)):
            if self._taken.get(_key(entry)) == entry.state:
                continue
            before = cursor.get("seen", {}).get(_key(entry), [])
            # By our clock: that of another machine may be wrong.
            since = min(before[2], now) if before[:2] == entry.state else now
            self._seen[_key(entry)] = [*entry.state, since]
            if now - since >= settle and (before[:2] == entry.state or not settle):
                self.ready.append(entry)

    def take(self, entry: Entry) -> Cursor:
        """The cursor once this file is taken, too."""
        self._taken[_key(entry)] = entry.state
        del self._seen[_key(entry)]
        return self.cursor()

    def cursor(self) -> Cursor:
        return {"taken": dict(self._taken), "seen": dict(self._seen)}


def _key(entry: Entry) -> str:
    """The name as a database keeps it."""
    return whole(entry.name)


class _Line:
    """A place that is opened at first need, and again where the line was cut."""

    def __init__(self, connect: Callable[[], Place]) -> None:
        self._connect = connect
        self._place: Place | None = None
        self._lost = 0  # files in a row whose copying lost the line twice

    @property
    def place(self) -> Place:
        self._place = self._place or self._connect()
        return self._place

    def copy(self, name: str, path: Path) -> int:
        """Copy a file, at the second attempt if need be; its size. Raises OSError, or what ends the look."""
        try:
            return self._copy(name, path)
        except Problem as problem:
            self._again(problem)
        try:
            return self._copy(name, path)
        except Problem as problem:
            self._again(problem)
            self._lost += 1
            if self._lost > 1:  # not this file, but the line
                raise
            raise OSError(problem.explain().what) from problem

    def _copy(self, name: str, path: Path) -> int:
        with path.open("wb") as target, storage.guarded(path):
            self.place.copy(name, target.write)
            self._lost = 0
            return target.tell()

    def _again(self, problem: Problem) -> None:
        if problem.code not in LOST:
            raise problem
        self.close()

    def close(self) -> None:
        if self._place:
            self._place.close()
        self._place = None


def _copies() -> Path:
    folder = home.current().path / "incoming"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return folder


def _sweep() -> None:
    for path in _copies().iterdir():
        with suppress(FileNotFoundError):
            if clock.now().timestamp() - path.stat().st_mtime > STALE:
                path.unlink()


@contextmanager
def _draft() -> Iterator[Path]:
    """A file in the home for as long as a look lasts: each copy takes the place of the one before."""
    try:
        handle, name = tempfile.mkstemp(dir=_copies())
        os.close(handle)
    except OSError as error:
        raise Problem("home.unwritable", home=str(home.current().path), reason=reason(error)) from None
    try:
        yield Path(name)
    finally:
        Path(name).unlink(missing_ok=True)


def pass_on(source: Readable, write: Callable[[bytes], Any]) -> None:
    """Hand on all that is in an open file."""
    while block := source.read(1 << 20):
        write(block)


class Folder(Files):
    """A folder of this machine, or of a share that is mounted on it."""

    kind = "folder"
    title = _("Thư mục")
    options = (
        Option("path", _("Thư mục"), required=True, help=_("Đường dẫn đầy đủ trên máy chủ Toàn Cảnh.")),
        *Files.common,
    )

    @property
    def place(self) -> str:
        """The folder itself."""
        return str(self.told["path"])

    @classmethod
    def check(cls, options: Mapping[str, Any]) -> None:
        """Refuse a path that means another folder wherever it is read. Raises connector.option."""
        if not Path(options["path"]).is_absolute():
            raise Problem("connector.option", option="path", reason=gettext("cần là đường dẫn đầy đủ, bắt đầu bằng /"))

    def open(self) -> Place:
        """The folder; whether it is there shows when it is looked at."""
        return _FolderPlace(Path(self.told["path"]))


class _FolderPlace:
    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def entries(self) -> Iterator[Entry]:
        try:
            with os.scandir(self._folder) as found:
                for item in found:
                    with suppress(FileNotFoundError):  # gone between two glances
                        if item.is_file():
                            told = item.stat()
                            yield Entry(item.name, told.st_size, told.st_mtime)
        except OSError as error:
            raise Problem(
                "connector.path", path=str(self._folder), place=gettext("máy này"), reason=reason(error)
            ) from None

    def copy(self, name: str, write: Callable[[bytes], Any]) -> None:
        with (self._folder / name).open("rb") as source:
            pass_on(source, write)

    def close(self) -> None:
        pass


class Remote(Files):
    """A folder on another machine."""

    machine: ClassVar[tuple[Option, ...]] = (
        Option("host", _("Máy chủ"), required=True),
        Option("user", _("Tài khoản"), required=True),
        Option("password", _("Mật khẩu"), Shape.SECRET),
        Option("folder", _("Thư mục"), default=".", help=_("Để trống là thư mục mà tài khoản vào đầu tiên.")),
    )
    waits: ClassVar[Option] = Option("timeout", _("Chờ trả lời (giây)"), Shape.NUMBER, default=30, minimum=0.1)

    @property
    def place(self) -> str:
        """Its address."""
        return f"{self.kind}://{self.told['host']}:{self.told['port']}"
