"""What commands print: tables for people, JSON for programs, problems in words."""

import json
import os
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from typing import Any

from toancanh.base.home import current
from toancanh.base.problems import Problem
from toancanh.base.reasons import reason


def start() -> None:
    """Load Django and the floors for a command, in the caller's language, in a ready home."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "toancanh.config.settings")
    try:
        import django

        django.setup()
    except OSError as error:
        raise Problem("home.unwritable", home=str(current().path), reason=reason(error)) from None
    language()
    from django.db.utils import InterfaceError, OperationalError

    from toancanh.config.homes import prepare

    try:
        prepare(current())
    except (OperationalError, InterfaceError) as error:
        from toancanh.config import health  # noqa: F401 - knows the words

        raise Problem("doctor.database", reason=str(error).strip()) from None
    except OSError as error:
        raise Problem("home.unwritable", home=str(current().path), reason=reason(error)) from None


def language() -> None:
    """Speak the caller's language: `TOANCANH_LANGUAGE`, Vietnamese unless it says `en`."""
    from django.utils import translation

    translation.activate("en" if os.environ.get("TOANCANH_LANGUAGE", "vi").startswith("en") else "vi")


def as_json(value: Any) -> None:
    """Print a value as JSON: numbers as numbers, times in ISO 8601 and UTC."""
    json.dump(value, sys.stdout, ensure_ascii=False, default=_plain, indent=None)
    sys.stdout.write("\n")


def as_table(rows: Iterable[Mapping[str, Any]], columns: Sequence[tuple[str, str]]) -> None:
    """Print rows under (key, title) columns."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, header_style="bold", pad_edge=False)
    for _key, title in columns:
        table.add_column(title, overflow="fold")
    for row in rows:
        table.add_row(*(Text(cell(row.get(key))) for key, _title in columns))  # a [word] of the data is no markup
    # What is piped is not folded to the width of a terminal that is not there.
    Console(width=None if sys.stdout.isatty() else 100_000).print(table, crop=False)


def problem(error: Problem) -> int:
    """Print a problem, and those found with it, on standard error: where, what, how to mend. Returns exit code 1."""
    import django
    from django.apps import apps
    from django.conf import settings

    if not settings.configured and not apps.ready:
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "toancanh.config.settings")
        try:
            django.setup()
        except (OSError, Problem):
            if not settings.configured:  # the home is at fault, and the settings lie in it: the words do not
                from toancanh.config import LOCALE

                settings.configure(LANGUAGE_CODE="vi", LOCALE_PATHS=[LOCALE])
                django.setup()
        language()
    for each in error.all:
        explanation = each.explain()
        where = f"{each.where}: " if each.where else ""
        sys.stderr.write(f"✗ {where}{explanation.what}\n")
        if explanation.remedy:
            sys.stderr.write(f"  → {explanation.remedy}\n")
    return 1


def cell(value: Any) -> str:
    """A value as a reader sees it: yes and no in words, times on a Vietnamese clock."""
    if value is None:
        return ""
    if isinstance(value, bool):
        from django.utils.translation import gettext as _

        return _("có") if value else _("không")
    if isinstance(value, datetime):
        from toancanh.base.clock import written

        return written(value)
    return str(value)


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        from toancanh.base.clock import stamp

        return stamp(value)
    return value.isoformat() if isinstance(value, date) else str(value)


def say(text: str) -> None:
    """Print a sentence."""
    sys.stdout.write(text + "\n")


def facts(pairs: Sequence[tuple[str, str]]) -> None:
    """Print what is known as label and value, one a line; what is empty is left out."""
    known = [(label, value.strip()) for label, value in pairs if value.strip()]
    width = max((len(label) for label, _value in known), default=0)
    for label, value in known:
        say(f"  {label:<{width}}  {value}")


def note(text: str) -> None:
    """Print a remark on standard error, where it does not disturb what is piped."""
    sys.stderr.write(text + "\n")


def number(value: float | None) -> str:
    """A number in the caller's language; a dash where it is missing."""
    from django.utils.translation import get_language

    from toancanh.base import numbers

    return "–" if value is None else numbers.plain(value, None, get_language() or "vi")


def load(done: Any, notes: Sequence[Any]) -> None:
    """What became of a load, in a sentence, with what is worth knowing."""
    from django.utils.translation import gettext as _

    say(
        _("Lần nạp {number} ({name}): đọc {read} dòng, nhận {accepted}, loại {rejected}, trùng {duplicates}.").format(
            number=done.pk,
            name=done.filename,
            read=number(done.read),
            accepted=number(done.accepted),
            rejected=number(done.rejected),
            duplicates=number(done.duplicates),
        )
    )
    for each in notes:
        note(f"  · {each.what} {each.remedy}")
    if done.rejected:
        note(_("  · Xem lý do từng dòng: toancanh rejects {number}").format(number=done.pk))


def trial(found: Any, *, json: bool) -> None:
    """What was read on trial: rows as records, and the refused ones with reason and remedy."""
    from django.utils.translation import gettext as _

    from toancanh.base.problems import explain

    rejects = [
        {"row": each.row, "column": each.column, "value": each.value, **explain(each.code, each.params)._asdict()}
        for each in found.rejects
    ]
    if json:
        as_json({"columns": found.columns, "rows": found.rows, "rejects": rejects})
        return
    as_table(found.rows, [(name, name) for name in found.rows[0]] if found.rows else [])
    if rejects:
        heads = [("row", _("Dòng")), ("column", _("Cột")), ("value", _("Giá trị")), ("what", _("Lý do"))]
        as_table(rejects, [*heads, ("remedy", _("Cách sửa"))])


@contextmanager
def progress(title: str, *, quiet: bool) -> Iterator[Callable[[Any, float], None]]:
    """A progress line on standard error for work that takes over two seconds; yields advance(load, share)."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

    begun = time.monotonic()
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True, disable=quiet) as bar:
        task = bar.add_task(title, total=1.0, visible=False)

        def advance(load: Any, share: float) -> None:
            words = f"{title}: {number(load.read)}"
            bar.update(task, completed=share, description=words, visible=time.monotonic() - begun > 2)

        yield advance


def stream_json(items: Iterable[Any], total: int) -> None:
    """Print {"items","total"} without holding all items in memory."""
    sys.stdout.write('{"items": [')
    for place, item in enumerate(items):
        sys.stdout.write((", " if place else "") + json.dumps(item, ensure_ascii=False, default=_plain))
    sys.stdout.write(f'], "total": {total}}}\n')
