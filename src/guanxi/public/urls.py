"""Paths of the customers' door, all below /p/. Tokens are signed; `outbox.addresses` and J-04 make them."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from guanxi.public import (
    address_change,
    booking,
    data_request,
    data_review,
    documents,
    letter,
    links,
    ordering,
    preferences,
    progress,
    share,
    shop_script,
    sign_up,
    survey,
    unsubscribing,
)  # fmt: skip

app_name = "public"
urlpatterns: list[URLPattern | URLResolver] = [
    path("guanxi.js", shop_script.shop_script, name="shop-script"),
    path("o/<str:token>.gif", links.pixel, name="pixel"),
    path("c/<str:token>", links.click, name="click"),
    path("t/<str:token>", links.trap, name="trap"),
    path("v/<str:token>", letter.letter, name="letter"),
    path("i/<str:name>", letter.picture, name="picture"),
    path("s/<str:token>", share.share, name="share"),
    path("u/<str:token>", unsubscribing.unsubscribe, name="unsubscribe"),
    path("farewell/<str:token>", unsubscribing.farewell, name="farewell"),
    path("sign-up/<slug:form_key>", sign_up.sign_up, name="sign-up"),
    path("confirm/<str:token>", sign_up.confirm, name="confirm"),
    path("data/<str:token>", data_review.data, name="data"),
    path("request/<str:token>", data_request.data_request, name="data-request"),
    path("address/<str:token>", address_change.address_change, name="address-change"),
    path("preferences/<str:token>", preferences.preferences, name="preferences"),
    path("progress/<str:token>", progress.progress, name="progress"),
    path("progress/<str:token>/photo/<int:photo_id>", progress.photo, name="photo"),
    path("progress/<str:token>/paper/<int:paper_id>", progress.paper, name="paper"),
    path("document/<str:token>", documents.document, name="document"),
    path("document/<str:token>/file", documents.document_file, name="document_file"),
    path("booking/<str:token>", booking.book, name="booking"),
    path("ordering/<str:token>", ordering.ordering, name="ordering"),
    path("survey/<str:token>", survey.survey, name="survey"),
]
