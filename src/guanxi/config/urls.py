"""Mounts the three doors: machines under /api and /v1, customers under /p, staff at the root."""

from django.urls import include, path

handler404 = "guanxi.config.missing.not_found"
urlpatterns = [
    path("", include("guanxi.api.urls")),
    path("p/", include("guanxi.public.urls")),
    path("", include("guanxi.console.urls")),
]
