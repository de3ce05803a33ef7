"""The base floor as a Django app."""

from django.apps import AppConfig


class BaseConfig(AppConfig):
    """Labels the floor and makes it known to Django."""

    name = "toancanh.base"
    label = "base"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Make the checks and jobs of this floor known."""
        from toancanh.base import heartbeats, housekeeping  # noqa: F401
