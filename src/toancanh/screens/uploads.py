"""Files that come in over the web: who may hand them in, and to which source."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from toancanh.base.problems import Problem, Words, register
from toancanh.screens.context import province_code
from toancanh.sources import actions, outside, registry
from toancanh.sources.models import Load, Source

register(
    {
        "source.whole": Words(
            _("Chỉ tài khoản của toàn trung tâm mới thêm, sửa hoặc đọc thử nguồn: nguồn mang dữ liệu của mọi đơn vị."),
            _("Nhờ quản trị viên không gắn với đơn vị nào thực hiện."),
            403,
        ),
        "upload.empty": Words(
            _("Chưa chọn tệp."), _("Chọn một tệp CSV, XLSX, XLS, ODS, JSON hoặc Parquet rồi gửi lại."), 422
        ),
    }
)


def visible(request: HttpRequest, owner: str) -> bool:
    """Whether a source of that owner lies in the visitor's scope; one without owner is the province's."""
    codes = request.access_scope.codes  # type: ignore[attr-defined]
    return codes is None or (owner or province_code()) in codes


def visible_source(request: HttpRequest, name: str) -> Source:
    """The source of that name. Raises source.unknown, access.outside."""
    source = registry.get(name)
    if not visible(request, source.owner):
        raise Problem("access.outside")
    return source


def of_all_units(request: HttpRequest) -> bool:
    """Whether the visitor belongs to no unit, but to the whole installation."""
    return not getattr(request.user, "unit", "")


def whole(request: HttpRequest) -> None:
    """Let on only who belongs to no unit: a connected source tells rows of all units. Raises source.whole."""
    if not of_all_units(request):
        raise Problem("source.whole")


def visible_load(request: HttpRequest, number: int) -> Load:
    """The load of that number. Raises access.outside."""
    found = Load.objects.select_related("source").filter(pk=number).first()
    if found is None or not visible(request, found.source.owner):
        raise Problem("access.outside")
    return found


def whole_load(request: HttpRequest, number: int) -> Load:
    """The load of that number, of which the visitor may see and take back every row. Raises load.outside, too."""
    found = visible_load(request, number)
    if not outside.covers(found, request.access_scope):  # type: ignore[attr-defined]
        raise Problem("load.outside", load=found.pk)
    return found


@contextmanager
def on_disk(delivered: UploadedFile | None) -> Iterator[Path]:
    """A delivered file under its own name, for as long as it is looked at. Raises upload.empty."""
    if delivered is None:
        raise Problem("upload.empty")
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / Path(str(delivered.name)).name
        with file.open("wb") as handle:
            for part in delivered.chunks():
                handle.write(part)
        yield file


def take(request: HttpRequest, name: str, delivered: UploadedFile | None, mapping: str | None) -> Load:
    """Hand a delivered file to the loader."""
    source = visible_source(request, name)
    with on_disk(delivered) as file:
        return actions.deliver(source, file, mapping, actor=actor(request))


def withdraw(request: HttpRequest, number: int, reason: str) -> Load:
    """Take a wrong load back. Raises withdraw.reason, access.outside, load.*."""
    load = whole_load(request, number)
    return actions.withdraw(load, reason, actor=actor(request))


def actor(request: HttpRequest) -> tuple[str, str]:
    """The visitor as the audit log knows him."""
    return ("user", request.user.get_username())
