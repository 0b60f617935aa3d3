"""The closed vocabulary of traits: what a person may record of a customer, a sentence each. Pure (D-13, D-14, T-20)."""

from __future__ import annotations

TRAITS: dict[str, str] = {
    "exclusive_agency": "Sells our goods as exclusive agent (D-13).",
    "custom_development": "Has goods developed with us (D-13, T-20).",
    "growth_plan": "Has a definite plan to buy more (T-23).",
    "new_region": "Plans to expand into a new region (D-13).",
    "long_term_plan": "Loyal, with a long-term plan of cooperation (T-20).",
    "price_sensitive": "Decides by the price (D-14, T-28).",
    "quality_sensitive": "Decides by the quality (D-14).",
    "tries_new_products": "Is willing to try new articles (T-24).",
    "compares_suppliers": "Compares several suppliers before each order (D-14).",
    "unstable_demand": "Buys small trial lots or without a rhythm (T-27).",
    "inefficient_talks": "Talks lead nowhere; a human mark with its reason (M-08, CN-10).",
    "wants_custom": "Has asked for goods to his own specification (P-06, M-07, B-16).",
    "one_contact_wanted": "Wants one contact and merged orders for all categories (P-12).",
    "named_vip": "Named VIP by a person, until a day (CN-33).",
    "stable_cooperation": "A person has set the stage of stable cooperation (CN-53).",
    "gifts_refused": "Does not accept gifts (CN-46).",
    "social_media": "Takes part in our social media (D-06).",
    "ready_for_next_stage": "Ready for the next stage of the lifecycle; a flow may set it (L-31).",
}
