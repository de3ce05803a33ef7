"""The base floor as a Django app."""

from django.apps import AppConfig


class BaseConfig(AppConfig):
    name = "toancanh.base"
    label = "base"
    default_auto_field = "django.db.models.BigAutoField"
