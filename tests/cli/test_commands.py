"""Commands: real processes in real homes, answers in JSON and in words, an exit code that means something."""

import json
import resource
from datetime import UTC, datetime, timedelta

import pytest
from django.db.utils import OperationalError

from toancanh import cli
from toancanh.cli import COMMANDS

MAILS = "digital.government.mail_accounts"
GOOD = "mot-cau-dai-kho-doan"
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
    assert {item["period"]["start"]: item["value"] for item in found["items"]} == {
        "2026-03-02": 1, "2026-03-03": 0, "2026-03-04": 1,
    }  # fmt: skip


def test_days_are_understood_as_people_write_them(loaded):
    written = loaded.json("units", "--at", "30/06/2025", "--within", "gso:67")
    assert written == loaded.json("units", "--at", "2025-06-30", "--within", "gso:67")
    asked = ("figures", "--indicator", "dossiers.received", "--unit", "24133", "--grain", "day")
    found = loaded.json(*asked, "--from", "2/3/2026", "--to", "03/03/2026")["items"]
    assert [(item["period"]["start"], item["value"]) for item in found] == [("2026-03-02", 1), ("2026-03-03", 0)]
    assert loaded.json("records", "dossier", "--count", "--as-of", "15/11/2020 08:30") == {"rows": 0, "keys": 0}


def test_the_kind_of_a_unit_is_said_in_words(loaded):
    done = loaded("units", "--search", "buon ma thuot")
    assert "xã, phường, đặc khu" in done.stdout
    assert "commune" not in done.stdout


def test_the_passport_of_a_computed_figure_names_its_records(loaded):
    (item,) = loaded.json("figures", "--indicator", "dossiers.received", "--unit", "gso:24133")["items"]
    by_id, by_route = (loaded.json("passport", item[name]) for name in ("id", "provenance"))
    assert by_id == by_route
    assert by_id["figure"] == item
    assert by_id["records"]["part"] == 1
    assert [(row["dossier_id"], row["row"]) for row in by_id["records"]["first"]] == [("A", 4)]
    assert by_id["inputs"] == {"dossiers": 1}


def test_the_passport_of_a_figure_can_be_read(loaded):
    (item,) = loaded.json("figures", "--indicator", "dossiers.received", "--unit", "gso:24133")["items"]
    done = loaded("passport", item["id"])
    assert done.returncode == 0, done.stderr
    for words in ("Hồ sơ tiếp nhận", "Phường Buôn Ma Thuột", "Tháng 3/2026", "sum(received)", "1 bản ghi"):
        assert words in done.stdout
    record = done.stdout.splitlines()[-1].split()
    assert (record[0], record[-3:]) == ("A", ["dossiers", "1", "4"])  # of load 1, row 4


def test_a_figure_had_no_passport_before_it_was_known(loaded):
    (item,) = loaded.json("figures", "--indicator", "dossiers.received", "--unit", "gso:24133")["items"]
    assert loaded("passport", item["id"], "--as-of", "01/01/2020").returncode == 1


def test_a_claim_leads_to_its_file_its_row_and_its_rivals(toancanh, tmp_path):
    file = tmp_path / "so-lieu.csv"
    file.write_text(
        "indicator,unit,period_start,period_end,value,document,section\n"
        f"{MAILS},gso:66,2025-12-01,2025-12-31,10,VB-1,[I.1]\n"
        f"{MAILS},gso:66,2025-12-01,2025-12-31,12,VB-2,II\n"
    )
    toancanh.json("load", "figures", file)
    first, second = toancanh.json("figures", "--indicator", MAILS)["items"]
    found = toancanh.json("passport", first["id"])
    assert (found["load"]["file"], found["load"]["row"]) == ("so-lieu.csv", 2)
    assert [rival["id"] for rival in found["rivals"]] == [second["id"]]
    done = toancanh("passport", first["id"])
    assert done.returncode == 0, done.stderr
    for words in (
        "so-lieu.csv, dòng 2",
        "VB-1 [I.1]",
        "Mâu thuẫn",
        "Số liệu khác về cùng nội dung",
        second["id"],
        "12",
    ):
        assert words in done.stdout
    key = "|".join([MAILS, "gso:66", "01/12/2025", "2025-12-31", "VB-1", "[I.1]"])
    assert [item["value"] for item in toancanh.json("records", "figure", "--key", key)["items"]] == [10]
    assert toancanh.json("records", "figure", "--key", key, "--count") == {"rows": 1, "keys": 1}
    table = toancanh("records", "figure").stdout
    assert "[I.1]" in table


def test_records_are_numbers_and_moments_in_one_zone(loaded):
    item = loaded.json("records", "dossier", "--key", "B")["items"][0]
    assert (item["seq"], item["state"], item["simulated"]) == (1, 2, None)
    assert item["at"] == "2026-03-04T03:00:00+00:00"
    assert datetime.fromisoformat(item["known_at"]).utcoffset() == timedelta(0)


def test_loads_come_newest_first_and_may_be_of_one_source(toancanh, dossiers):
    for _ in range(2):
        toancanh.json("load", "dossiers", dossiers)
    items = toancanh.json("loads")["items"]
    assert [(item["load"], item["accepted"], item["duplicates"]) for item in items] == [(2, 0, 4), (1, 4, 0)]
    assert {"source", "file", "state", "read", "rejected", "by", "created_at", "finished_at"} <= items[0].keys()
    assert datetime.fromisoformat(items[0]["finished_at"]).utcoffset() == timedelta(0)
    assert toancanh.json("loads", "figures") == {"items": [], "total": 0}
    table = toancanh("loads", "dossiers").stdout
    assert "ho-so.csv" in table
    assert "Đã xong" in table


def test_a_load_that_failed_says_why(toancanh, tmp_path):
    file = tmp_path / "ho-so.csv"
    file.write_bytes(b"\x00\x01\x02 no table at all")
    assert toancanh("load", "dossiers", file).returncode == 1
    (load,) = toancanh.json("loads")["items"]
    assert load["state"] == "failed"
    done = toancanh("rejects", load["load"])
    assert (done.returncode, done.stdout) == (1, "")
    assert "ho-so.csv" in done.stderr
    assert "→" in done.stderr
    told = toancanh("rejects", load["load"], "--json")
    assert (told.returncode, json.loads(told.stdout)) == (1, {"items": [], "total": 0})


def test_a_load_without_rejected_rows_says_so(loaded):
    done = loaded("rejects", "1")
    assert (done.returncode, done.stdout) == (0, "")
    assert "không có dòng nào bị loại" in done.stderr


def test_what_an_official_list_would_change_is_listed_before_anything_is_changed(toancanh, tmp_path):
    file = tmp_path / "danh-muc.json"
    wards = [{"Code": "24133", "FullName": "Phường Buôn Ma"}, {"Code": "99998", "FullName": "Xã Mới"}]
    file.write_text(json.dumps([{"Code": "66", "FullName": "Tỉnh Đắk Lắk", "Wards": wards}]))
    found = toancanh.json("official", file, "--at", "25/07/2026", "--compare")
    assert found["total"] == len(found["items"])
    by_code = {item["code"]: item for item in found["items"]}
    assert by_code["gso:99998"] == {
        "change": "added", "code": "gso:99998", "name": "Xã Mới", "before": None, "parent": "gso:66",
        "parent_before": None,
    }  # fmt: skip
    renamed, gone = by_code["gso:24133"], by_code["gso:24121"]
    assert (renamed["change"], renamed["before"], renamed["name"]) == (
        "renamed", "Phường Buôn Ma Thuột", "Phường Buôn Ma",
    )  # fmt: skip
    assert (gone["change"], gone["before"], gone["name"], gone["parent_before"]) == (
        "gone", "Phường Tân Lập", None, "gso:66",
    )  # fmt: skip
    table = toancanh("official", file, "--at", "2026-07-25", "--compare").stdout
    assert all(words in table for words in ("gso:99998", "Xã Mới", "Phường Buôn Ma Thuột", "Phường Tân Lập", "thêm: 1"))
    assert toancanh.json("official", file, "--at", "2026-07-25", "--compare") == found


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


def test_all_that_is_wrong_with_a_source_is_said_at_once(toancanh, tmp_path):
    file = tmp_path / "nguon.toml"
    file.write_text('name = "Một cửa"\ntite = "x"\nrecord_type = "thư"\n')
    done = toancanh("sources", "add", str(file))
    assert done.returncode == 1
    assert done.stderr.count("✗") == 3
    assert all(f"`{key}`" in done.stderr for key in ("name", "tite", "record_type"))


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
    assert "Phường Buôn Ma Thuột" in done.stdout
    again = toancanh("user", "create", "lan", "--role", "officer", "--unit", "gso:24133", typed=f"{GOOD}\n")
    assert again.returncode == 1
    assert "Đã có tài khoản" in again.stderr


def test_an_account_without_unit_is_told_to_see_everything(toancanh):
    done = toancanh("user", "create", "an", "--role", "admin", typed=f"{GOOD}\n")
    assert done.returncode == 0, done.stderr
    assert "mọi đơn vị" in done.stdout


def test_an_account_is_listed_given_a_new_password_disabled_and_enabled(toancanh):
    toancanh("user", "create", "an", "--role", "admin", typed=f"{GOOD}\n")

    def active():
        (item,) = toancanh.json("user", "list")["items"]
        return item["active"]

    assert toancanh("user", "password", "AN", typed="cau-moi-khac-hoan-toan\n").returncode == 0
    weak = toancanh("user", "password", "an", typed="ngan\n")
    assert (weak.returncode, weak.stdout) == (1, "")
    assert "ngắn hơn 10 ký tự" in weak.stderr
    assert toancanh("user", "disable", "an").returncode == 0
    assert active() is False
    assert "không" in toancanh("user", "list").stdout
    assert toancanh("user", "enable", "an").returncode == 0
    assert active() is True


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
        (("user", "create", "lan", "--role", "officer"), "phải thuộc một đơn vị", "must belong to a unit"),
        (("user", "create", "lan", "--role", "admin"), "ngắn hơn 10 ký tự", "shorter than 10"),
        (("user", "password", "mai"), "Không có tài khoản", "no account"),
        (("user", "disable", "mai"), "Không có tài khoản", "no account"),
        (("passport", "no~such~2026-01-01~2026-01-31"), "Không có số liệu", "no figure"),
        (("passport", "gi-do"), "Không có số liệu", "no figure"),
        (("loads", "khong-co"), "Không có nguồn", "no "),
        (("figures", "--grain", "week"), "Không có loại kỳ", "no kind of period"),
        (("figures", "--unit", "gso:99999"), "Chưa từng có đơn vị", "never been a unit"),
        (("figures", "--from", "31/02/2026"), "không phải là một ngày", "is not"),
        (("records", "figure", "--key", "mot|hai"), "có 6 trường khoá", "key fields, 6"),
        (("records", "figure", "--key", "a|b|hom-qua|2026-01-31||"), "có 6 trường khoá", "key fields, 6"),
        (("official", "khong-co.csv", "--at", "2026-07-25"), "Không mở được tệp", "cannot be opened"),
        (("official", "/", "--at", "2026-07-25"), "Không mở được tệp", "cannot be opened"),
        (("official", "/dev/null", "--at", "2026-07-25"), "Không đọc được danh mục", "cannot be read"),
        (("official", "/dev/null", "--at", ""), "không phải là một ngày", "is not"),
        (("rejects", "1", "--output", "/khong/co/sua.csv"), "không có đường dẫn này", "no such path"),
        (("run", "--port", "99999"), "Không có cổng", "no port"),
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


@pytest.mark.parametrize(
    ("words", "vi", "en", "mend"),
    [
        (("lod",), "Không có lệnh `lod`", "There is no command `lod`", "toancanh load dossiers"),
        (("user", "creat"), "Không có lệnh `creat`", "no command", "toancanh user create lan"),
        (("load",), "Thiếu `SOURCE`", "`SOURCE` is missing", "toancanh load dossiers"),
        (("load", "dossiers"), "Thiếu `FILES`", "`FILES` is missing", "toancanh load --help"),
        (("withdraw", "12"), "Thiếu `--reason`", "`--reason` is missing", "toancanh withdraw 12"),
        (("withdraw", "12", "--reson", "x"), "Thiếu `--reason`", "is missing", "Did you mean: --reason"),
        (("withdraw", "x", "--reason", "y"), "không phải là số nguyên", "not a whole number", "toancanh withdraw 12"),
        (("load", "dossiers", "x.csv", "--maping", "y"), "Không có tuỳ chọn", "no option", "Did you mean: --mapping"),
        (("load", "dossiers", "x.csv", "--mapping"), "Thiếu giá trị", "has no value", "toancanh load --help"),
        (("sources", "x"), "Thừa `x`", "`x` is too much", "toancanh sources"),
    ],
    ids=lambda value: "-".join(value) if isinstance(value, tuple) else "",
)
def test_a_wrong_call_is_mended_in_both_languages_before_anything_is_made(toancanh, words, vi, en, mend):
    done = toancanh(*words)
    assert (done.returncode, done.stdout) == (2, "")
    assert vi in done.stderr
    assert en in done.stderr
    assert mend in done.stderr
    assert not toancanh.home.exists()


def test_a_home_that_cannot_be_made_fails_in_words(tmp_path, toancanh):
    (tmp_path / "file").write_text("")
    done = toancanh("sources", TOANCANH_HOME=str(tmp_path / "file" / "home"))
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert "→" in done.stderr
    assert "không phải thư mục" in done.stderr


@pytest.mark.parametrize("words", [("records", "dossier", "--count"), ("doctor",), ("sources",)])
def test_a_home_that_cannot_be_is_refused_in_the_callers_language(toancanh, words):
    done = toancanh(*words, language="en", TOANCANH_HOME="/proc/nope")
    assert done.returncode == 1
    assert "Cannot write" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_withdrawal_without_a_reason_is_refused(loaded):
    done = loaded("withdraw", 1, "--reason", " ")
    assert (done.returncode, "Chưa ghi lý do" in done.stderr) == (1, True)
    assert loaded.json("loads")["items"][0]["state"] == "done"


def test_figures_of_days_that_end_before_they_begin_are_refused(loaded):
    done = loaded("figures", "--from", "2026-11-30", "--to", "2026-11-01")
    assert (done.returncode, "30/11/2026" in done.stderr) == (1, True)


@pytest.mark.slow
def test_real_receipts_go_in_whole(toancanh, shared):
    counts = toancanh.json("load", "dossiers", shared / "dossiers" / "receipt.csv", "--mapping", "coselog")
    assert (counts["read"] - counts["rejected"] - counts["duplicates"], counts["rejected"]) == (6528, 0)
    assert toancanh.json("records", "dossier", "--count") == {"rows": 6528, "keys": 1075}


def test_a_disk_that_is_full_for_the_database_is_told_in_words(loaded, monkeypatch, capsys):
    def full(*_args, **_more):
        raise OperationalError("database or disk is full")

    monkeypatch.setattr(cli, "app", full)
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert ended.value.code == 1
    told = capsys.readouterr().err
    assert "Hết chỗ trên đĩa" in told
    assert "Giải phóng" in told


def test_records_tell_the_load_they_came_from_and_a_day_without_an_hour_as_a_day(toancanh, tmp_path):
    row = "C,1,1.000001,gso:24133,1,2,2026-03-03T09:00:00+07:00,2026-03-02T09:00:00+07:00,2026-03-09,,,,"
    heads = "dossier_id,seq,procedure,unit,channel,state,at,received_at,due_at,finished_at,fee,paid_online,simulated"
    file = tmp_path / "c.csv"
    file.write_text(f"{heads}\n{row}\n")
    number = toancanh.json("load", "dossiers", file)["load"]
    (item,) = toancanh.json("records", "dossier")["items"]
    assert (item["load"], item["due_at"]) == (number, "2026-03-08T17:00:00+00:00")
    table = toancanh("records", "dossier", "--key", "C").stdout
    assert "2026-03-03 09:00:00" in table
    assert "2026-03-09 " in table
    assert "2026-03-09 00:00" not in table


def test_two_sources_are_reconciled_by_unit_and_difference_by_difference(toancanh, dossiers, tmp_path):
    told = tmp_path / "dvcqg.csv"
    told.write_text(
        "dossier_id,seq,procedure,unit,channel,state,received_at,due_at,finished_at,synced_at,simulated\n"
        "A,3,1.000001,gso:24133,1,9,2026-03-02T10:00:00+07:00,2026-03-10T09:00:00+07:00,2026-03-04T09:00:00+07:00,"
        "2026-03-04T12:00:00+07:00,\n"
    )
    assert toancanh("load", "dossiers", dossiers).returncode == 0
    assert toancanh("load", "portal-dossiers", told).returncode == 0
    total = toancanh.json("reconcile")["total"]
    assert (total["left"], total["right"], total["differs"], total["only_left"]) == (2, 1, 1, 1)
    found = toancanh.json("reconcile", "dossiers", "--differences", "--field", "due_at")
    assert (found["total"], found["items"][0]["subject"]) == (1, {"dossier_id": "A"})
    assert [unit["unit"] for unit in toancanh.json("reconcile", "--unit", "gso:24121")["units"]] == ["gso:24121"]
    said = toancanh("reconcile").stdout
    assert "0 trong 2 hồ sơ; 1 khác nhau, 1 chỉ có ở Hệ thống một cửa" in said
    assert "khac" in toancanh("reconcile", "khac").stderr


def test_the_scores_of_an_index_by_unit_and_period(loaded):
    found = loaded.json("scores", "766", "--unit", "gso:66", "--period", "2026-03")
    assert (found["code"], found["period"]["text"], found["score"]["whole"]) == ("766", "2026-03", 100)
    criteria = {each["code"]: each for group in found["score"]["groups"] for each in group["criteria"]}
    assert criteria["2.1"]["figures"] == ["dossiers.index_on_time_rate~gso:66~2026-03-01~2026-03-31"]
    assert (criteria["3.3"]["points"], criteria["3.3"]["why"]) == (None, "points")
    assert found["total"] == len(found["items"])
    told = loaded("scores", "766", "--period", "2026-03").stdout
    assert "Hồ sơ xử lý trước và đúng hạn" in told
    assert [each["code"] for each in loaded.json("scores")["items"]] == ["766"]


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        (("999",), "Không có bộ chỉ số"),
        (("766", "--period", "2022-01"), "không áp dụng"),
        (("766", "--period", "2026-03-02"), "không chấm"),
        (("766", "--unit", "gso:99999"), "Chưa từng có đơn vị"),
    ],
)
def test_scores_that_cannot_be_told_are_refused_in_words(loaded, asked, words):
    done = loaded("scores", *asked)
    assert done.returncode == 1
    assert words in done.stderr
