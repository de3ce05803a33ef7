"""toancanh notices: what was told, in words and for programs."""

import os
import subprocess
import sys

import pytest
from conftest import Line

TOLD = """
from toancanh.cli import output
output.start()
from toancanh.access.actions import create_user
from toancanh.alerts import notices
from toancanh.base.words import Bilingual
lan = create_user("lan", "operator", password="mot-cau-dai-kho-doan")
words = Bilingual("Phiếu 12", "Slip 12")
told = dict(thread="case:12", subject=words, text=words, link="/", severity=3, about=("matter", "12"), unit="")
notices.tell(lan, key="k", **told)
"""


@pytest.fixture
def line(tmp_path):
    found = Line(tmp_path / "home")
    env = os.environ | {"TOANCANH_HOME": str(found.home)}
    subprocess.run([sys.executable, "-c", TOLD], env=env, check=True)
    return found


def test_notices_are_listed_in_words_and_for_programs(line):
    found = line.json("notices")
    assert found["total"] == 1
    assert found["items"][0]["state"] == "inside"
    assert found["items"][0]["subject"] == "Phiếu 12"
    assert line.json("notices", "--state", "dead") == {"items": [], "total": 0}
    done = line("notices")
    assert "Phiếu 12" in done.stdout
    assert "chỉ xem trong hệ thống" in done.stdout
    assert "Slip 12" in line("notices", language="en").stdout


def test_what_cannot_be_listed_or_sent_again_is_said_in_words(line):
    wrong = line("notices", "--state", "bay")
    assert (wrong.returncode, "Không có trạng thái `bay`" in wrong.stderr) == (1, True)
    assert "không có gì để gửi lại" in line("notices", "retry", "1").stderr
    assert "Không có thông báo này" in line("notices", "retry", "99").stderr
