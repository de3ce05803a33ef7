"""The access floor as a Django app."""

from django.apps import AppConfig


class AccessConfig(AppConfig):
    name = "toancanh.access"
    label = "access"
    default_auto_field = "django.db.models.BigAutoField"
