from typing import Any

from django.db import migrations, models
from django.db.models import F


def single(apps: Any, schema_editor: Any) -> None:
    """Until now each row told of one batch."""
    apps.get_model("warehouse", "Batch").objects.update(first=F("number"))


class Migration(migrations.Migration):
    dependencies = [
        ("warehouse", "0004_batch_by_load"),
    ]

    operations = [
        migrations.AddField(
            model_name="batch",
            name="first",
            field=models.BigIntegerField(default=0),
            preserve_default=False,
        ),
        migrations.RunPython(single, migrations.RunPython.noop, elidable=True),
    ]
