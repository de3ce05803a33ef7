"""Where each address leads."""

from django.urls import include, path

from toancanh.screens.api import api

urlpatterns = [
    path("api/v1/", api.urls),
    path("", include("toancanh.screens.urls")),
]
