"""The wiring as a Django app: when everything is loaded, the domains are found and connected."""

from django.apps import AppConfig


class WiringConfig(AppConfig):
    """Labels the floor and makes it known to Django."""

    name = "toancanh.config"
    label = "config"

    def ready(self) -> None:
        """Find and connect the domains."""
        from toancanh.config import domains

        domains.connect()
