"""The warehouse floor as a Django app."""

from django.apps import AppConfig


class WarehouseConfig(AppConfig):
    """Where records rest."""

    name = "toancanh.warehouse"
    label = "warehouse"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Make the record type of withdrawals, the checks and the jobs known."""
        from toancanh.base import events
        from toancanh.warehouse import health, jobs, reckoning, withdrawal  # noqa: F401

        events.listen("units.changed", reckoning.reconsider)
