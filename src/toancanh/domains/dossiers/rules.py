"""What is wrong with dossiers: stocks and rates beyond what a unit can be left with."""

from datetime import timedelta

from toancanh.alerts.thresholds import threshold
from toancanh.base.words import Bilingual

# The limits are the sample's, chosen so that few units stand out; an installation sets its own.
threshold(
    "dossiers.many_overdue",
    "dossiers.overdue",
    Bilingual("Nhiều hồ sơ quá hạn", "Many overdue dossiers"),
    limit=100,
    clear=90,
    kinds=("commune", "department"),
    pending=timedelta(minutes=1),
    severity=4,
)
threshold(
    "dossiers.on_time_rate",
    "dossiers.on_time_rate",
    Bilingual("Tỷ lệ đúng hạn thấp", "Low on-time rate"),
    limit=90,
    clear=92,
    above=False,
    least=50,
    digits=2,
    kinds=("commune", "department"),
    pending=timedelta(minutes=1),
    severity=3,
)
