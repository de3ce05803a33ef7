"""Preparing a home: a migrated and seeded database appears whole or not at all."""

import hashlib
import os
import secrets
import shutil
import sys
from pathlib import Path

from django.core.management import call_command
from django.db import connection, transaction
from django.db.migrations.executor import MigrationExecutor

import toancanh
from toancanh.base.home import Home
from toancanh.units import seed
from toancanh.warehouse import recovery

PACKAGE = Path(toancanh.__file__).parent


def prepare(home: Home) -> None:
    """Make the home usable: database there and migrated, units seeded, warehouse recovered. Safe to repeat."""
    home.path.mkdir(parents=True, exist_ok=True, mode=0o700)
    os.umask(0o077)
    with home.lock("prepare"):
        if connection.vendor == "sqlite":
            if not home.database.exists():
                _place(template(), home.database)
        else:
            _migrate()
        if MigrationExecutor(connection).migration_plan(MigrationExecutor(connection).loader.graph.leaf_nodes()):
            _migrate()
        if not seed.seeded():
            seed.seed()
        recovery.recover_all()


def template() -> Path:
    """A migrated, seeded SQLite database for new homes, built once per version of migrations and seed."""
    folder = Path(os.environ.get("TOANCANH_TEMPLATES") or Path(sys.prefix) / "share" / "toancanh")
    file = folder / f"home-{_digest()}.sqlite3"
    if not file.exists():
        folder.mkdir(parents=True, exist_ok=True)
        draft = folder / f".{secrets.token_hex(6)}.sqlite3"
        real = connection.settings_dict["NAME"]
        connection.close()
        connection.settings_dict["NAME"] = draft
        try:
            _migrate()
            with transaction.atomic():
                seed.seed()
            with connection.cursor() as cursor:
                cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        finally:
            connection.close()
            connection.settings_dict["NAME"] = real
        draft.rename(file)
        for rest in folder.glob(f"{draft.name}-*"):
            rest.unlink()
    return file


def _migrate() -> None:
    call_command("migrate", verbosity=0, interactive=False)


def _place(source: Path, target: Path) -> None:
    draft = target.with_name(f".{target.name}.{secrets.token_hex(6)}")
    shutil.copyfile(source, draft)
    draft.chmod(0o600)
    with draft.open("rb") as handle:
        os.fsync(handle.fileno())
    draft.rename(target)


def _digest() -> str:
    content = hashlib.sha256(toancanh.__name__.encode())
    for file in sorted(
        [*PACKAGE.glob("*/migrations/*.py"), *PACKAGE.glob("units/seed*"), *PACKAGE.glob("units/seed/*")]
    ):
        if file.is_file():
            content.update(file.name.encode() + file.read_bytes())
    return content.hexdigest()[:12]
