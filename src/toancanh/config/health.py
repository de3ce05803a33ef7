"""Checks of the installation as a whole; the floors add their own."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.utils.translation import gettext_lazy as _

from toancanh.base import audit, checks
from toancanh.base.checks import Finding
from toancanh.base.home import current
from toancanh.base.problems import Words
from toancanh.base.problems import register as register_problems

ENOUGH = 1 << 30

register_problems(
    {
        "doctor.home_open": Words(
            _("Người khác đọc được thư mục dữ liệu {home} (quyền {mode})."), _("Chạy: chmod 700 {home}")
        ),
        "doctor.disk": Words(_("Đĩa chứa {home} chỉ còn {free} MB."), _("Giải phóng hoặc thêm dung lượng đĩa.")),
        "doctor.database": Words(
            _("Không dùng được cơ sở dữ liệu tác nghiệp: {reason}"),
            _("Kiểm tra TOANCANH_DATABASE_URL và máy chủ PostgreSQL."),
        ),
        "doctor.migrations": Words(
            _("Cơ sở dữ liệu còn {count} bước nâng cấp chưa chạy."),
            _("Chạy lại lệnh này; nếu vẫn còn, gửi nhật ký cho nhà phát triển."),
        ),
        "doctor.audit": Words(
            _("Chuỗi nhật ký bị sửa từ mục {entry}."), _("Khôi phục nhật ký từ bản sao lưu và điều tra ai đã sửa.")
        ),
        "doctor.frontend": Words(_("Chưa dựng giao diện."), _("Chạy: make setup")),
    }
)


def register() -> None:
    """Make the checks known."""
    checks.register("config.home", _home)
    checks.register("config.database", _database)
    checks.register("config.audit", _audit)
    checks.register("config.frontend", _frontend)


def _home() -> Iterator[Finding]:
    home = current().path
    mode = home.stat().st_mode & 0o777
    if mode & 0o077:
        yield Finding("warning", "doctor.home_open", {"home": str(home), "mode": oct(mode)[2:]})
    free = shutil.disk_usage(home).free
    if free < ENOUGH:
        yield Finding("error", "doctor.disk", {"home": str(home), "free": free >> 20})
    if not os.access(home, os.W_OK):
        yield Finding("error", "home.unwritable", {"home": str(home), "reason": "access"})


def _database() -> Iterator[Finding]:
    try:
        executor = MigrationExecutor(connection)
        plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    except Exception as error:  # whatever the driver raises, the doctor says it in words
        yield Finding("error", "doctor.database", {"reason": str(error)})
        return
    if plan:
        yield Finding("error", "doctor.migrations", {"count": len(plan)})


def _audit() -> Iterator[Finding]:
    entry = audit.broken()
    if entry is not None:
        yield Finding("error", "doctor.audit", {"entry": entry})


def _frontend() -> Iterator[Finding]:
    manifest = Path(str(settings.DJANGO_VITE["default"]["manifest_path"]))
    if not manifest.exists():
        yield Finding("error", "doctor.frontend", {})
