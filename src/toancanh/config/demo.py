"""The sample province: demo accounts, the real figures of two provinces, simulated dossiers and air."""

import hashlib
import importlib
import socket
import tempfile
import tomllib
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from string import Template
from types import ModuleType
from urllib.parse import quote

from toancanh.access.actions import Part, create_simulated, create_user
from toancanh.access.models import User
from toancanh.access.roles import Role
from toancanh.base import audit, clock
from toancanh.base.domain import Domain, all_domains
from toancanh.base.home import current
from toancanh.sources import actions, definition, loading
from toancanh.sources.models import Load, Source
from toancanh.units import actions as units
from toancanh.units.models import Unit
from toancanh.units.tree import Tree

PASSWORD = "toancanh-demo"  # noqa: S105 - it works on a loopback address only
PROVINCE = "gso:66"
DAYS = 90
SEED = 2026
SPEED = 24.0  # so many times as fast as real ones the simulated officers think

ACCOUNTS = (
    ("lanhdao", "leader", "", "Lãnh đạo UBND tỉnh"),
    ("truc", "operator", "", "Trực ban điều hành"),
    ("sxd", "officer", "agency:dak-lak.sxd", "Cán bộ Sở Xây dựng"),
    ("xa", "officer", "gso:24133", "Cán bộ phường Buôn Ma Thuột"),
    ("dulieu", "steward", "", "Quản lý dữ liệu"),
    ("quantri", "admin", "", "Quản trị hệ thống"),
)
HEADED = 8  # of so many units one has a head besides its officer


def prepare() -> list[User]:
    """Accounts and reported figures, before anything is served; safe to repeat.

    Returns the accounts of whoever tries it, without those that are simulated.
    """
    for username, role, unit, name in ACCOUNTS:
        if not User.objects.filter(username=username).exists():
            create_user(username, role, unit, password=PASSWORD, name=name, demo=True)
    for sample in (domain.folder / "sample" for domain in all_domains()):
        if (sample / "agencies.csv").exists():
            units.add_agencies(sample / "agencies.csv")
        if (sample / "figures.csv").exists():
            _once("figures", sample / "figures.csv")
    create_simulated(parts(clock.today()), PASSWORD)
    return list(User.objects.filter(demo=True).order_by("pk"))


def parts(day: date) -> list[Part]:
    """The officers to simulate: one of each commune and department that is not left to whoever tries it; some heads."""
    tree, own = Tree.at(day), {unit for _name, _role, unit, _title in ACCOUNTS}
    there = [tree[code] for code in sorted(tree.within(PROVINCE) - own)]
    units = [node for node in there if node.kind in (Unit.Kind.COMMUNE, Unit.Kind.DEPARTMENT)]
    found = []
    for place, node in enumerate(units):
        short = node.ref.rpartition(":")[2].rpartition(".")[2]
        found.append(Part(f"canbo.{short}", Role.OFFICER, node.ref, f"Cán bộ {_inside(node.name)} (mô phỏng)"))
        if place % HEADED == 0:
            found.append(Part(f"lanhdao.{short}", Role.HEAD, node.ref, f"Lãnh đạo {_inside(node.name)} (mô phỏng)"))
    return found


def _inside(name: str) -> str:
    """The name of a unit within a sentence: phường Buôn Ma Thuột, Sở Y tế."""
    first, _space, rest = name.partition(" ")
    return f"{first.casefold()} {rest}" if first in ("Phường", "Xã") else name


def simulators(centre: str) -> list[tuple[str, list[str]]]:
    """The simulated systems of the sample, each connected as a source, and the officers of its units: name, arguments.

    `centre` is our own address, for those that speak by themselves. A system that reads one before it finds the port
    and the token of that under its name, as an address writes them.
    """
    found, earlier = [], {"centre": centre}
    for domain, module in _samples():
        for file in module.CONNECTED:
            text = Template((domain.folder / "sample" / file).read_text(encoding="utf-8"))
            own = {"port": str(_free_port()), "token": actions.fresh_secret()}
            told = tomllib.loads(text.substitute(earlier | own))
            name = told["name"].replace("-", "_")
            earlier |= {f"{name}_{key}": quote(value, safe="") for key, value in own.items()}
            command = told.pop("simulator")
            known = Source.objects.filter(name=told["name"]).first()
            paused = known is not None and not known.running
            actions.connect(replace(definition.of(told), paused=paused), actor=audit.SYSTEM)
            found.append((told["name"], ["-m", "toancanh", "simulate", *command]))
    officers = ["officers", "--centre", centre, "--speed", f"{SPEED:g}", "--port", str(_free_port())]
    return [*found, ("can-bo", ["-m", "toancanh", "simulate", *officers])]


def _samples() -> Iterator[tuple[Domain, ModuleType]]:
    """The domains of which there is a sample that lives, with its module."""
    for domain in all_domains():
        if (domain.folder / "demo.py").exists():
            yield domain, importlib.import_module(f"{domain.module}.demo")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


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
        for _domain, module in _samples():
            yesterday = today - timedelta(1)
            for source, name, table in module.history(yesterday - timedelta(DAYS - 1), yesterday, SEED, PROVINCE):
                file = Path(folder) / f"{name}.parquet"
                pq.write_table(table, file, compression="zstd")
                actions.deliver(source, file, "", actor=audit.SYSTEM, simulated=True)
