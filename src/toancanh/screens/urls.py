"""The pages and their addresses."""

from django.urls import path

from toancanh.screens.views import boards, connecting, entrance, indicators, overview, sources, units

urlpatterns = [
    path("", overview.page, name="overview"),
    path("live", overview.live, name="overview-live"),
    path("healthz", entrance.healthz, name="healthz"),
    path("login", entrance.login, name="login"),
    path("logout", entrance.logout, name="logout"),
    path("language", entrance.language, name="language"),
    path("progress", overview.progress, name="progress"),
    path("search", overview.search, name="search"),
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
    path("sources/live", sources.catalogue_live, name="sources-live"),
    path("sources/new", connecting.new, name="source-new"),
    path("sources/<str:name>", sources.page, name="source"),
    path("sources/<str:name>/live", sources.live, name="source-live"),
    path("sources/<str:name>/edit", connecting.edit, name="source-edit"),
    path("sources/<str:name>/try", connecting.try_out, name="source-try"),
    path("sources/<str:name>/pause", connecting.pause, name="source-pause"),
    path("sources/<str:name>/resume", connecting.resume, name="source-resume"),
    path("sources/<str:name>/replay", connecting.replay, name="source-replay"),
    path("sources/<str:name>/secret", connecting.secret, name="source-secret"),
    path("sources/<str:name>/upload", sources.upload, name="upload"),
    path("loads/<int:number>", sources.load, name="load"),
    path("loads/<int:number>/progress", sources.progress, name="load-progress"),
    path("loads/<int:number>/rejects.<slug:kind>", sources.rejects, name="load-rejects"),
    path("loads/<int:number>/withdraw", sources.withdraw, name="load-withdraw"),
    path("units", units.tree_page, name="units"),
    path("units/<str:code>", units.page, name="unit"),
]
