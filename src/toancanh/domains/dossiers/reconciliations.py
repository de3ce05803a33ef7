"""What is reconciled: the dossiers of the one-stop systems with what the National Portal knows of them."""

from toancanh.base.words import Bilingual
from toancanh.domains.dossiers.records import DOSSIER, PORTAL_DOSSIER
from toancanh.indicators.reconciliation import Compared, Reconciliation, Side, register

DIRECT = 1

register(
    Reconciliation(
        "dossiers",
        "dossiers",
        Bilingual(
            "Đối soát hồ sơ với Cổng Dịch vụ công quốc gia", "Dossiers against the National Public Service Portal"
        ),
        Bilingual("hồ sơ", "dossiers"),
        left=Side(DOSSIER.name, Bilingual("Hệ thống một cửa", "One-stop system")),
        right=Side(PORTAL_DOSSIER.name, Bilingual("Cổng DVCQG", "National Portal")),
        compared=(
            Compared("state"),
            Compared("received_at", same_day=True),
            Compared("due_at", same_day=True),
            Compared("finished_at", same_day=True),
            Compared("unit"),
            Compared("procedure"),
            Compared("channel", empty=DIRECT),  # QCVN 120:2019/BTTTT, KenhThucHien: none told is direct
        ),
        law="012/CT-UBND (Đắk Lắk, 26/11/2025)",
    )
)
