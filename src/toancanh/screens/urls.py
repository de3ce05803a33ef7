"""The pages and their addresses."""

from django.urls import path

from toancanh.screens.views import alerts, boards, entrance, indicators, overview, quarantine, sources, units

urlpatterns = [
    path("", overview.page, name="overview"),
    path("live", overview.live, name="overview-live"),
    path("healthz", entrance.healthz, name="healthz"),
    path("metrics", entrance.metrics, name="metrics"),
    path("login", entrance.login, name="login"),
    path("logout", entrance.logout, name="logout"),
    path("language", entrance.language, name="language"),
    path("progress", overview.progress, name="progress"),
    path("search", overview.search, name="search"),
    path("alerts", alerts.page, name="alerts"),
    path("alerts/live", alerts.live, name="alerts-live"),
    path("boards/<slug:code>", boards.page, name="board"),
    path("boards/<slug:code>/live", boards.live, name="board-live"),
    path("boards/<slug:code>/export.<slug:kind>", boards.export, name="board-export"),
    path("boards/<slug:code>/boundaries.json", boards.boundaries, name="board-boundaries"),
    path("indicators", indicators.catalogue_page, name="indicators"),
    path("indicators/<str:code>", indicators.page, name="indicator"),
    path("indicators/<str:code>/export.<slug:kind>", indicators.export, name="indicator-export"),
    path("figures/<path:address>/records.csv", indicators.records, name="figure-records"),
    path("figures/<path:address>", indicators.passport, name="figure"),
    path("sources", sources.catalogue_page, name="sources"),
    path("sources/<str:name>", sources.page, name="source"),
    path("sources/<str:name>/upload", sources.upload, name="upload"),
    path("sources/<str:name>/quarantine", quarantine.page, name="quarantine"),
    path("sources/<str:name>/quarantine/mend", quarantine.mend, name="mend"),
    path("loads/<int:number>", sources.load, name="load"),
    path("loads/<int:number>/progress", sources.progress, name="load-progress"),
    path("loads/<int:number>/rejects.<slug:kind>", sources.rejects, name="load-rejects"),
    path("loads/<int:number>/withdraw", sources.withdraw, name="load-withdraw"),
    path("units", units.tree_page, name="units"),
    path("units/<str:code>", units.page, name="unit"),
]
