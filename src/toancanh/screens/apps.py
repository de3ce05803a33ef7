"""The screens floor as a Django app."""

from django.apps import AppConfig


class ScreensConfig(AppConfig):
    name = "toancanh.screens"
    label = "screens"
