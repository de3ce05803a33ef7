"""The base floor as a Django app."""

from django.apps import AppConfig


class BaseConfig(AppConfig):
    """Labels the floor and makes it known to Django."""

    name = "toancanh.base"
    label = "base"
    default_auto_field = "django.db.models.BigAutoField"
