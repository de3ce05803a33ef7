"""Files of a folder, an SFTP server and an FTP server come in once they have settled, whatever happens between."""

import os
import socket
import time
from datetime import UTC, datetime

import pytest
import servers
from servers import PASSWORD, USER
from setting import made

from toancanh.base.problems import Problem
from toancanh.sources.connectors.connector import Delivery

STRANGE = "Báo cáo tháng 11 – xã Hòa Thắng (bản 2).csv"


class Place:
    """A folder that a connector looks at, with the options to reach it."""

    def __init__(self, kind, path, /, **options):
        self.kind, self.path, self.options = kind, path, options

    def write(self, name, content="một\n", mtime=None):
        file = self.path / name
        file.write_bytes(content if isinstance(content, bytes) else content.encode())
        if mtime is not None:
            os.utime(file, (mtime, mtime))
        return file

    def connector(self, **options):
        return made(self.kind, self.options | {"settle": 0} | options)

    def take(self, cursor, **options):
        """What one look delivers, as (name, content), and the cursor after it."""
        taken = []
        for item in self.connector(**options).fetch(cursor):
            if isinstance(item, Delivery):
                taken.append((item.name, item.path.read_bytes().decode()))
            cursor = item.cursor
        return taken, cursor


@pytest.fixture
def folder(tmp_path):
    path = tmp_path / "hộp thư"
    path.mkdir()
    return Place("folder", path, path=str(path))


@pytest.fixture
def sftp(tmp_path):
    path = tmp_path / "sftp"
    path.mkdir()
    server = servers.Sftp(path)
    place = Place(
        "sftp",
        path,
        host="127.0.0.1",
        port=server.port,
        user=USER,
        password=PASSWORD,
        host_key=server.fingerprint,
        timeout=2,
    )
    place.server = server
    yield place
    server.close()


def ftp_place(path, kind=servers.Ftp, **options):
    path.mkdir()
    server = kind(path, **options)
    place = Place("ftp", path, host="127.0.0.1", port=server.port, user=USER, password=PASSWORD, timeout=2)
    place.server = server
    return place


@pytest.fixture
def ftp(tmp_path):
    place = ftp_place(tmp_path / "ftp")
    yield place
    place.server.close()


@pytest.fixture
def old_ftp(tmp_path):
    place = ftp_place(tmp_path / "old-ftp", mlsd=False)
    yield place
    place.server.close()


@pytest.fixture
def ftps(tmp_path):
    file, public = servers.certificate(tmp_path)
    place = ftp_place(tmp_path / "ftps", servers.Ftps, certificate=file)
    place.options |= {"tls": True, "authority": public, "host": "localhost"}
    yield place
    place.server.close()


@pytest.fixture(params=["folder", "sftp", "ftp", "old_ftp", "ftps"])
def place(request):
    return request.getfixturevalue(request.param)


def told_until(problem_in):
    """The names that a look delivers (None for a page) before it ends with a problem, and that problem."""
    names = []
    try:
        for item in problem_in:
            names.append(getattr(item, "name", None))
    except Problem as problem:
        return names, problem
    raise AssertionError("no problem came")


def refusal(place, cursor=None, **options):
    """The problem a look ends with."""
    with pytest.raises(Problem) as caught:
        place.take(cursor or {}, **options)
    assert "?" not in str(caught.value)
    return caught.value


def test_every_file_is_delivered_once_the_oldest_first(place):
    place.write("b.csv", mtime=2_000)
    place.write("c.csv", mtime=1_000)
    place.write(STRANGE, "hai\n", mtime=2_000)
    taken, cursor = place.take({})
    assert taken == [("c.csv", "một\n"), (STRANGE, "hai\n"), ("b.csv", "một\n")]
    assert place.take(cursor) == ([], cursor)


def test_a_changed_file_is_delivered_again_and_a_file_that_is_gone_is_forgotten(place):
    place.write("a.csv", mtime=1_000)
    gone = place.write("b.csv", mtime=1_000)
    _taken, cursor = place.take({})
    place.write("a.csv", "một\nhai\n", mtime=1_060)
    gone.unlink()
    taken, cursor = place.take(cursor)
    assert taken == [("a.csv", "một\nhai\n")]
    assert list(cursor["taken"]) == ["a.csv"]


def test_only_files_of_the_pattern_that_are_finished_are_taken(place):
    for name in ("a.csv", ".a.csv", "a.csv.tmp", "a.csv.part", "a.csv.FILEPART", "a.xlsx"):
        place.write(name)
    (place.path / "d.csv").mkdir()
    assert [name for name, _content in place.take({}, pattern="*.csv*")[0]] == ["a.csv"]


def test_an_empty_folder_delivers_nothing(place):
    assert place.take({})[0] == []


def test_a_large_file_arrives_whole(place):
    content = os.urandom(3_000_000)
    place.write("a.bin", content)
    (item,) = [each.path.read_bytes() for each in place.connector().fetch({}) if isinstance(each, Delivery)]
    assert item == content


def test_no_copy_stays_in_the_home(place, home):
    place.write("a.csv")
    place.write("b.csv")
    place.take({})
    look = place.connector().fetch({})
    next(look)
    look.close()
    assert list((home.path / "incoming").iterdir()) == []


def test_a_copy_that_a_killed_process_left_is_removed_a_day_later(folder, home):
    (home.path / "incoming").mkdir()
    left = home.path / "incoming" / "xau"
    for age, there in ((3_600, True), (90_000, False)):
        left.touch()
        os.utime(left, (time.time() - age,) * 2)
        folder.take({})
        assert left.exists() is there


def test_nothing_over_there_is_changed(place):
    file = place.write("a.csv", mtime=1_000)
    before = file.stat().st_mtime, file.stat().st_mode, list(place.path.iterdir())
    place.take({})
    assert (file.stat().st_mtime, file.stat().st_mode, list(place.path.iterdir())) == before


def test_a_file_that_grows_is_taken_only_when_it_rests(folder, hands):
    folder.write("a.csv", "một", mtime=1_000)
    taken, cursor = folder.take({}, settle=5)
    hands.pass_by(60)
    folder.write("a.csv", "một\nha", mtime=1_060)
    again, cursor = folder.take(cursor, settle=5)
    hands.pass_by(4)
    early, cursor = folder.take(cursor, settle=5)
    hands.pass_by(1)
    folder.write("a.csv", "một\nhai\n", mtime=1_060)
    grown, cursor = folder.take(cursor, settle=5)
    hands.pass_by(5)
    assert (taken, again, early, grown) == ([], [], [], [])
    assert folder.take(cursor, settle=5)[0] == [("a.csv", "một\nhai\n")]


def test_a_server_whose_clock_is_wrong_delivers_all_the_same(folder, hands):
    folder.write("a.csv", mtime=hands.moment.timestamp() + 86_400)
    _taken, cursor = folder.take({}, settle=5)
    hands.pass_by(5)
    assert [name for name, _content in folder.take(cursor, settle=5)[0]] == ["a.csv"]


def test_a_file_that_grows_while_it_is_read_waits_for_the_next_look(folder, monkeypatch):
    file = folder.write("a.csv", mtime=1_000)
    look = folder.connector()
    offered = look._offered

    def growing(place):
        entries = offered(place)
        file.write_text("một\nhai\n")
        return entries

    monkeypatch.setattr(look, "_offered", growing)
    (page,) = look.fetch({})
    assert (page.rows, page.cursor["taken"]) == ([], {})
    assert folder.take(page.cursor)[0] == [("a.csv", "một\nhai\n")]


@pytest.mark.parametrize("kind", ["folder", "sftp"])
def test_names_may_hold_spaces_quotes_and_ends_of_lines(kind, request):
    place = request.getfixturevalue(kind)
    names = ["hai\ndòng.csv", "  cách  .csv", '\'; drop table "x".csv', "dấu*[.csv"]
    for number, name in enumerate(names):
        place.write(name, mtime=number)
    taken, cursor = place.take({})
    assert [name for name, _content in taken] == names
    assert place.take(cursor)[0] == []


@pytest.mark.parametrize("kind", ["folder", "ftps"])
def test_a_name_in_no_known_encoding_is_taken_and_kept_in_the_cursor_as_text(kind, request):
    place = request.getfixturevalue(kind)
    (place.path / os.fsdecode(b"b\xe1o.csv")).write_text("một\n")
    taken, cursor = place.take({})
    assert [content for _name, content in taken] == ["một\n"]
    assert list(cursor["taken"]) == ["b\\udce1o.csv"]
    assert place.take(cursor)[0] == []


def test_a_name_in_no_known_encoding_is_told_by_sftp(sftp):
    (sftp.path / os.fsdecode(b"b\xe1o.csv")).write_text("một\n")
    problem = refusal(sftp)
    assert (problem.code, "b\\xe1o.csv" in problem.params["reason"]) == ("connector.path", True)


def test_a_pattern_meets_names_however_their_accents_are_written(folder):
    folder.write("ba\u0301o ca\u0301o.csv")
    assert len(folder.take({}, pattern="báo*.csv")[0]) == 1


@pytest.mark.slow
def test_ten_thousand_files_come_in_within_a_minute(folder):
    for number in range(10_000):
        (folder.path / f"{number:05}.csv").touch()
    before, count = time.monotonic(), 0
    for item in folder.connector().fetch({}):
        count += 1
        cursor = item.cursor
    first = time.monotonic() - before
    before = time.monotonic()
    assert folder.take(cursor) == ([], cursor)
    print(f"10,000 files: {first:.1f} s, the next look {time.monotonic() - before:.2f} s")
    assert (count, first < 60) == (10_000, True)


@pytest.mark.parametrize("kind", ["folder", "sftp", "ftp"])
def test_a_file_that_cannot_be_read_is_named_and_keeps_no_other_back(kind, request):
    place = request.getfixturevalue(kind)
    place.write("a.csv", mtime=1_000)
    (place.path / "không đọc được.csv").symlink_to("/proc/self/mem")
    place.write("z.csv", mtime=4_000_000_000)
    taken, problem = told_until(place.connector().fetch({}))
    assert taken == ["a.csv", "z.csv"]
    assert (problem.code, problem.params["name"]) == ("connector.file", "không đọc được.csv")


def test_several_files_that_cannot_be_read_are_counted(folder):
    for name in ("a.csv", "b.csv"):
        (folder.path / name).symlink_to("/proc/self/mem")
    problem = refusal(folder)
    assert (problem.code, problem.params["count"], problem.params["names"]) == ("connector.files", 2, "a.csv, b.csv")


def test_a_file_that_vanishes_between_two_glances_is_no_problem(folder, monkeypatch):
    file = folder.write("a.csv")
    look = folder.connector()
    offered = look._offered

    def vanishing(place):
        entries = offered(place)
        file.unlink()
        return entries

    monkeypatch.setattr(look, "_offered", vanishing)
    assert [item for item in look.fetch({}) if isinstance(item, Delivery)] == []


def test_a_replay_takes_again_what_is_as_old_as_that_or_younger(place):
    for name, mtime in (("a.csv", 1_000), ("b.csv", 2_000), ("c.csv", 3_000)):
        place.write(name, mtime=mtime)
    cursor = place.connector().replay(datetime.fromtimestamp(2_000, UTC))
    assert [name for name, _content in place.take(cursor)[0]] == ["b.csv", "c.csv"]


def test_a_folder_that_is_not_there_is_told(place):
    options = {"path": "/không/có"} if place.kind == "folder" else {"folder": "không có"}
    problem = refusal(place, **options)
    assert (problem.code, "không" in problem.params["path"]) == ("connector.path", True)


def test_the_folder_of_a_server_can_be_chosen(place):
    inner = place.path / "xã Tân Lập"
    inner.mkdir()
    (inner / "a.csv").write_text("một\n")
    options = {"path": str(inner)} if place.kind == "folder" else {"folder": "xã Tân Lập"}
    assert [name for name, _content in place.take({}, **options)[0]] == ["a.csv"]


@pytest.mark.parametrize("kind", ["sftp", "ftp", "ftps"])
class TestAServer:
    @pytest.fixture
    def place(self, kind, request):
        return request.getfixturevalue(kind)

    def test_that_does_not_know_the_password_refuses(self, place):
        problem = refusal(place, password="sai")
        assert (problem.code, problem.params["user"]) == ("connector.refused", USER)
        assert refusal(place, password=f"{PASSWORD}\n").code == "connector.refused"

    def test_that_nobody_runs_is_unreachable(self, place):
        assert refusal(place, port=servers.free_port()).code == "connector.unreachable"

    def test_whose_name_is_unknown_is_unreachable(self, place):
        assert refusal(place, host="khong-co.invalid").code == "connector.unreachable"
        assert refusal(place, host="không..thể").code == "connector.unreachable"

    def test_that_accepts_and_stays_silent_times_out(self, place):
        with socket.create_server(("127.0.0.1", 0)) as silent:
            before = time.monotonic()
            problem = refusal(place, host="localhost", port=silent.getsockname()[1], timeout=0.3)
        assert (problem.code, problem.params["seconds"]) == ("connector.timeout", "0.3")
        assert time.monotonic() - before < 3

    def test_that_speaks_another_language_is_told(self, place):
        with socket.create_server(("127.0.0.1", 0)) as listener:
            import threading

            def answer():
                near, _address = listener.accept()
                near.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")
                near.close()

            threading.Thread(target=answer, daemon=True).start()
            problem = refusal(place, port=listener.getsockname()[1])
        assert problem.code == "connector.unreachable"


def test_a_server_whose_key_is_unknown_is_refused_and_its_key_shown(sftp):
    problem = refusal(sftp, host_key="")
    assert problem.code == "connector.host_key"
    assert sftp.server.fingerprint in str(problem)
    sftp.write("a.csv")
    assert len(sftp.take({}, host_key=problem.params["shown"])[0]) == 1


def test_a_server_whose_key_changed_is_refused_before_the_password_is_told(sftp):
    assert refusal(sftp, host_key="SHA256:" + "A" * 43, password="sai").code == "connector.host_key_changed"


@pytest.mark.filterwarnings("ignore:.*bcrypt")  # weak, and quick
def test_a_private_key_opens_in_place_of_a_password(sftp):
    sftp.write("a.csv")
    key = sftp.server.client_key
    assert len(sftp.take({}, password="", private_key=key.export_private_key().decode())[0]) == 1
    locked = key.export_private_key(passphrase="cửa", rounds=4).decode()
    assert len(sftp.take({}, password="cửa", private_key=locked)[0]) == 1
    assert refusal(sftp, private_key=locked).params["option"] == "private_key"
    assert refusal(sftp, private_key="không phải khoá").params["option"] == "private_key"


def test_a_certificate_of_an_unknown_authority_is_refused(ftps):
    assert refusal(ftps, authority="").code == "connector.certificate"
    assert refusal(ftps, host="127.0.0.1").code == "connector.certificate"
    assert refusal(ftps, authority="không phải PEM").code == "connector.option"


def test_a_line_cut_in_the_middle_of_a_file_is_taken_up_again(sftp):
    content = os.urandom(1_000_000)
    sftp.write("a.bin", content)
    line = servers.Line(sftp.server.port, cut_after=400_000)
    (found,) = [each.path.read_bytes() for each in sftp.connector(port=line.port).fetch({})]
    line.close()
    assert (found == content, line.connections) == (True, 2)


def test_a_line_cut_again_and_again_delivers_what_fits_and_says_so(sftp):
    sftp.write("a.csv", mtime=1_000)
    sftp.write("b.bin", os.urandom(1_000_000), mtime=2_000)
    sftp.write("c.csv", mtime=3_000)
    line = servers.Line(sftp.server.port, cut_after=400_000, times=9)
    taken, problem = told_until(sftp.connector(port=line.port).fetch({}))
    line.close()
    assert taken == ["a.csv", "c.csv"]
    assert (problem.code, problem.params["name"]) == ("connector.file", "b.bin")


def test_a_line_that_is_held_in_the_middle_of_a_file_times_out(sftp):
    sftp.write("a.bin", os.urandom(1_000_000))
    sftp.write("b.bin", os.urandom(1_000_000))
    line = servers.Line(sftp.server.port, cut_after=400_000, times=9, hold=True)
    before = time.monotonic()
    problem = refusal(sftp, port=line.port, timeout=0.5)
    line.close()
    assert (problem.code, time.monotonic() - before < 8) == ("connector.timeout", True)


def test_a_server_that_is_stopped_in_the_middle_is_told_and_nothing_taken_is_lost(sftp):
    for number in range(4):
        sftp.write(f"{number}.bin", os.urandom(500_000), mtime=number)
    look = sftp.connector().fetch({})
    first = next(look)
    sftp.server.close()
    assert told_until(look)[1].code in ("connector.unreachable", "connector.cut")
    sftp.server = servers.Sftp(sftp.path)
    again = {"port": sftp.server.port, "host_key": sftp.server.fingerprint}
    taken = [item.name for item in sftp.connector(**again).fetch(first.cursor)]
    sftp.server.close()
    assert taken == ["1.bin", "2.bin", "3.bin"]


def test_a_download_that_an_ftp_server_cuts_is_no_delivery(tmp_path):
    place = ftp_place(tmp_path / "ftp", cut_after=100_000)
    place.write("a.bin", os.urandom(1_000_000))
    problem = refusal(place)
    place.server.close()
    assert (problem.code, problem.params["name"]) == ("connector.file", "a.bin")
