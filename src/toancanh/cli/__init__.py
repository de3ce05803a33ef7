"""The command line: one command per file, loaded only when it is called."""

import sys
from typing import NoReturn

from cyclopts import App, CycloptsError

# What `--help` says of each command: a line in both languages, and examples. Loading them all would take too long.
COMMANDS = {
    "run": (
        "Chạy trung tâm / start the operations centre",
        "toancanh run --demo",
        "toancanh run --home /srv/toancanh --host 0.0.0.0 --port 8000",
    ),
    "load": (
        "Nạp tệp của một nguồn; nạp lại cùng một tệp không thêm gì / load files; the same file adds nothing",
        "toancanh load dossiers ho-so-thang-10.csv",
        "toancanh load dossiers receipt.csv --mapping coselog --json",
    ),
    "loads": (
        "Các lần nạp, mới nhất trước / the loads, newest first, and what became of them",
        "toancanh loads",
        "toancanh loads dossiers --json",
    ),
    "rejects": (
        "Các dòng bị loại của một lần nạp / the rows that a load refused, with reason and remedy",
        "toancanh rejects 12",
        "toancanh rejects 12 --output sua.csv",
    ),
    "withdraw": (
        "Rút một lần nạp sai; không xoá gì / take a wrong load back; nothing is deleted",
        'toancanh withdraw 12 --reason "nhầm tệp tháng 9"',
    ),
    "preview": (
        "Đọc thử một tệp, không nạp gì / try a file without loading it",
        "toancanh preview dossiers receipt.csv --mapping coselog",
    ),
    "records": (
        "Bản ghi trong kho / records in the warehouse",
        "toancanh records dossier --count --json",
        "toancanh records dossier --key case-3756 --as-of 2026-11-15",
    ),
    "figures": (
        "Số liệu, nguồn gốc, mâu thuẫn / figures, where they come from, what contradicts",
        "toancanh figures --indicator dossiers.on_time_rate --unit gso:66 --grain month",
        "toancanh figures --unit gso:67 --json",
    ),
    "passport": (
        "Hộ chiếu của một số liệu / the passport of a figure: where it comes from, down to the row",
        "toancanh passport dossiers.on_time_rate~gso:66~2026-11-01~2026-11-30",
        "toancanh passport dossiers.received~gso:24133~2026-11-01~2026-11-30 --as-of 15/11/2026 --json",
    ),
    "reconcile": (
        "Đối soát hai nguồn cùng kể về một việc / how well two sources that tell of the same agree",
        "toancanh reconcile",
        "toancanh reconcile dossiers --unit gso:24133 --differences",
        "toancanh reconcile dossiers --from 2026-11-01 --to 2026-11-30 --json",
    ),
    "scores": (
        "Điểm của một bộ chỉ số, theo tiêu chí và đơn vị / the scores of an index, by criterion and unit",
        "toancanh scores",
        "toancanh scores 766 --unit gso:66 --period 2026-10",
        "toancanh scores 766 --period 2026-Q3 --rule reporting --json",
    ),
    "units": (
        "Đơn vị tại một ngày; tìm không cần dấu / the units at any date; search needs no accents",
        "toancanh units --at 2025-06-30 --within gso:67",
        'toancanh units --search "buon ma thuot"',
    ),
    "sources": (
        "Các nguồn dữ liệu: xem, kết nối, tạm dừng, đọc lại / the sources: how they fare, connect, pause, read again",
        "toancanh sources --json",
        "toancanh sources add mot-cua.toml",
        "toancanh sources try mot-cua",
        "toancanh sources pause mot-cua",
        "toancanh sources resume mot-cua",
        "toancanh sources replay mot-cua --from 15/11/2026",
    ),
    "alerts": (
        "Cảnh báo đang có / what is wrong now: the alerts that fire",
        "toancanh alerts",
        "toancanh alerts --json",
    ),
    "cases": (
        "Vụ việc, phiếu cảnh báo / cases and warning slips: open ones first, by deadline",
        "toancanh cases --state overdue",
        "toancanh cases --kind slip --unit gso:24133 --json",
    ),
    "auditor": (
        "Việc đang tắc, từ bao giờ / what is stuck, and since when",
        "toancanh auditor",
        "toancanh auditor --json",
    ),
    "notices": (
        "Thông báo đã gửi, đến đâu rồi; gửi lại / what people were told and what became of it; send again",
        "toancanh notices --state dead",
        "toancanh notices --json",
        "toancanh notices retry 12",
    ),
    "rules": (
        "Luật cảnh báo; thử với quá khứ / the rules that make alerts; try one against the past",
        "toancanh rules",
        "toancanh rules try dossiers.on_time_rate --from 2026-10-01 --to 2026-10-31",
    ),
    "doctor": ("Khám cài đặt, nói bằng lời / what is wrong with this installation, in words", "toancanh doctor"),
    "user": (
        "Tài khoản / people who may log in",
        "toancanh user create lan --role officer --unit gso:24133",
        "toancanh user list",
        "toancanh user password lan",
        "toancanh user disable lan",
        "toancanh user enable lan",
    ),
    "simulate": (
        "Đóng vai hệ thống của tỉnh, để thử / play a system of the province, for trials",
        "toancanh simulate dossiers",
        "toancanh simulate dossiers --rate 20 --fault slow",
        "toancanh simulate sensors --rate 200",
        "toancanh simulate national --reads http://MA@127.0.0.1:8020/api/events",
    ),
    "official": (
        "Danh mục đơn vị chính thức của một ngày / the official list of units of a day",
        "toancanh official danh-muc-xa.csv --at 2026-07-25 --compare",
    ),
    "boundaries": (
        "Ranh giới hành chính / official boundaries",
        "toancanh boundaries import xa-dak-lak.geojson",
    ),
}
GROUPS = ("sources", "rules", "notices", "user", "simulate", "boundaries")

app = App(
    name="toancanh",
    help="Toàn Cảnh: trung tâm giám sát, điều hành của một tỉnh. / The operations centre of a province.",
    version_flags=["--version"],
    help_format="plaintext",
)
for name, (line, *examples) in COMMANDS.items():
    text = "\n".join([f"{line}.", "", *(f"Ví dụ / Example: {example}" for example in examples)])
    app.command(f"toancanh.cli.{name}:{'app' if name in GROUPS else name}", name=name, help=text)


def main() -> NoReturn:
    """Run one command; 0 only on success, problems in words on standard error."""
    from toancanh.base.problems import Problem

    try:
        code = app(result_action="return_value", exit_on_error=False, print_error=False)
    except CycloptsError as error:
        from toancanh.cli import calls

        sys.exit(calls.refuse(error, {name: examples for name, (_line, *examples) in COMMANDS.items()}))
    except Problem as problem:
        from toancanh.cli import output

        sys.exit(output.problem(problem))
    except KeyboardInterrupt:
        sys.exit(130)
    except BrokenPipeError:
        sys.exit(141)
    except Exception as error:
        from toancanh.warehouse.errors import is_full

        if not is_full(error):
            raise
        from toancanh.base.home import current
        from toancanh.cli import output

        # The operational database met the full disk: whatever was being done, nothing of it is half-written.
        sys.exit(output.problem(Problem("disk.full", path=str(current().path))))
    sys.exit(code if isinstance(code, int) else 0)
