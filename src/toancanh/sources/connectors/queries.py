"""The query and the address of a database, checked before they are used."""

import re

import sqlalchemy as sa
from django.utils.translation import gettext as _
from sqlalchemy.exc import SQLAlchemyError

from toancanh.base.problems import Problem


def _refused(option: str, told: str) -> Problem:
    return Problem("connector.option", option=option, reason=told)


def address(url: str) -> sa.URL:
    """The address of a database, without a password. Raises connector.option."""
    try:
        found = sa.make_url(url)
    except (SQLAlchemyError, ValueError):
        raise _refused("url", _("không phải là địa chỉ của một cơ sở dữ liệu")) from None
    if found.password:
        raise _refused("url", _("chứa mật khẩu; ghi mật khẩu vào `password`"))
    return found


def bound(query: str, column: str | None, start: str | None) -> set[str]:
    """The names that the query leaves open. Raises connector.option where they do not fit the other options."""
    names = set(sa.text(query).compile().params)
    if unknown := names - {"cursor", "limit"}:
        told = _("có :{name} mà chỉ có :cursor và :limit được thay; dấu hai chấm khác thì viết \\:")
        raise _refused("query", told.format(name=min(unknown)))
    if bool(column) != ("cursor" in names):
        raise _refused("query", _("phải có :cursor khi và chỉ khi có `cursor_column`"))
    if "limit" in names and not column:
        raise _refused("query", _("có :limit mà không có :cursor thì các dòng sau không bao giờ được đọc"))
    if column and not start:
        raise _refused("start", _("còn thiếu"))
    if re.search(r">\s*:cursor\b", query):
        raise _refused("query", _("phải so sánh bằng >= :cursor; với > thì các dòng cùng giá trị bị bỏ sót"))
    return names


# What is no code: comments, texts, names in quotes. MySQL runs what stands in `/*! */`, and escapes by backslash.
_HIDDEN = (r"--[^\n]*", r"/\*(?!M?!).*?\*/", r"`[^`]*`")
_MYSQL = (r"#[^\n]*", r"'(?:[^'\\]|\\.|'')*'", r'"(?:[^"\\]|\\.|"")*"')
_HIDDEN_BY = {
    "": (r"'(?:[^']|'')*'", r'"(?:[^"]|"")*"'),
    "mssql": (r"'(?:[^']|'')*'", r'"(?:[^"]|"")*"', r"\[[^\]]*\]"),
    "mysql": _MYSQL,
    "mariadb": _MYSQL,
}
_WRITES = re.compile(
    r"\b(INSERT|UPDATE|DELETE|MERGE|INTO|DROP|ALTER|CREATE|EXEC|EXECUTE|CALL|GRANT|REVOKE|DENY|TRUNCATE\s+TABLE)\b",
    re.IGNORECASE,
)


def one_select(query: str, backend: str) -> str:
    """The query, once it is sure to be one SELECT. Raises connector.option."""
    hidden = "|".join([*_HIDDEN, *_HIDDEN_BY.get(backend, _HIDDEN_BY[""])])
    code = re.sub(hidden, " ", query, flags=re.DOTALL).strip().rstrip(";").strip()
    if not re.match(r"[\s(]*(SELECT|WITH)\b", code, re.IGNORECASE):
        raise _refused("query", _("phải là một câu SELECT (hoặc WITH … SELECT)"))
    if ";" in code:
        raise _refused("query", _("chỉ được có một câu"))
    if found := _WRITES.search(code):
        raise _refused("query", _("chỉ được đọc, không được có {word}").format(word=found[0].upper()))
    if found := re.search(r"'|\"|`|/\*|\$\w*\$", code):
        raise _refused("query", _("có dấu {mark} không đóng hoặc không dùng được ở đây").format(mark=found[0]))
    return query
