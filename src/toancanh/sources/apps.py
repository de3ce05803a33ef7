"""The sources floor as a Django app."""

from django.apps import AppConfig


class SourcesConfig(AppConfig):
    """Connects this floor to Django."""

    name = "toancanh.sources"
    label = "sources"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Make the words of this floor's problems, acts and checks known."""
        from toancanh.sources import acts, flow, jobs, stuck, words  # noqa: F401
        from toancanh.sources.connectors import words as connector_words  # noqa: F401
