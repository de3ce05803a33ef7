"""The sample province: demo accounts, the real figures of two provinces, 90 simulated days of dossiers."""

import hashlib
import importlib
import tempfile
from datetime import date, timedelta
from pathlib import Path

from toancanh.access.actions import create_user
from toancanh.access.models import User
from toancanh.base import audit, clock
from toancanh.base.domain import all_domains
from toancanh.base.home import current
from toancanh.sources import actions, loading
from toancanh.sources.models import Load
from toancanh.units import actions as units

PASSWORD = "toancanh-demo"  # noqa: S105 - it works on a loopback address only
PROVINCE = "gso:66"
DAYS = 90
SEED = 2026

ACCOUNTS = (
    ("lanhdao", "leader", "", "Lãnh đạo UBND tỉnh"),
    ("truc", "operator", "", "Trực ban điều hành"),
    ("sxd", "officer", "agency:dak-lak.sxd", "Cán bộ Sở Xây dựng"),
    ("xa", "officer", "gso:24133", "Cán bộ phường Buôn Ma Thuột"),
    ("dulieu", "steward", "", "Quản lý dữ liệu"),
    ("quantri", "admin", "", "Quản trị hệ thống"),
)


def prepare() -> list[User]:
    """Accounts and reported figures, before anything is served; safe to repeat. Returns the accounts."""
    for username, role, unit, name in ACCOUNTS:
        if not User.objects.filter(username=username).exists():
            create_user(username, role, unit, password=PASSWORD, name=name, demo=True)
    for sample in (domain.folder / "sample" for domain in all_domains()):
        if (sample / "agencies.csv").exists():
            units.add_agencies(sample / "agencies.csv")
        if (sample / "figures.csv").exists():
            _once("figures", sample / "figures.csv")
    return list(User.objects.filter(demo=True).order_by("pk"))


def _once(source: str, file: Path) -> None:
    """Load a file unless its very content is in."""
    sha256 = hashlib.sha256(file.read_bytes()).hexdigest()
    if not Load.objects.filter(source__name=source, sha256=sha256, state=Load.State.DONE).exists():
        loading.run(actions.deliver(source, file, actor=audit.SYSTEM))


def history(today: date) -> None:
    """Hand the simulated records of the last days to the loader, newest month first; once a day is enough."""
    import pyarrow.parquet as pq

    recent = clock.now() - timedelta(hours=20)
    if Load.objects.filter(simulated=True, created_at__gte=recent).exists():
        return
    with tempfile.TemporaryDirectory(dir=current().path) as folder:
        for domain in all_domains():
            if not (domain.folder / "demo.py").exists():
                continue
            module = importlib.import_module(f"{domain.module}.demo")
            yesterday = today - timedelta(1)
            for source, name, table in module.history(yesterday - timedelta(DAYS - 1), yesterday, SEED, PROVINCE):
                file = Path(folder) / f"{name}.parquet"
                pq.write_table(table, file, compression="zstd")
                actions.deliver(source, file, actor=audit.SYSTEM, simulated=True)
