"""What tests read off a page or out of a downloaded file."""

import csv
import io
import re
from pathlib import Path
from typing import Any


def download(page: Any, link: Any) -> Path:
    """Click a download link; where the file is."""
    with page.expect_download() as info:
        link.click()
    return Path(info.value.path())


def csv_rows(file: Path) -> list[list[str]]:
    """The rows of a downloaded CSV."""
    return list(csv.reader(io.StringIO(file.read_bytes().decode("utf-8-sig"))))


def workbook(file: Path) -> Any:
    """A downloaded workbook; the browser keeps it under a name without an ending."""
    import openpyxl

    return openpyxl.load_workbook(io.BytesIO(file.read_bytes()))


def same(seen: str, cell: Any) -> bool:
    """Whether a cell of the screen and one of a file say the same; numbers as numbers."""
    if cell is None or cell == "":
        return seen == ""
    try:
        return abs(float(seen) - float(cell)) <= 1e-9 * abs(float(cell))
    except ValueError:
        return seen == str(cell)


def table_rows(table: Any) -> list[list[str]]:
    """The raw values of a table of the page, row by row."""
    return table.evaluate(
        "t => [...t.tBodies[0].rows].map(r => [...r.cells].map(c => c.dataset.value ?? c.innerText.trim()))"
    )


def spoken(text: str) -> float:
    """A number as it is written here: 46.210 or 95,99."""
    found = re.search(r"[−-]?\d[\d.]*(?:,\d+)?", text)
    assert found, f"no number in {text!r}"
    return float(found[0].replace("−", "-").replace(".", "").replace(",", "."))


def facts(root: Any) -> dict[str, str]:
    """The pairs of a list of facts."""
    return dict(
        root.locator("dl.facts dt").evaluate_all(
            "all => all.map(t => [t.innerText.trim(), t.nextElementSibling.innerText.trim()])"
        )
    )


def open_passport(page: Any, link: Any) -> Any:
    """Click a number; the open dialog with its passport."""
    link.click()
    dialog = page.locator("dialog#passport")
    dialog.locator("dl.facts").wait_for()
    return dialog


def log_in(page: Any, user: str, password: str) -> None:
    """Fill in the form as a person does."""
    page.goto("/login")
    page.get_by_label("Tên đăng nhập").fill(user)
    page.get_by_label("Mật khẩu").fill(password)
    page.locator("main").get_by_role("button", name="Đăng nhập").click()
    page.wait_for_load_state()
