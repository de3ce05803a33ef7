"""Config: settings and wiring, no logic."""

from pathlib import Path

LOCALE = Path(__file__).parent / "locale"
