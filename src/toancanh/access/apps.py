"""The access floor as a Django app."""

from django.apps import AppConfig


class AccessConfig(AppConfig):
    """Labels the floor and makes it known to Django."""

    name = "toancanh.access"
    label = "access"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Make the floor's acts and problems known."""
        from toancanh.access import actions, gates  # noqa: F401
