"""What is wrong with the air, or with those who measure it: of each commune on the running day."""

from datetime import timedelta

from toancanh.alerts.thresholds import threshold
from toancanh.base.words import Bilingual

# One mean over the limit of the law is one too many; it clears with the first readings of a day without one.
threshold(
    "environment.over_hours",
    "environment.over_hours",
    Bilingual("Không khí vượt giới hạn trung bình 1 giờ", "Air over the hourly limit"),
    limit=1,
    grain="day",
    kinds=("commune",),
    severity=4,
)
# The share is the sample's; an installation sets its own.
threshold(
    "environment.valid_rate",
    "environment.valid_rate",
    Bilingual("Trạm quan trắc gửi nhiều lượt đo không hợp lệ", "Stations send many invalid readings"),
    limit=75,
    clear=80,
    above=False,
    least=60,
    digits=2,
    grain="day",
    kinds=("commune",),
    pending=timedelta(minutes=10),
    severity=2,
)
