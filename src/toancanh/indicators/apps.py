"""The indicators floor as a Django app."""

from django.apps import AppConfig


class IndicatorsConfig(AppConfig):
    """Labels the floor and makes it known to Django."""

    name = "toancanh.indicators"
    label = "indicators"
    default_auto_field = "django.db.models.BigAutoField"
