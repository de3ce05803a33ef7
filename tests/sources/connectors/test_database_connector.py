"""Rows of PostgreSQL, MariaDB and SQLite are read on from where the last look ended: each once, none lost."""

import contextlib
import json
import os
import secrets
import shutil
import socket
import subprocess
import tempfile
import time
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
import servers
import sqlalchemy as sa
from setting import made

from toancanh.base.problems import Problem
from toancanh.sources.connectors import marks

ORDERED = "SELECT * FROM {table} WHERE at >= :cursor ORDER BY at LIMIT :limit"


class Store:
    """A table of its own in a database, with the connector that reads it."""

    def __init__(self, url, driver):
        self.url = url
        self.table = f"ho_so_{secrets.token_hex(6)}"
        self.engine = sa.create_engine(driver, poolclass=sa.pool.NullPool)

    def run(self, *statements):
        with self.engine.begin() as connection:
            for statement in statements:
                connection.exec_driver_sql(statement.format(table=self.table))

    def drop(self):
        self.run("DROP TABLE IF EXISTS {table}")

    def put(self, *values):
        self.run(*(f"INSERT INTO {{table}} VALUES ({value})" for value in values))

    def connector(self, query=ORDERED, **options):
        told = {"url": self.url, "query": query.format(table=self.table), "timeout": 5, **options}
        return made("database", told)

    def take(self, cursor, **options):
        """The rows that one look tells, the cursor after it (through JSON, as it is kept), the sizes of the pages."""
        rows, sizes = [], []
        for page in self.connector(**options).fetch(json.loads(json.dumps(cursor))):
            rows += page.rows
            sizes.append(len(page.rows))
            cursor = page.cursor
        return rows, cursor, sizes

    def refusal(self, **options):
        with pytest.raises(Problem) as caught:
            self.take({}, **options)
        assert "?" not in str(caught.value)
        return caught.value


def answers(port):
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
        return True
    return False


@pytest.fixture
def postgres():
    if not answers(5432):
        pytest.skip("no PostgreSQL answers at 127.0.0.1:5432")
    store = Store("postgresql://postgres@127.0.0.1:5432/postgres", "postgresql+psycopg://postgres@127.0.0.1/postgres")
    yield store
    store.drop()


@pytest.fixture
def mariadb():
    if not answers(3306):
        pytest.skip("no MariaDB answers at 127.0.0.1:3306")
    store = Store("mariadb://root@127.0.0.1:3306/test", "mariadb+pymysql://root@127.0.0.1/test")
    yield store
    store.drop()


@pytest.fixture
def sqlite(tmp_path):
    store = Store(f"sqlite:///{tmp_path}/nguon.db", f"sqlite:///{tmp_path}/nguon.db")
    store.run("CREATE TABLE trong (a INTEGER)")
    return store


@pytest.fixture(params=["postgres", "mariadb", "sqlite"])
def store(request):
    return request.getfixturevalue(request.param)


@pytest.fixture
def numbered(store):
    """Rows with a number each, 1 to 10."""
    store.run("CREATE TABLE {table} (at INTEGER, name VARCHAR(50))")
    store.put(*(f"{number}, 'dòng {number}'" for number in range(1, 11)))
    return store


# -- Reading on --------------------------------------------------------------------------------------------------------


def test_rows_come_once_in_pages_and_new_ones_later(numbered):
    rows, cursor, sizes = numbered.take({}, cursor_column="at", start="0", limit=4)
    assert ([row["at"] for row in rows], sizes) == (list(range(1, 11)), [4, 4, 2])
    assert rows[0] == {"at": 1, "name": "dòng 1"}
    assert numbered.take(cursor, cursor_column="at", start="0", limit=4)[0] == []
    numbered.put("11, 'dòng 11'")
    assert [row["at"] for row in numbered.take(cursor, cursor_column="at", start="0", limit=4)[0]] == [11]


def test_a_page_tells_that_more_wait(numbered):
    pages = list(numbered.connector(cursor_column="at", start="0", limit=4).fetch({}))
    assert [page.more for page in pages] == [True, True, False]


def test_a_look_that_ends_after_any_page_goes_on_there(numbered):
    cursor, seen = {}, []
    for _look in range(12):
        for page in numbered.connector(cursor_column="at", start="0", limit=3).fetch(cursor):
            seen += [row["at"] for row in page.rows]
            cursor = page.cursor
            break
    assert seen == list(range(1, 11))


def test_the_first_look_starts_where_it_is_told(numbered):
    assert [row["at"] for row in numbered.take({}, cursor_column="at", start="9")[0]] == [9, 10]


def test_without_a_limit_in_the_query_one_answer_is_read_in_pages(numbered):
    query = "SELECT * FROM {table} WHERE at >= :cursor ORDER BY at"
    rows, cursor, sizes = numbered.take({}, query=query, cursor_column="at", start="0", limit=4)
    assert (len(rows), sizes) == (10, [4, 4, 2])
    assert numbered.take(cursor, query=query, cursor_column="at", start="0", limit=4)[0] == []


def test_without_a_cursor_all_is_told_each_time(numbered):
    for _look in range(2):
        rows, cursor, sizes = numbered.take({}, query="SELECT * FROM {table} ORDER BY at", limit=4)
        assert (len(rows), cursor, sizes) == (10, {}, [4, 4, 2])


@pytest.mark.parametrize("limit", [1, 3, 100])
def test_rows_that_share_a_cursor_value_are_all_told_once_however_pages_end(store, limit):
    store.run("CREATE TABLE {table} (at INTEGER, id INTEGER)")
    store.put(*(f"{value}, {value * 100 + each}" for value in (1, 2, 3) for each in range(7)))
    rows, cursor, sizes = store.take({}, cursor_column="at", start="0", limit=limit)
    assert (len(rows), len({row["id"] for row in rows}), max(sizes) <= limit) == (21, 21, True)
    store.put("3, 999")
    assert [row["id"] for row in store.take(cursor, cursor_column="at", start="0", limit=limit)[0]] == [999]


def test_rows_that_are_alike_in_all_do_not_stop_the_reading(store):
    store.run("CREATE TABLE {table} (at INTEGER, id INTEGER)")
    store.put(*["1, 1"] * 20, "2, 2")
    rows, cursor, _sizes = store.take({}, cursor_column="at", start="0", limit=3)
    assert rows == [{"at": 1, "id": 1}, {"at": 2, "id": 2}]
    assert store.take(cursor, cursor_column="at", start="0", limit=3)[0] == []


def test_texts_that_a_database_holds_equal_do_not_stop_the_reading(mariadb):
    mariadb.run("CREATE TABLE {table} (at VARCHAR(9), id INTEGER) COLLATE utf8mb4_general_ci")
    mariadb.put("'abc', 1", "'ABC', 2", "'Abc', 3", "'aBC', 4", "'b', 5")
    rows, cursor, _sizes = mariadb.take({}, cursor_column="at", start="a", limit=2)
    assert sorted(row["id"] for row in rows) == [1, 2, 3, 4, 5]
    assert mariadb.take(cursor, cursor_column="at", start="a", limit=2)[0] == []


def test_more_equals_than_are_remembered_are_told_twice_rather_than_lost(sqlite, monkeypatch):
    monkeypatch.setattr(marks, "REMEMBERED", 10)
    sqlite.run("CREATE TABLE {table} (at INTEGER, id INTEGER)")
    sqlite.put(*(f"1, {each}" for each in range(50)))
    rows, cursor, _sizes = sqlite.take({}, cursor_column="at", start="0", limit=7)
    assert {row["id"] for row in rows} == set(range(50))
    assert len(cursor["told"]["1"]) == 10
    sqlite.put("1, 50")
    assert 50 in {row["id"] for row in sqlite.take(cursor, cursor_column="at", start="0", limit=7)[0]}


@pytest.fixture
def timed(store):
    """A table whose cursor is a moment with microseconds."""
    kind = {"postgresql": "TIMESTAMP", "mysql": "DATETIME(6)", "mariadb": "DATETIME(6)"}
    if store.engine.dialect.name == "sqlite":
        pytest.skip("SQLite has no moments")
    store.run(f"CREATE TABLE {{table}} (at {kind[store.engine.dialect.name]}, id INTEGER)")
    return store


TIMED = {"cursor_column": "at", "start": "2026-11-01 00:00:00", "limit": 3}


def test_moments_keep_their_microseconds(timed):
    timed.put(*(f"'2026-11-20 08:00:00.00000{each}', {each}" for each in range(1, 8)))
    rows, cursor, _sizes = timed.take({}, **TIMED)
    assert [row["at"] for row in rows][-1] == "2026-11-20T08:00:00.000007"
    assert (cursor["type"], cursor["value"]) == ("datetime", "2026-11-20T08:00:00.000007")
    timed.put("'2026-11-20 08:00:00.000008', 8")
    assert [row["id"] for row in timed.take(cursor, **TIMED)[0]] == [8]


def test_a_row_committed_late_is_told_within_the_overlap_and_nothing_else_twice(timed):
    timed.put(*(f"'2026-11-20 08:00:{each:02}', {each}" for each in range(30)))
    rows, cursor, _sizes = timed.take({}, **TIMED, overlap=20)
    assert [row["id"] for row in rows] == list(range(30))
    timed.put("'2026-11-20 08:00:15', 100", "'2026-11-20 08:00:05', 200")
    late, cursor, _sizes = timed.take(cursor, **TIMED, overlap=20)
    assert [row["id"] for row in late] == [100]
    timed.put("'2026-11-20 08:00:31', 31")
    assert [row["id"] for row in timed.take(cursor, **TIMED, overlap=20)[0]] == [31]
    assert sum(map(len, cursor["told"].values())) == 22


def test_a_row_that_changed_within_the_overlap_is_told_again(timed):
    timed.put("'2026-11-20 08:00:00', 1", "'2026-11-20 08:00:01', 2")
    _rows, cursor, _sizes = timed.take({}, **TIMED, overlap=20)
    timed.run("UPDATE {table} SET id = 10 WHERE id = 1")
    assert [row["id"] for row in timed.take(cursor, **TIMED, overlap=20)[0]] == [10]


def test_a_transaction_that_was_open_during_a_look_is_not_lost(postgres):
    postgres.run("CREATE TABLE {table} (at TIMESTAMPTZ, id INTEGER)")
    options = {**TIMED, "overlap": 60}
    with postgres.engine.connect() as slow:
        slow.exec_driver_sql(f"INSERT INTO {postgres.table} VALUES ('2026-11-20 08:00:00+07', 1)")
        postgres.put("'2026-11-20 08:00:30+07', 2")
        first, cursor, _sizes = postgres.take({}, **options)
        slow.commit()
    second, cursor, _sizes = postgres.take(cursor, **options)
    assert ([row["id"] for row in first], [row["id"] for row in second]) == ([2], [1])
    assert postgres.take(cursor, **options)[0] == []


def test_an_overlap_needs_a_moment(numbered):
    problem = numbered.refusal(cursor_column="at", start="0", overlap=5)
    assert (problem.code, problem.params["option"]) == ("connector.option", "overlap")


def test_decimals_and_days_are_cursors_too(postgres):
    postgres.run("CREATE TABLE {table} (at NUMERIC(40, 5), day DATE)")
    postgres.put("12345678901234567890.00001, '2026-11-19'", "12345678901234567890.00002, '2026-11-20'")
    rows, cursor, _sizes = postgres.take({}, cursor_column="at", start="0", limit=1)
    assert [row["at"] for row in rows][-1] == Decimal("12345678901234567890.00002")
    assert (cursor["type"], cursor["value"]) == ("decimal", "12345678901234567890.00002")
    assert postgres.take(cursor, cursor_column="at", start="0")[0] == []
    query = "SELECT * FROM {table} WHERE day >= :cursor ORDER BY day LIMIT :limit"
    by_day = {"query": query, "cursor_column": "day", "start": "2026-01-01", "overlap": 3600}
    rows, cursor, _sizes = postgres.take({}, **by_day)
    assert (len(rows), cursor["type"], cursor["value"]) == (2, "date", "2026-11-20")
    postgres.put("1, '2026-11-19'")
    assert [row["at"] for row in postgres.take(cursor, **by_day)[0]] == [1]


def test_a_replay_tells_again_what_is_as_old_as_that_or_younger(timed):
    timed.put(*(f"'2026-11-20 {hour:02}:00:00', {hour}" for hour in (7, 8, 9)))
    since = datetime(2026, 11, 20, 1, tzinfo=UTC)  # eight o'clock in Vietnam, as the table has it
    cursor = timed.connector(**TIMED).replay(since)
    assert [row["id"] for row in timed.take(cursor, **TIMED)[0]] == [8, 9]


def test_a_replay_knows_a_start_with_a_zone_and_a_start_that_is_a_day():
    store = Store("sqlite:///x", "sqlite://")
    since = datetime(2026, 11, 20, 20, tzinfo=UTC)
    zoned = store.connector(cursor_column="at", start="2026-01-01T00:00:00+00:00").replay(since)
    assert datetime.fromisoformat(zoned["value"]) == since
    assert store.connector(cursor_column="at", start="2026-01-01").replay(since)["value"] == "2026-11-21"


def test_numbers_cannot_be_replayed_from_a_moment():
    with pytest.raises(Problem) as caught:
        Store("sqlite:///x", "sqlite://").connector(cursor_column="at", start="0").replay(datetime.now(UTC))
    assert caught.value.code == "connector.no_replay"


# -- Values ------------------------------------------------------------------------------------------------------------


def test_values_of_postgres_become_json(postgres):
    query = """SELECT 1 AS whole, NULL AS nothing, true AS yes, 12.50::numeric AS price, 0.5::float8 AS half,
        'NaN'::numeric AS nan, 'nội dung'::text AS word, DATE '2026-11-20' AS day, TIME '08:30' AS hour,
        TIMESTAMP '2026-11-20 08:30:00.25' AS moment, TIMESTAMPTZ '2026-11-20 08:30:00+07' AS zoned,
        INTERVAL '26 hours' AS span, '{{"a": [1, 2]}}'::jsonb AS inner, ARRAY[1, 2] AS list,
        '7f3e1c5a-0000-4000-8000-000000000001'::uuid AS id, '\\\\x00ff'::bytea AS photo""".replace("\\\\", "\\")
    (row,), _cursor, _sizes = postgres.take({}, query=query)
    zoned = datetime.fromisoformat(row.pop("zoned"))
    assert zoned == datetime(2026, 11, 20, 1, 30, tzinfo=UTC)
    assert row == {
        "whole": 1,
        "nothing": None,
        "yes": True,
        "price": Decimal("12.50"),
        "half": 0.5,
        "nan": "NaN",
        "word": "nội dung",
        "day": "2026-11-20",
        "hour": "08:30:00",
        "moment": "2026-11-20T08:30:00.250000",
        "span": "26:00:00",
        "inner": {"a": [1, 2]},
        "list": [1, 2],
        "id": "7f3e1c5a-0000-4000-8000-000000000001",
        "photo": "\ufdd0cell.object\ufdd02 byte",
    }
    assert isinstance(row["price"], Decimal)


def test_values_of_mariadb_become_json(mariadb):
    query = """SELECT 1 AS whole, NULL AS nothing, 12.50 AS price, 'nội dung 😀' AS word, DATE '2026-11-20' AS day,
        CAST('-08:30:01.5' AS TIME(1)) AS hour, TIMESTAMP '2026-11-20 08:30:00' AS moment, X'00ff' AS photo"""
    (row,), _cursor, _sizes = mariadb.take({}, query=query)
    assert row == {
        "whole": 1,
        "nothing": None,
        "price": Decimal("12.50"),
        "word": "nội dung 😀",
        "day": "2026-11-20",
        "hour": "-08:30:01.500000",
        "moment": "2026-11-20T08:30:00",
        "photo": "\ufdd0cell.object\ufdd02 byte",
    }


# -- Refusals ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "query",
    [
        "DELETE FROM a",
        "SELECT 1; DROP TABLE a",
        "/* SELECT */ UPDATE a SET b = 1",
        "WITH x AS (DELETE FROM a RETURNING *) SELECT * FROM x",
        "SELECT * INTO b FROM a",
        "SELECT 1 DROP TABLE a",
        "SELECT 1 /*! INTO OUTFILE '/tmp/x' */",
        "SELECT * FROM a FOR UPDATE",
        "SELECT 'chưa đóng",
        "SELECT $$a$$",
        "",
    ],
)
@pytest.mark.parametrize("backend", ["postgresql", "mysql", "mssql"])
def test_nothing_but_one_select_is_taken(query, backend):
    with pytest.raises(Problem) as caught:
        Store(f"{backend}://a@b/c", "sqlite://").connector(query)
    assert (caught.value.code, caught.value.params["option"]) == ("connector.option", "query")


@pytest.mark.parametrize(
    ("query", "backend"),
    [
        ("SELECT 'a; DELETE' AS \"into\" -- ; DROP\n", "postgresql"),
        ("(SELECT 1) UNION (SELECT 2);", "mysql"),
        ("with a as (select 1 as b) select b from a /* update */", "postgresql"),
        ("SELECT 'nó\\'; DELETE' # ; DROP", "mysql"),
        ("SELECT a LIKE '50\\%' ESCAPE '\\' FROM b", "postgresql"),
        ("SELECT [update], REPLACE(a, 'x', ';') FROM [delete]", "mssql"),
        ("SELECT a::text, updated_at FROM b", "postgresql"),
    ],
)
def test_a_select_that_only_looks_dangerous_is_taken(query, backend):
    assert Store(f"{backend}://a@b/c", "sqlite://").connector(query)


@pytest.mark.parametrize(
    ("options", "named"),
    [
        ({"query": "SELECT 1 WHERE 1 = :other"}, "query"),
        ({"query": "SELECT 1 LIMIT :limit"}, "query"),
        ({"query": ORDERED}, "query"),
        ({"query": ORDERED, "cursor_column": "at"}, "start"),
        ({"query": "SELECT 1", "cursor_column": "at", "start": "0"}, "query"),
        ({"query": "SELECT at FROM a WHERE at > :cursor", "cursor_column": "at", "start": "0"}, "query"),
        ({"url": "postgresql://a:mật@b/c", "query": "SELECT 1"}, "url"),
        ({"url": "oracle://a@b/c", "query": "SELECT 1"}, "url"),
        ({"url": "postgresql://a@b:cổng/c", "query": "SELECT 1"}, "url"),
    ],
)
def test_options_that_do_not_fit_are_refused_before_anybody_is_asked(options, named):
    with pytest.raises(Problem) as caught:
        Store("postgresql://a@b/c", "sqlite://").connector(**options)
    assert (caught.value.code, caught.value.params["option"]) == ("connector.option", named)


@pytest.mark.parametrize("name", ["postgres", "mariadb", "sqlite"])
def test_the_database_itself_refuses_to_be_written(name, request):
    store = request.getfixturevalue(name)
    store.run("CREATE TABLE {table} (at INTEGER)")
    with store.connector("SELECT 1")._connected() as connection, pytest.raises(sa.exc.DBAPIError) as caught:
        connection.exec_driver_sql(f"INSERT INTO {store.table} VALUES (1)")
    assert "read" in str(caught.value).lower()


def test_what_a_query_lacks_is_told_by_name(numbered):
    options = {"cursor_column": "at", "start": "0"}
    missing = numbered.refusal(query="SELECT * FROM không_có")
    assert (missing.code, "không_có" in missing.params["reason"]) == ("connector.query", True)
    unnamed = numbered.refusal(query="SELECT name FROM {table} WHERE at >= :cursor ORDER BY at", **options)
    assert (unnamed.code, "`at`" in unnamed.params["reason"]) == ("connector.query", True)
    unordered = numbered.refusal(query="SELECT * FROM {table} WHERE at >= :cursor ORDER BY at DESC", **options)
    assert (unordered.code, "ORDER BY at" in unordered.params["reason"]) == ("connector.query", True)
    assert numbered.refusal(query="SELECT at AS a, name AS a FROM {table}").code == "connector.query"


# -- The line ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("scheme", ["postgresql", "mariadb", "mssql"])
class TestAServer:
    def test_that_nobody_runs_is_unreachable(self, scheme):
        store = Store(f"{scheme}://a@127.0.0.1:{servers.free_port()}/c", "sqlite://")
        before = time.monotonic()
        assert store.refusal(query="SELECT 1", timeout=1).code in ("connector.unreachable", "connector.timeout")
        assert time.monotonic() - before < 4

    def test_whose_name_is_unknown_is_unreachable(self, scheme):
        store = Store(f"{scheme}://a@khong-co.invalid/c", "sqlite://")
        assert store.refusal(query="SELECT 1", timeout=1).code == "connector.unreachable"

    def test_that_accepts_and_stays_silent_times_out(self, scheme):
        with socket.create_server(("127.0.0.1", 0)) as silent:
            store = Store(f"{scheme}://a@127.0.0.1:{silent.getsockname()[1]}/c", "sqlite://")
            before = time.monotonic()
            problem = store.refusal(query="SELECT 1", timeout=1)
        assert (problem.code, time.monotonic() - before < 6) == ("connector.timeout", True)


def test_a_sqlite_file_that_is_not_there_is_not_made(tmp_path):
    store = Store(f"sqlite:///{tmp_path}/không.db", "sqlite://")
    assert store.refusal(query="SELECT 1").code == "connector.unreachable"
    assert not (tmp_path / "không.db").exists()


def test_a_wrong_password_is_told_without_it(mariadb):
    problem = mariadb.refusal(query="SELECT 1", password="bí mật sai")
    assert (problem.code, problem.params["user"]) == ("connector.refused", "root")
    assert "bí mật sai" not in str(problem)


def test_an_unknown_database_or_role_is_told(postgres, mariadb):
    mariadb.url = mariadb.url.replace("/test", "/khong")
    assert "khong" in mariadb.refusal(query="SELECT 1").params["reason"]
    postgres.url = postgres.url.replace("postgres@", "khong@")
    assert postgres.refusal(query="SELECT 1").code == "connector.refused"


@pytest.mark.parametrize(
    ("name", "word", "whole"),
    [("postgres", "pg_sleep(20)::text", True), ("mariadb", "sleep(20)", True), ("mariadb", "sleep(20)", False)],
)
def test_a_query_that_takes_too_long_is_stopped(name, word, whole, request):
    query, options = f"SELECT {word} AS at", {}
    if whole:
        query += " WHERE 1 >= :cursor LIMIT :limit"
        options = {"cursor_column": "at", "start": "1"}
    before = time.monotonic()
    problem = request.getfixturevalue(name).refusal(query=query, timeout=1, **options)
    assert (problem.code, time.monotonic() - before < 6) == ("connector.timeout", True)


def test_a_server_that_falls_silent_while_it_greets_does_not_hold_us(postgres):
    line = servers.Line(5432, cut_after=450, hold=True)
    postgres.url = postgres.url.replace("5432", str(line.port))
    before = time.monotonic()
    problem = postgres.refusal(query="SELECT 1", timeout=1)
    line.close()
    assert (problem.code, time.monotonic() - before < 6) == ("connector.timeout", True)


@pytest.fixture(params=["postgres", "mariadb"])
def large(request):
    """A table of 5,000 rows of 200 letters, and the port of its server."""
    store = request.getfixturevalue(request.param)
    store.run("CREATE TABLE {table} (at INTEGER, name VARCHAR(200))")
    values = ", ".join(f"({number}, '{'x' * 200}')" for number in range(5_000))
    store.run(f"INSERT INTO {{table}} VALUES {values}")
    store.port = {"postgres": 5432, "mariadb": 3306}[request.param]
    return store


@pytest.mark.parametrize("query", [ORDERED, "SELECT * FROM {table} WHERE at >= :cursor ORDER BY at"])
def test_a_line_cut_in_the_middle_is_told_and_no_row_is_lost(large, query):
    direct, line = large.url, servers.Line(large.port, cut_after=500_000)
    options = {"query": query, "cursor_column": "at", "start": "0", "limit": 500}
    large.url = direct.replace(str(large.port), str(line.port))
    seen, cursor = [], {}
    with pytest.raises(Problem) as caught:  # noqa: PT012 - what came before the cut counts
        for page in large.connector(**options).fetch({}):
            seen += [row["at"] for row in page.rows]
            cursor = page.cursor
    line.close()
    large.url = direct
    assert (caught.value.code, 0 < len(seen) < 5_000) == ("connector.cut", True)
    assert seen + [row["at"] for row in large.take(cursor, **options)[0]] == list(range(5_000))


def test_a_server_that_falls_silent_in_the_middle_does_not_hold_us(large):
    line = servers.Line(large.port, cut_after=500_000, hold=True)
    large.url = large.url.replace(str(large.port), str(line.port))
    before = time.monotonic()
    problem = large.refusal(cursor_column="at", start="0", limit=500, timeout=1)
    line.close()
    assert (problem.code, time.monotonic() - before < 8) == ("connector.timeout", True)


class Cluster:
    """A PostgreSQL server of the tests' own, which asks for a password and can be killed."""

    tools = (
        Path(shutil.which("initdb") or max(Path("/usr/lib/postgresql").glob("*/bin/initdb"), default="/-"))
        .resolve()
        .parent
    )

    def __init__(self, folder):
        self._folder, self.port = folder, servers.free_port()
        (folder / "password").write_text("đúng")
        shutil.chown(folder / "password", "postgres")
        told = ["-D", folder / "data", "-A", "scram-sha-256", "--pwfile", folder / "password", "-N", "-E", "UTF8"]
        self._run(self.tools / "initdb", *told, "--locale", "C.UTF-8", "-U", "postgres")

    def _run(self, *command):
        subprocess.run(command, check=True, user="postgres", cwd=self._folder, capture_output=True)

    def start(self):
        command = [self.tools / "postgres", "-D", self._folder / "data", "-p", str(self.port), "-k", self._folder]
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        self._process = subprocess.Popen(command, user="postgres", cwd=self._folder, **quiet)
        for _try in range(100):
            with contextlib.suppress(subprocess.CalledProcessError):
                return self._run(self.tools / "pg_isready", "-h", "127.0.0.1", "-p", str(self.port))
            time.sleep(0.05)
        return None

    def stop(self):
        self._process.send_signal(3)  # at once, whoever is connected
        self._process.wait(10)


@pytest.fixture
def cluster():
    if os.geteuid() or not (Cluster.tools / "initdb").exists():
        pytest.skip("to start a PostgreSQL server of its own this test needs root and initdb")
    folder = Path(tempfile.mkdtemp())
    shutil.chown(folder, "postgres")
    cluster = Cluster(folder)
    try:
        cluster.start()
        yield cluster
    finally:
        cluster.stop()
        shutil.rmtree(folder)


def test_a_server_killed_in_the_middle_is_told_and_read_on_once_it_is_back(cluster):
    url = f"postgresql://postgres@127.0.0.1:{cluster.port}/postgres"
    store = Store(url, f"postgresql+psycopg://postgres:đúng@127.0.0.1:{cluster.port}/postgres")
    assert store.refusal(query="SELECT 1", password="sai").code == "connector.refused"
    store.run("CREATE TABLE {table} (at INTEGER)", "INSERT INTO {table} SELECT * FROM generate_series(1, 5000)")
    options = {"cursor_column": "at", "start": "0", "limit": 500, "password": "đúng"}
    look = store.connector(**options).fetch({})
    page = next(look)
    cluster.stop()
    with pytest.raises(Problem) as caught:
        list(look)
    assert caught.value.code == "connector.cut"
    assert store.refusal(**options).code == "connector.unreachable"
    cluster.start()
    rest, _cursor, _sizes = store.take(page.cursor, **options)
    assert [row["at"] for row in page.rows + rest] == list(range(1, 5_001))


def test_a_hundred_thousand_rows_come_in_within_half_a_minute(postgres):
    postgres.run(
        "CREATE TABLE {table} (at TIMESTAMP, id INTEGER, name TEXT)",
        "INSERT INTO {table} SELECT TIMESTAMP '2026-11-20' + i * INTERVAL '1 s', i, 'dòng ' || i "
        "FROM generate_series(1, 100000) i",
        "CREATE INDEX ON {table} (at)",
    )
    before, count = time.monotonic(), 0
    for page in postgres.connector(**TIMED | {"limit": 1000, "overlap": 600}).fetch({}):
        count += len(page.rows)
    took = time.monotonic() - before
    print(f"100,000 rows: {took:.1f} s")
    assert (count, took < 30) == (100_000, True)
    assert timedelta(seconds=600).total_seconds() <= sum(map(len, page.cursor["told"].values())) <= 1_601
