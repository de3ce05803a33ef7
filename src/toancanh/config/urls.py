"""Where each address leads."""

from django.urls import include, path

from toancanh.screens.api import api

urlpatterns = [
    path("api/v1/", api.urls),
    path("", include("toancanh.screens.urls")),
]

handler403 = "toancanh.screens.problems.forbidden"
handler404 = "toancanh.screens.problems.not_found"
handler500 = "toancanh.screens.problems.server_error"
