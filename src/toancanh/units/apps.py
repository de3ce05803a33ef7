"""The units floor as a Django app."""

from django.apps import AppConfig


class UnitsConfig(AppConfig):
    """Label `units`."""

    name = "toancanh.units"
    label = "units"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Make the words of this floor's problems and acts known; let a saved unit renew the revision of caches."""
        from django.db.models.signals import post_delete, post_save

        from toancanh.units import actions, agencies, boundaries, lists, names, periods, revision, tree  # noqa: F401
        from toancanh.units.models import CalendarDay, Unit, UnitChange, WorkingHours

        for model in (Unit, UnitChange, CalendarDay, WorkingHours):
            for signal in (post_save, post_delete):
                signal.connect(revision.on_change, sender=model, dispatch_uid=f"units.revision.{model.__name__}")
