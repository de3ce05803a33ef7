"""A refusal that was kept reads the same in every process, whatever that process happens to have imported."""

import json
import os
import subprocess
import sys
from pathlib import Path

import toancanh

FLOORS = ("base", "units", "access", "warehouse", "sources", "indicators")
ASK = f"""
import importlib, json, pkgutil
import django
django.setup()
from toancanh.base.problems import registered
known = set(registered())
for floor in {FLOORS!r}:
    package = importlib.import_module(f"toancanh.{{floor}}")
    for module in pkgutil.walk_packages(package.__path__, f"{{package.__name__}}."):
        importlib.import_module(module.name)
print(json.dumps([sorted(known), sorted(set(registered()) - known)]))
"""


def test_django_alone_makes_the_words_of_all_floors_known(tmp_path):
    environment = os.environ | {"DJANGO_SETTINGS_MODULE": "toancanh.config.settings", "TOANCANH_HOME": str(tmp_path)}
    answer = subprocess.run(
        [sys.executable, "-c", ASK],
        env=environment,
        cwd=Path(toancanh.__file__).parent,
        check=True,
        capture_output=True,
    )
    known, late = json.loads(answer.stdout)
    assert late == []
    assert {"unit.unknown", "unit.expired", "access.throttled", "warehouse.order", "file.empty", "figure.base"} <= {
        *known
    }
