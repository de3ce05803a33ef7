"""The outbox holds entries of several rows; processes tell news and signs of life."""

from typing import Any

from django.db import migrations, models


def _listed(apps: Any, schema_editor: Any) -> None:
    entry = apps.get_model("base", "OutboxEntry")
    for each in entry.objects.all():
        if isinstance(each.payload, dict):
            each.payload = [each.payload]
            each.save(update_fields=["payload"])


class Migration(migrations.Migration):
    dependencies = [("base", "0002_audit_by_object")]

    operations = [
        migrations.RenameModel("OutboxRow", "OutboxEntry"),
        migrations.AddField("outboxentry", "load", models.CharField(blank=True, default="", max_length=120)),
        migrations.AddField("outboxentry", "rows", models.IntegerField(default=1)),
        migrations.RunPython(_listed, migrations.RunPython.noop),
    ]
