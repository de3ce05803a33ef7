"""The alerts floor as a Django app."""

from django.apps import AppConfig


class AlertsConfig(AppConfig):
    """Labels the floor and makes it known to Django."""

    name = "toancanh.alerts"
    label = "alerts"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Make the kinds of rules, the rules, the loop and the checks of this floor known."""
        from toancanh.alerts import (  # noqa: F401
            audits,
            bursts,
            changes,
            deadlines,
            definition,
            following,
            jobs,
            sources,
            storms,
            stuck,
            thresholds,
        )
        from toancanh.alerts.notices import actions  # noqa: F401
        from toancanh.alerts.notices import jobs as sending  # noqa: F401
        from toancanh.alerts.notices import stuck as late  # noqa: F401
