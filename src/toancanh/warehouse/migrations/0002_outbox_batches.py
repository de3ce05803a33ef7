"""Rows of the outbox may belong to a load: what came through it says so."""

from typing import Any

from django.db import migrations, models


def _mark(apps: Any, schema_editor: Any) -> None:
    apps.get_model("warehouse", "Batch").objects.filter(load="").update(outbox=True)


class Migration(migrations.Migration):
    dependencies = [
        ("warehouse", "0001_initial"),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="batch",
            name="warehouse_batch_chunk",
        ),
        migrations.AddField(
            model_name="batch",
            name="outbox",
            field=models.BooleanField(default=False),
        ),
        migrations.RunPython(_mark, migrations.RunPython.noop),
        migrations.AddConstraint(
            model_name="batch",
            constraint=models.UniqueConstraint(
                condition=models.Q(("outbox", False), ("withdrawn", False), models.Q(("state", "lost"), _negated=True)),
                fields=("load", "chunk"),
                name="warehouse_batch_chunk",
            ),
        ),
    ]
