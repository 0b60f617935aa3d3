"""Paths of the staff pages: each page module keeps its own."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path

PAGES = (
    "home",
    "my_day",
    "set_up",
    "sign_in",
    "my_account",
    "staff_pages",
    "token_pages",
    "shop_pages",
    "webhook_pages",
    "audit_page",
    "care_pages",
    "customers",
    "duplicates",
    "feedback",
    "customer_profile",
    "orders",
    "standings",
    "scheme_pages",
    "trait_forms",
    "segment_lists",
    "segments",
    "offer_pages",
    "reviews",
    "standing_pages",
    "replay_pages",
    "foresight",
    "content_pages",
    "intake",
    "intake_rejects",
    "intake_mappings",
    "campaign_pages",
    "campaign_results",
    "mail_pages",
    "journeys",
    "messages",
    "drawer_pages",
    "culture_pages",
    "settings_pages",
    "rate_pages",
    "export_pages",
)

urlpatterns: list[URLPattern | URLResolver] = [path("", include(f"guanxi.console.{name}")) for name in PAGES]
