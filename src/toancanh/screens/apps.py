"""The screens floor as a Django app."""

from django.apps import AppConfig


class ScreensConfig(AppConfig):
    """Labels the floor and makes it known to Django."""

    name = "toancanh.screens"
    label = "screens"
