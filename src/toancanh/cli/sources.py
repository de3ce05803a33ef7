"""toancanh sources: where data comes from and how it fares; connecting, pausing, reading again."""

from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

app = App(name="sources", help="Các nguồn dữ liệu. / The sources and how they fare.", help_format="plaintext")


@app.default
def sources(*, json: Annotated[bool, Parameter(negative="")] = False) -> int:
    """Các nguồn dữ liệu. / The sources: loads, counts, freshness.

    Parameters
    ----------
    json
        Print {"items","total"}.
    """
    from toancanh.cli import output

    output.start()
    from django.utils.translation import gettext as _

    from toancanh.screens.templatetags.labels import source_state
    from toancanh.sources import listing

    items = listing.sources()
    if json:
        output.as_json({"items": items, "total": len(items)})
        return 0
    heads = [("name", _("Nguồn")), ("title", _("Tên")), ("loads", _("Số lần nạp")), ("read", _("Đọc"))]
    heads += [
        ("accepted", _("Nhận")),
        ("rejected", _("Bị loại")),
        ("duplicates", _("Trùng")),
        ("freshness", _("Độ tươi")),
        ("connector", _("Đầu nối")),
        ("state", _("Trạng thái")),
        ("problem", _("Lỗi gần nhất")),
    ]
    told = [item | {name: source_state(item[name]) for name in ("freshness", "state")} for item in items]
    output.as_table(told, heads)
    return 0


@app.command
def add(file: Path, /, *, paused: Annotated[bool, Parameter(negative="")] = False) -> int:
    """Thêm hoặc sửa một nguồn theo tệp TOML rồi cho chạy. / Add or change a source from a TOML file, and start it.

    Ví dụ / Example: toancanh sources add mot-cua.toml

    Parameters
    ----------
    file
        What the source is, how it is connected, what it promises (docs/how-to/connect-a-source.md).
    paused
        Leave it paused, to be tried first.
    """
    from dataclasses import replace

    from toancanh.cli import output

    output.start()
    from django.utils.translation import gettext as _

    from toancanh.base import audit
    from toancanh.base.problems import Problem
    from toancanh.sources import actions, definition

    try:
        wanted = definition.at(file)
        source = actions.connect(replace(wanted, paused=wanted.paused or paused), actor=audit.SYSTEM)
    except Problem as problem:
        problem.where = problem.where or str(file)
        raise
    output.say(_("Đã lưu nguồn {name}.").format(name=source.name))
    if source.running:
        output.say(_("Nguồn đang chạy; xem bằng `toancanh sources`, hoặc trên trang Nguồn dữ liệu."))
    elif source.connector:
        output.say(_("Nguồn đang tạm dừng. Đọc thử: `toancanh sources try {name}`.").format(name=source.name))
        output.say(_("Cho chạy: `toancanh sources resume {name}`.").format(name=source.name))
    return 0


@app.command(name="try")
def try_(name: str, /, *, rows: int = 20, json: Annotated[bool, Parameter(negative="")] = False) -> int:
    """Đọc thử một nguồn, không nhận gì. / Try a source: its first rows, mapped; nothing is kept.

    Ví dụ / Example: toancanh sources try mot-cua

    Parameters
    ----------
    name
        Name of the source.
    rows
        How many rows to show.
    json
        Print {"columns","rows","rejects"}.
    """
    from toancanh.cli import output

    output.start()
    from toancanh.sources import registry
    from toancanh.sources.trial import trial

    output.trial(trial(registry.get(name), rows), json=json)
    return 0


@app.command
def pause(name: str, /) -> int:
    """Tạm dừng một nguồn. / Pause a source: it is heard no longer until it is resumed.

    Ví dụ / Example: toancanh sources pause mot-cua

    Parameters
    ----------
    name
        Name of the source.
    """
    from toancanh.cli import output

    output.start()
    from django.utils.translation import gettext as _

    from toancanh.base import audit
    from toancanh.sources import actions

    source = actions.pause(name, actor=audit.SYSTEM)
    output.say(_("Nguồn {name} đã tạm dừng.").format(name=source.name))
    return 0


@app.command
def resume(name: str, /) -> int:
    """Cho một nguồn chạy tiếp từ chỗ đã đọc. / Resume a source from where it was left.

    Ví dụ / Example: toancanh sources resume mot-cua

    Parameters
    ----------
    name
        Name of the source.
    """
    from toancanh.cli import output

    output.start()
    from django.utils.translation import gettext as _

    from toancanh.base import audit
    from toancanh.sources import actions

    source = actions.resume(name, actor=audit.SYSTEM)
    output.say(_("Nguồn {name} đang chạy.").format(name=source.name))
    return 0


@app.command
def replay(name: str, /, *, from_: Annotated[str, Parameter(name="--from")]) -> int:
    """Đọc lại một nguồn từ một thời điểm; không nhân đôi gì. / Read a source again from a moment; nothing is doubled.

    Ví dụ / Example: toancanh sources replay mot-cua --from 15/11/2026

    Parameters
    ----------
    name
        Name of the source.
    from_
        A day (its beginning) or a time: 15/11/2026, 2026-11-15T08:30.
    """
    from toancanh.cli import moments, output

    output.start()
    from django.utils.translation import gettext as _

    from toancanh.base import audit, clock
    from toancanh.sources import actions

    since = moments.beginning("--from", from_)
    source = actions.replay(name, since, actor=audit.SYSTEM)
    told = f"{clock.local(since):%d/%m/%Y %H:%M}"
    output.say(_("Nguồn {name} sẽ được đọc lại từ {since}.").format(name=source.name, since=told))
    if not source.running:
        output.say(_("Nguồn đang tạm dừng; cho chạy: `toancanh sources resume {name}`.").format(name=source.name))
    return 0
