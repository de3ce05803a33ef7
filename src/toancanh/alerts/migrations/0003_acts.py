"""What is known of alerts from before there were acts, versions of rules and groups."""

from typing import Any

from django.db import migrations, models

# A rule on a figure made way for the deadline rule of its name.
RENAMED = {"dossiers.overdue": "dossiers.many_overdue"}
ACTS = {"pending": "begun", "firing": "fired", "cleared": "cleared"}


def forwards(apps: Any, _schema_editor: Any) -> None:
    alerts, changes = apps.get_model("alerts", "Alert"), apps.get_model("alerts", "AlertChange")
    for old, new in RENAMED.items():
        alerts.objects.filter(rule=old).update(rule=new)
    for state, act in ACTS.items():
        changes.objects.filter(act="", state=state).update(act=act)
    for severity in range(1, 6):
        same = alerts.objects.filter(severity=severity).values("pk")
        changes.objects.filter(severity=0, alert__in=same).update(severity=severity)
    for alert in alerts.objects.filter(group="").only("pk", "subject_kind", "subject_id", "owner").iterator():
        source = alert.subject_kind == "source"
        alert.group = f"source:{alert.subject_id}" if source else f"unit:{alert.owner}"
        alert.save(update_fields=["group"])


def backwards(apps: Any, _schema_editor: Any) -> None:
    alerts = apps.get_model("alerts", "Alert")
    for old, new in RENAMED.items():
        alerts.objects.filter(rule=new).update(rule=old)


class Migration(migrations.Migration):
    dependencies = [("alerts", "0002_life")]

    operations = [
        migrations.RunPython(forwards, backwards),
        migrations.AlterField(
            model_name="alertchange",
            name="act",
            field=models.CharField(
                choices=[
                    ("begun", "mới thấy"),
                    ("fired", "bắt đầu báo"),
                    ("cleared", "hết"),
                    ("worse", "nặng hơn"),
                    ("flapping", "chập chờn, được giữ"),
                    ("calm", "hết chập chờn"),
                    ("inhibited", "bị cảnh báo rộng hơn giữ lại"),
                    ("released", "không còn bị giữ lại"),
                    ("silenced", "tạm im"),
                    ("heard", "hết tạm im"),
                    ("acknowledged", "đã tiếp nhận"),
                    ("unacknowledged", "bỏ tiếp nhận"),
                    ("merged", "gộp"),
                    ("parted", "tách khỏi cảnh báo gộp"),
                    ("escalated", "nâng mức"),
                ],
                max_length=20,
            ),
        ),
    ]
