import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("sources", "0004_withdrawn_at"),
    ]

    operations = [
        migrations.AddField(
            model_name="reject",
            name="mended_by",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="mended", to="sources.load"
            ),
        ),
    ]
