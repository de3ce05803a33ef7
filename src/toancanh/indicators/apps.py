"""The indicators floor as a Django app."""

from django.apps import AppConfig


class IndicatorsConfig(AppConfig):
    name = "toancanh.indicators"
    label = "indicators"
    default_auto_field = "django.db.models.BigAutoField"
