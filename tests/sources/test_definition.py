"""Definition: a source as a file says it; what is wrong with the file is said by its place."""

import pytest
from samples import told

from toancanh.base.audit import SYSTEM
from toancanh.base.problems import Problem
from toancanh.sources import actions, definition, vault
from toancanh.sources.models import Source

WHOLE = """
name = "mot-cua"
title = "Một cửa"
record_type = "parcel"
contract = "reject_value"
[connector]
kind = "rest"
url = "https://mot-cua.example/api"
auth = "bearer"
every = 2.5
[secrets]
token = "bí mật"
[promise]
every = 15
fresh = 30
hours = "working"
"""
pytestmark = pytest.mark.usefixtures("units")


def read(tmp_path, text):
    file = tmp_path / "nguon.toml"
    file.write_text(text)
    return definition.at(file)


def test_a_file_says_all_of_a_source(tmp_path):
    source = actions.connect(read(tmp_path, WHOLE), actor=SYSTEM)
    assert (source.connector, source.every, source.running) == ("rest", 2.5, True)
    assert (source.expected_every, source.fresh_within, source.hours) == (15, 30, "working")
    assert source.contract == "reject_value"
    assert source.options["url"] == "https://mot-cua.example/api"
    assert source.options["limit"] == 500  # its default


def test_a_secret_is_stored_encrypted_and_nowhere_else(tmp_path, home):
    source = actions.connect(read(tmp_path, WHOLE), actor=SYSTEM)
    assert vault.opened(source.secrets) == {"token": "bí mật"}
    stored = "".join(map(str, Source.objects.filter(pk=source.pk).values_list().get()))
    assert "bí mật" not in stored
    assert "token" not in source.options


def test_a_secret_of_another_installation_is_not_read(tmp_path, home):
    source = actions.connect(read(tmp_path, WHOLE), actor=SYSTEM)
    (home.path / "secret.key").write_text("another")
    with pytest.raises(Problem) as caught:
        vault.opened(source.secrets)
    assert caught.value.code == "source.secrets"


def test_a_secret_may_come_from_the_environment(tmp_path, monkeypatch):
    monkeypatch.setenv("ONE_STOP", "của môi trường")
    found = read(tmp_path, WHOLE.replace('"bí mật"', '{ env = "ONE_STOP" }'))
    assert found.secrets == {"token": "của môi trường"}


def test_the_same_name_again_changes_the_source(tmp_path):
    first = actions.connect(read(tmp_path, WHOLE), actor=SYSTEM)
    second = actions.connect(read(tmp_path, WHOLE.replace("every = 2.5", "every = 9")), actor=SYSTEM)
    assert (second.pk, second.every) == (first.pk, 9.0)


@pytest.mark.parametrize(
    ("old", "new", "code", "words"),
    [
        ('name = "mot-cua"', 'name = "Một cửa"', "source.definition", "name"),
        ('record_type = "parcel"', 'record_type = "thư"', "source.definition", "parcel"),
        ('title = "Một cửa"', 'tite = "x"', "source.definition", "tite"),
        ('title = "Một cửa"', 'owner = "gso:00"', "source.definition", "owner"),
        ('title = "Một cửa"', 'mapping = "khong-co"', "mapping.unknown", "khong-co"),
        ('kind = "rest"', 'kind = "telex"', "connector.unknown", "telex"),
        ("https://mot-cua.example/api", "mot-cua.example", "connector.option", "url"),
        ('auth = "bearer"', 'auth = "magic"', "connector.option", "auth"),
        ('auth = "bearer"', 'token = "x"', "connector.option", "secrets"),
        ('auth = "bearer"', 'colour = "red"', "connector.option", "colour"),
        ('auth = "bearer"', 'limit = "many"', "connector.option", "limit"),
        ('token = "bí mật"', 'url = "x"', "connector.option", "url"),
        ('token = "bí mật"', 'token = { env = "NOBODY_SET_THIS" }', "source.definition", "NOBODY_SET_THIS"),
        ("every = 2.5", "every = 0", "source.definition", "every"),
        ("every = 15", "every = 1.5", "source.definition", "promise.every"),
        ('hours = "working"', 'hours = "nights"', "source.definition", "hours"),
        ('contract = "reject_value"', 'contract = "maybe"', "source.definition", "contract"),
        ("[promise]", "[promises]", "source.definition", "promises"),
        ('name = "mot-cua"', "name = ", "source.definition", ""),
    ],
)
def test_what_is_wrong_is_said_by_its_place(tmp_path, old, new, code, words):
    assert old in WHOLE
    with pytest.raises(Problem) as caught:
        read(tmp_path, WHOLE.replace(old, new))
    assert caught.value.code == code
    assert words in told(code, caught.value.params)


@pytest.mark.parametrize(
    ("kind", "wrong", "option"),
    [
        ('kind = "rest"\nurl = "http://x"\nauth = "bearer"', "", "token"),
        ('kind = "rest"\nurl = "http://x"\nauth = "basic"\nuser = "a"', "", "password"),
        ('kind = "push"', 'secret = "khong phai base64!!"', "secret"),
        ('kind = "push"', 'secret = "ngan"', "secret"),
        ('kind = "folder"\npath = "den/day"', "", "path"),
    ],
)
def test_what_cannot_work_is_refused_before_it_is_kept(tmp_path, kind, wrong, option):
    with pytest.raises(Problem) as caught:
        read(tmp_path, f'name = "x"\nrecord_type = "parcel"\n[connector]\n{kind}\n[secrets]\n{wrong}\n')
    assert [each.params["option"] for each in caught.value.all] == [option]


def test_all_that_is_wrong_is_said_at_once(tmp_path):
    wrong = WHOLE.replace('name = "mot-cua"', 'name = "Một cửa"').replace("every = 15", "every = 1.5")
    wrong = wrong.replace('auth = "bearer"', 'auth = "magic"\nlimit = "many"')
    with pytest.raises(Problem) as caught:
        read(tmp_path, wrong)
    told_at = [each.params.get("key") or each.params.get("option") for each in caught.value.all]
    assert sorted(told_at) == ["auth", "limit", "name", "promise.every"]


def test_a_mapping_that_needs_the_whole_file_is_refused_for_rows_in_pieces(tmp_path, home):
    home.mappings.mkdir()
    (home.mappings / "theo-tep.toml").write_text(
        'record_type = "parcel"\n[fields]\ncode = "ma"\nseq = { order_within = "ma" }\nat = "luc"\n'
    )
    with pytest.raises(Problem) as caught:
        read(tmp_path, WHOLE.replace('title = "Một cửa"', 'mapping = "theo-tep"'))
    assert "seq" in told(caught.value.code, caught.value.params)


def test_a_source_with_loads_keeps_its_record_type(tmp_path):
    source = actions.connect(read(tmp_path, WHOLE), actor=SYSTEM)
    source.loads.create(filename="x", sha256="1", size=1, by="system:toancanh")
    with pytest.raises(Problem) as caught:
        actions.connect(read(tmp_path, WHOLE.replace('"parcel"', '"figure"')), actor=SYSTEM)
    assert caught.value.code == "source.declared"


def test_pausing_closes_the_load_of_the_day_and_is_done_once(tmp_path):
    actions.connect(read(tmp_path, WHOLE), actor=SYSTEM)
    assert actions.pause("mot-cua", actor=SYSTEM).running is False
    assert actions.pause("mot-cua", actor=SYSTEM).running is False
    assert actions.resume("mot-cua", actor=SYSTEM).running is True


def test_a_source_without_a_connector_cannot_be_paused_or_read_again():
    for act in (actions.pause, actions.resume):
        with pytest.raises(Problem) as caught:
            act("parcels", actor=SYSTEM)
        assert caught.value.code == "source.not_connected"
