"""Trouble: told once for as long as it stays the same."""

from structlog.testing import capture_logs

from toancanh.base.trouble import Trouble


def test_the_same_trouble_is_told_once_another_again_and_its_end() -> None:
    trouble = Trouble("flushing", source="mot-cua")
    with capture_logs() as told:
        trouble.over()
        for reason in ("full", "full", "locked", "locked"):
            trouble.met(OSError(reason))
        trouble.over()
        trouble.over()
        trouble.met(OSError("locked"))
    assert [(each["log_level"], each.get("problem"), each["source"]) for each in told] == [
        ("error", "full", "mot-cua"),
        ("error", "locked", "mot-cua"),
        ("warning", None, "mot-cua"),
        ("error", "locked", "mot-cua"),
    ]
