"""Paths of the customers' door, all below /p/. Tokens are signed; `outbox.addresses` and J-04 make them."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from guanxi.public import progress

app_name = "public"
urlpatterns: list[URLPattern | URLResolver] = [
    path("progress/<str:token>", progress.progress, name="progress"),
]
