"""Indexes as the list of cases is ordered, and no index of what hardly any case has, or all have alike."""

import django.db.models.deletion
from django.db import migrations, models

OPEN, CLOSED = models.Q(is_open=True), models.Q(is_open=False)


def _plain(name, to, index, **more):  # noqa: ANN001, ANN003, ANN202 - a field without its index
    """A key without an index of its own. Altered by Django, SQLite would copy the table and lose its triggers."""
    field = models.ForeignKey(to=to, db_index=False, on_delete=django.db.models.deletion.PROTECT, **more)
    return migrations.SeparateDatabaseAndState(
        database_operations=[migrations.RunSQL(f"DROP INDEX IF EXISTS {index}", migrations.RunSQL.noop)],
        state_operations=[migrations.AlterField("case", name, field)],
    )


def _added(name, fields, condition=None):  # noqa: ANN001, ANN202
    return migrations.AddIndex("case", models.Index(fields=fields, condition=condition, name=name))


class Migration(migrations.Migration):
    dependencies = [("base", "0006_done"), ("cases", "0002_words")]

    operations = [
        migrations.RemoveIndex("case", "case_of_unit"),
        migrations.RemoveIndex("case", "case_by_deadline"),
        _plain("parent", "cases.case", "cases_case_parent_id_30365dcb", null=True, related_name="children"),
        _plain("workflow", "base.frozen", "cases_case_workflow_id_9dc0a8ed", related_name="+"),
        _added("case_of_unit", ["unit", "-is_open", "due_at"]),
        _added("case_by_deadline", ["-is_open", "due_at"]),
        _added("case_open", ["due_at", "answered_at"], OPEN),
        _added("case_closed_of_unit", ["unit", "closed_at"], CLOSED),
        _added("case_closed", ["closed_at"], CLOSED),
        _added("case_of_parent", ["parent"], models.Q(parent__isnull=False)),
    ]
