"""The index of words that cases are found by: the database's own, kept up by triggers where it is a table apart."""

from django.db import migrations

_SQLITE = [
    "CREATE VIRTUAL TABLE cases_words USING fts5(words, content='cases_case', content_rowid='id', prefix='2 3')",
    "CREATE TRIGGER cases_words_in AFTER INSERT ON cases_case BEGIN"
    " INSERT INTO cases_words(rowid, words) VALUES (new.id, new.words); END",
    "CREATE TRIGGER cases_words_out AFTER DELETE ON cases_case BEGIN"
    " INSERT INTO cases_words(cases_words, rowid, words) VALUES ('delete', old.id, old.words); END",
    "CREATE TRIGGER cases_words_new AFTER UPDATE OF words ON cases_case WHEN old.words <> new.words BEGIN"
    " INSERT INTO cases_words(cases_words, rowid, words) VALUES ('delete', old.id, old.words);"
    " INSERT INTO cases_words(rowid, words) VALUES (new.id, new.words); END",
]
_POSTGRESQL = ["CREATE INDEX cases_words ON cases_case USING gin (to_tsvector('simple', words))"]


def index(apps, editor):  # noqa: ANN001, ANN201 - as Django calls it
    for statement in _SQLITE if editor.connection.vendor == "sqlite" else _POSTGRESQL:
        editor.execute(statement)


class Migration(migrations.Migration):
    dependencies = [("cases", "0001_initial")]

    operations = [migrations.RunPython(index, migrations.RunPython.noop)]
