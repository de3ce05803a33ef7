"""The wiring: what a process of the centre has in memory before it does anything."""

import subprocess
import sys
from pathlib import Path

ENGINES = (
    "pyarrow",
    "duckdb",
    "polars",
    "numpy",
    "deltalake",
    "ibis",
    "apprise",
    "puremagic",
    "docx",
    "lxml",
    "typst",
    "cryptography",
)
CODE = """
import sys
from toancanh.cli import output
output.start()
print(*sorted(set(sys.argv[1:]) & set(sys.modules)))
"""


def test_a_process_that_handles_no_records_carries_no_engine(tmp_path: Path) -> None:
    environment = {"PATH": "/usr/bin:/bin", "TOANCANH_HOME": str(tmp_path / "home")}
    command = [sys.executable, "-c", CODE, *ENGINES]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120, check=True)
    assert done.stdout.split() == []
