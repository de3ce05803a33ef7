"""Options are read the same from a file and from a form, and refused by name."""

import pytest
from setting import apart

from toancanh.base.problems import Problem
from toancanh.sources.connectors import connector

FTP = {"host": "a", "user": "xa"}


def refused(kind, told):
    with pytest.raises(Problem) as caught:
        connector.read(kind, *apart(kind, told))
    return caught.value.code, caught.value.params.get("option")


@pytest.mark.parametrize("kind", ["folder", "sftp", "ftp", "database", "mqtt"])
def test_every_kind_is_found_under_its_name(kind):
    found = connector.of_kind(kind)
    assert (found.kind, bool(found.title), found.listens) == (kind, True, kind == "mqtt")
    assert all(option.title for option in found.options)


def test_texts_of_a_form_are_read_like_values_of_a_file():
    form = connector.read("ftp", {**FTP, **{"port": "2121", "tls": "on", "settle": "2.5"}}, {})
    assert form == connector.read("ftp", {**FTP, **{"port": 2121, "tls": True, "settle": 2.5}}, {})
    assert (form["port"], form["tls"], form["settle"], form["timeout"]) == (2121, True, 2.5, 30)
    assert connector.read("mqtt", {"host": "a", "topic": "b", "qos": 0}, {})["qos"] == "0"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("port", "hai mươi"),
        ("port", 0),
        ("port", 65_536),
        ("timeout", "nan"),
        ("timeout", "inf"),
        ("host", ""),
        ("x", 1),
    ],
)
def test_a_value_that_cannot_be_is_refused_by_its_option(name, value):
    assert refused("ftp", FTP | {name: value}) == ("connector.option", name)


def test_a_choice_and_an_address_are_what_they_may_be():
    assert refused("mqtt", {"host": "a", "topic": "b", "qos": 2}) == ("connector.option", "qos")
    for url in ("oracle://a/b", "http://[", "a"):
        assert refused("database", {"url": url, "query": "SELECT 1"}) == ("connector.option", "url")


def test_an_unknown_kind_names_the_known_ones():
    with pytest.raises(Problem) as caught:
        connector.of_kind("kafka")
    assert (caught.value.code, "mqtt" in str(caught.value)) == ("connector.unknown", True)
