"""Commands: real processes in real homes, answers in JSON and in words, an exit code that means something."""

import json
import resource
from datetime import UTC, datetime

import pytest

from toancanh.cli import COMMANDS

MENDED = "A,1,1.000001,gso:24133,1,3,2026-03-02T09:00:00+07:00,2026-03-02T09:00:00+07:00,2026-03-09T09:00:00+07:00,,,,"


def seconds_of_work():
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


@pytest.mark.parametrize("command", COMMANDS)
def test_help_has_an_example_and_costs_next_to_nothing(toancanh, command):
    begun = seconds_of_work()  # not time passed: the machine may be busy with something else
    done = toancanh(command, "--help")
    assert seconds_of_work() - begun < 1
    assert done.returncode == 0
    assert f"Example: toancanh {command}" in " ".join(done.stdout.split())
    assert not toancanh.home.exists()


def test_loading_into_an_empty_home_is_a_fine_first_command(loaded):
    assert loaded.first.returncode == 0, loaded.first.stderr
    assert json.loads(loaded.first.stdout) == {"load": 1, "read": 4, "accepted": 4, "rejected": 0, "duplicates": 0}


def test_the_home_is_for_its_owner_only(loaded):
    assert loaded.home.stat().st_mode & 0o777 == 0o700
    wide = [file for file in loaded.home.rglob("*") if file.is_file() and file.stat().st_mode & 0o077]
    assert [file for file in wide if file.suffix != ".lock"] == []


def test_rows_and_keys_are_counted(loaded):
    assert loaded.json("records", "dossier", "--count") == {"rows": 4, "keys": 2}


def test_a_sources_name_is_understood_for_its_records(loaded):
    assert loaded.json("records", "dossiers", "--count") == {"rows": 4, "keys": 2}


def test_the_events_of_one_dossier_come_in_order(loaded):
    found = loaded.json("records", "dossier", "--key", "A")
    assert [(item["seq"], item["state"]) for item in found["items"]] == [(1, 2), (2, 4), (3, 9)]
    assert found["total"] == 3


def test_all_records_come_without_page_limit(loaded):
    found = loaded.json("records", "dossier")
    assert (len(found["items"]), found["total"]) == (4, 4)


def test_nothing_was_known_the_year_before(loaded):
    assert loaded.json("records", "dossier", "--count", "--as-of", "2020-01-01") == {"rows": 0, "keys": 0}


def test_figures_are_numbers_with_their_passports(loaded):
    found = loaded.json("figures", "--indicator", "dossiers.received", "--unit", "gso:24133")
    (item,) = found["items"]
    assert (item["value"], item["unit"], item["status"], found["total"]) == (1.0, "gso:24133", "computed", 1)
    assert {"id", "indicator", "period", "part", "whole", "measure", "as_of", "definition", "conflict"} <= item.keys()
    assert item["provenance"].startswith("/api/v1/figures/")


def test_figures_of_a_unit_that_is_gone_are_an_empty_list(loaded):
    assert loaded.json("figures", "--unit", "gso:67") == {"items": [], "total": 0}


def test_figures_by_day_between_days(loaded):
    found = loaded.json(
        "figures", "--indicator", "dossiers.received", "--unit", "gso:66", "--grain", "day", "--from", "2026-03-02",
        "--to", "2026-03-04",
    )  # fmt: skip
    assert {item["period"]["start"]: item["value"] for item in found["items"]} == {"2026-03-02": 1, "2026-03-04": 1}


def test_the_units_of_a_day_under_a_unit(loaded):
    found = loaded.json("units", "--at", "2025-06-30", "--within", "gso:67")
    codes = {item["code"]: item for item in found["items"]}
    assert found["total"] == len(codes)
    assert sum(item["kind"] == "commune" for item in codes.values()) == 71
    assert codes["gso:67"]["valid_to"] == "2025-06-30"


def test_sources_tell_what_came(loaded):
    sources = {item["name"]: item for item in loaded.json("sources")["items"]}
    assert (sources["dossiers"]["loads"], sources["dossiers"]["read"], sources["dossiers"]["accepted"]) == (1, 4, 4)
    assert sources["figures"]["loads"] == 0


def test_the_doctor_finds_nothing_wrong_with_a_good_home(loaded):
    done = loaded("doctor", "--json")
    found = json.loads(done.stdout)
    assert [item for item in found["items"] if item["level"] == "error" and item["check"] != "config.frontend"] == []
    assert found["total"] == len(found["items"])


def test_the_doctor_finds_an_open_home(toancanh):
    toancanh.home.mkdir(mode=0o755)
    toancanh.home.chmod(0o755)
    items = toancanh.json("doctor")["items"]
    assert any(item["check"] == "config.home" and "755" in item["what"] for item in items)


def test_the_same_file_twice_adds_nothing_and_says_so(toancanh, dossiers):
    toancanh.json("load", "dossiers", dossiers)
    done = toancanh("load", "dossiers", dossiers)
    assert done.returncode == 0
    assert "trùng 4" in done.stdout
    assert "·" in done.stderr
    assert toancanh.json("records", "dossier", "--count") == {"rows": 4, "keys": 2}


def test_a_correction_keeps_what_was_known(toancanh, dossiers):
    toancanh.json("load", "dossiers", dossiers)
    moment = datetime.now(UTC).isoformat()
    dossiers.write_text(dossiers.read_text().splitlines()[0] + "\n" + MENDED + "\n")
    assert toancanh.json("load", "dossiers", dossiers)["accepted"] == 1
    now, then = (
        toancanh.json("records", "dossier", "--key", "A", *more)["items"] for more in ((), ("--as-of", moment))
    )
    assert [item["state"] for item in now] == [3, 4, 9]
    assert [item["state"] for item in then] == [2, 4, 9]


def test_a_bad_row_is_counted_and_the_good_ones_go_in(toancanh, dossiers):
    dossiers.write_text(dossiers.read_text() + "C,1,1,gso:00000,1,2,2026-03-02T09:00:00,2026-03-02T09:00:00,,,,,\n")
    counts = toancanh.json("load", "dossiers", dossiers)
    assert (counts["read"], counts["accepted"], counts["rejected"]) == (5, 4, 1)


def test_several_files_answer_with_a_list_and_one_bad_one_with_failure(toancanh, dossiers, tmp_path):
    done = toancanh("load", "dossiers", dossiers, tmp_path / "khong-co.csv", dossiers, "--json")
    assert done.returncode == 1
    assert [item["accepted"] for item in json.loads(done.stdout)["items"]] == [4, 0]
    assert "khong-co.csv" in done.stderr


def test_a_withdrawn_load_no_longer_counts(toancanh, dossiers):
    toancanh.json("load", "dossiers", dossiers)
    assert toancanh("withdraw", "1", "--reason", "nhầm tệp").returncode == 0
    assert toancanh.json("records", "dossier", "--count") == {"rows": 0, "keys": 0}


def test_an_account_is_made_with_the_password_typed(toancanh):
    done = toancanh("user", "create", "lan", "--role", "officer", "--unit", "gso:24133", typed="mot-cau-dai-kho-doan\n")
    assert done.returncode == 0, done.stderr
    assert "lan" in done.stdout
    again = toancanh("user", "create", "lan", "--role", "officer", typed="mot-cau-dai-kho-doan\n")
    assert again.returncode == 1


@pytest.mark.parametrize(
    ("words", "vi", "en"),
    [
        (("load", "khong-co", "x.csv"), "Không có nguồn", "no "),
        (("load", "dossiers", "khong-co.csv"), "Không tìm thấy tệp", "khong-co.csv"),
        (("records", "khong-co"), "Không có loại bản ghi", "There is no"),
        (("figures", "--indicator", "no.such"), "Không có chỉ tiêu", "There is no"),
        (("figures", "--as-of", "mai"), "không phải là một ngày", "is not"),
        (("units", "--at", "2025-13-01"), "không phải là một ngày", "is not"),
        (("units", "--within", "gso:00"), "Không có đơn vị", "unit"),
        (("withdraw", "99", "--reason", "x"), "99", "99"),
        (("user", "create", "lan", "--role", "vua"), "Không có vai trò", "no role"),
    ],
    ids=lambda value: "-".join(value) if isinstance(value, tuple) else "",
)
def test_what_cannot_be_fails_in_words_of_the_callers_language(loaded, words, vi, en):
    vietnamese, english = loaded(*words, typed="x\n"), loaded(*words, typed="x\n", language="en")
    assert vietnamese.returncode == english.returncode == 1
    assert vi in vietnamese.stderr
    assert en in english.stderr
    assert vietnamese.stderr != english.stderr
    assert "→" in vietnamese.stderr
    assert "Traceback" not in vietnamese.stderr + english.stderr
    assert vietnamese.stdout == english.stdout == ""


@pytest.mark.parametrize("words", [("khong-co",), ("load",), ("load", "dossiers"), ("withdraw", "x", "--reason", "y")])
def test_a_command_that_is_not_one_fails(loaded, words):
    done = loaded(*words)
    assert done.returncode != 0
    assert done.stderr + done.stdout


def test_a_home_that_cannot_be_made_fails_in_words(tmp_path, toancanh):
    (tmp_path / "file").write_text("")
    done = toancanh("sources", TOANCANH_HOME=str(tmp_path / "file" / "home"))
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert "→" in done.stderr


@pytest.mark.slow
def test_real_receipts_go_in_whole(toancanh, shared):
    counts = toancanh.json("load", "dossiers", shared / "dossiers" / "receipt.csv", "--mapping", "coselog")
    assert (counts["read"] - counts["rejected"] - counts["duplicates"], counts["rejected"]) == (6528, 0)
    assert toancanh.json("records", "dossier", "--count") == {"rows": 6528, "keys": 1075}
