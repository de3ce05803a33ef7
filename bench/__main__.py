"""Measure every promise, or those that are named; a whole day is measured only where it is named.

.venv/bin/python -m bench [NAME ...] [--save] [--fresh]: of ingest, load, start, weight, board, live, day and others

--save writes bench/results/<date>-<machine>.md; --fresh builds the home of the board's events anew.
"""

import importlib
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
from dataclasses import asdict
from datetime import datetime
from pathlib import Path

from bench.common import ROOT, Result, machine

# Each promise with the seconds after which it is given up.
PROMISES = {
    "ingest": 300,
    "load": 400,
    "start": 500,
    "weight": 300,
    "board": 1500,
    "reconcile": 400,
    "deadlines": 1200,
    "cases": 1500,
    "live": 2400,
    "alerting": 1200,
    "documents": 120,
}
LONG = {"day": 6000}  # only where they are named


def main(arguments: list[str]) -> int:
    signal.signal(signal.SIGTERM, lambda *_args: sys.exit(143))
    flags = {each for each in arguments if each.startswith("--")}
    names = [each for each in arguments if not each.startswith("--")] or list(PROMISES)
    if unknown := [*(flags - {"--save", "--fresh"}), *(name for name in names if name not in PROMISES | LONG)]:
        sys.stderr.write(f"{', '.join(unknown)}: not known.\n{__doc__}")
        return 2
    os.environ["TOANCANH_BENCH_FRESH"] = str(int("--fresh" in flags))
    busy = os.getloadavg()[0]
    found: dict[str, list[Result]] = {}
    for name in names:
        sys.stderr.write(f"{name} ...\n")
        found[name] = _apart(name, (PROMISES | LONG)[name])
    text = _report(found, busy)
    sys.stdout.write(text)
    if "--save" in flags:
        about = machine()
        model = re.sub(r"[^a-z0-9]+", "-", re.sub(r"\(.*?\)|@.*|CPU|Processor", "", about["CPU"]).lower()).strip("-")
        memory = about["memory"].replace(" ", "").lower()
        file = ROOT / "bench" / "results" / f"{_today()}-{about['cores']}-cores-{memory}-{model}.md"
        file.parent.mkdir(exist_ok=True)
        file.write_text(text)
        sys.stderr.write(f"written to {file.relative_to(ROOT)}\n")
    return 1 if any(each.met is False for results in found.values() for each in results) else 0


def _apart(name: str, limit: float) -> list[Result]:
    """Measure one promise in a process of its own: a process belongs to one home."""
    with tempfile.NamedTemporaryFile(suffix=".jsonl") as file:
        process = subprocess.Popen([sys.executable, "-m", "bench", "--one", name, file.name], cwd=ROOT)
        try:
            code = process.wait(limit)
            why = f"ended with {code}"
        except subprocess.TimeoutExpired:
            process.terminate()
            process.wait(60)
            code, why = 1, f"given up after {limit:.0f} s"
        except BaseException:
            process.terminate()
            process.wait(60)
            raise
        found = [Result(**json.loads(line)) for line in Path(file.name).read_text().splitlines()]
        return [*found, Result(name, None, "", note=f"the rest not measured: {why}")] if code else found


def _one(name: str, file: str) -> int:
    """What is measured is written down at once: whoever gives up has it."""
    signal.signal(signal.SIGTERM, lambda *_args: sys.exit(143))  # whatever was started is ended on the way out
    with Path(file).open("w") as handle:
        for result in importlib.import_module(f"bench.{name}").measure():
            handle.write(json.dumps(asdict(result)) + "\n")
            handle.flush()
    return 0


def _report(found: dict[str, list[Result]], busy: float) -> str:
    about = machine()
    about["load when it began"] = f"{busy:.1f}"
    lines = [f"# Measured on {_today()}", "", "`make bench`", ""]
    lines += [f"- {key}: {value}" for key, value in about.items()]
    lines += [f"- commit: {_commit()}", "- warm unless said otherwise; floors are measured in the same run", ""]
    lines += ["| promise | measured | floor | ratio or target | met? |", "|---|---|---|---|---|"]
    notes: list[str] = []
    for results in found.values():
        for each in results:
            mark = ""
            if each.note:
                notes.append(each.note)
                mark = f" ({len(notes)})"
            cells = [each.what + mark, _value(each.measured, each.unit), _value(each.floor, each.unit), _aim(each)]
            met = {True: "yes", False: "**no**", None: ""}[each.met]
            lines.append(f"| {' | '.join([*cells, met])} |")
    return "\n".join([*lines, "", *(f"{place}. {note}" for place, note in enumerate(notes, 1)), ""])


def _today() -> str:
    return f"{datetime.now().astimezone():%Y-%m-%d}"


def _value(value: float | None, unit: str) -> str:
    if value is None:
        return "–"
    digits = 0 if abs(value) >= 100 else 1 if abs(value) >= 10 else 2
    return f"{value:,.{digits}f} {unit}"


def _aim(result: Result) -> str:
    sign = "≥" if result.at_least else "≤"
    parts = []
    if result.target is not None:
        parts.append(f"{sign} {result.target:,.6g} {result.unit}")
    if result.ratio is not None:
        aim = f" ({sign} {result.ratio_target:g}x)" if result.ratio_target is not None else ""
        parts.append(f"{result.ratio:.2f}x{aim}")
    return ", ".join(parts) or "–"


def _commit() -> str:
    command = ["git", "describe", "--always", "--dirty"]
    told = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    return told.stdout.strip() or "unknown"


if __name__ == "__main__":
    if sys.argv[1:2] == ["--one"]:
        sys.exit(_one(*sys.argv[2:4]))
    sys.exit(main(sys.argv[1:]))
