"""The cases floor as a Django app."""

from django.apps import AppConfig


class CasesConfig(AppConfig):
    """Labels the floor and makes it known to Django."""

    name = "toancanh.cases"
    label = "cases"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Make the kinds, jobs and checks of this floor known."""
        from toancanh.alerts import notices
        from toancanh.cases import access, following, jobs, slips, stuck  # noqa: F401

        notices.guard("case", access.may_hear)
