"""Paths of the machine door."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path
from ninja import NinjaAPI, Swagger

from guanxi import __version__
from guanxi.api import (
    behaviour,
    care,
    collect,
    events,
    health,
    messages,
    offers,
    orders,
    permissions,
    provider_reports,
    recommendations,
    records,
    segments,
    standings,
    storefront,
    tiers,
)
from guanxi.api.auth import BearerToken
from guanxi.api.idempotency import once
from guanxi.api.mistakes import StrictParser, explain_refusals

api = NinjaAPI(
    title="Guanxi",
    version=__version__,
    description="Customers, contacts, orders and events of one installation. Keys are made in the console.",
    auth=BearerToken(),
    parser=StrictParser(),
    docs=Swagger(settings={"persistAuthorization": False}),
    urls_namespace="api",
)
explain_refusals(api)
api.add_decorator(once(api), mode="view")
for room in (
    records,
    permissions,
    orders,
    events,
    behaviour,
    recommendations,
    segments,
    standings,
    care,
    messages,
    offers,
    tiers,
):
    api.add_router("", room.router)

urlpatterns: list[URLPattern | URLResolver] = [
    path("api/", api.urls),
    *(
        path(f"v1/{call}", collect.view_of(way), name=f"collect-{call.partition('/')[0]}")
        for call, way in collect.CALLS.items()
    ),
    path("v1/recommendations", recommendations.recommend_to_page, name="recommend-to-page"),
    path("v1/storefront", storefront.front_of_shop, name="storefront"),
    path("v1/hooks/<str:provider>", provider_reports.take_report, name="provider-report"),
    path("healthz", health.healthz, name="healthz"),
]
