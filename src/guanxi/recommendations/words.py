"""Reasons in plain English, for letters, the API and the command line; the console has its own. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from guanxi.kernel import places


def reason(kind: str, because: Mapping[str, Any], *, language: str = "en") -> str:
    """One sentence; countries are named in `language`, the rest is English."""
    told = dict(because)
    if told.get("country"):
        told["country"] = places.country_name(told["country"], language)
    return _WORDS[kind](told)


def _complementary(told: Mapping[str, Any]) -> str:
    return (
        f"Goes with {told['with']}: {told['together']} of its {told['buyers']} buyers took it too, "
        f"{told['lift']:g} times as many as by chance."
    )


def _viewed(told: Mapping[str, Any]) -> str:
    return f"Goes with {told['with']}, looked at lately; {told['together']} customers bought both."


def _next_purchase(told: Mapping[str, Any]) -> str:
    there = told.get("buyers_there", 0)
    market = f" and {there} in {told['country']} buy it" if there and told.get("country") else ""
    return f"Goes with {told['with']} of the trial order: {told['together']} customers bought both{market}."


def _popular_near(told: Mapping[str, Any]) -> str:
    who = f"customers in {told['trade']}" if told.get("trade") else "customers"
    where = f" in {told['country']}" if told.get("country") else ""
    return f"Bought by {told['buyers']} {who}{where}."


def _new(told: Mapping[str, Any]) -> str:
    return f"New in {told['category']}, a category this customer cares for."


def _affinity(told: Mapping[str, Any]) -> str:
    return f"Best seller in {told['category']}, a category this customer cares for."


def _popular(told: Mapping[str, Any]) -> str:
    return f"Bought by {told['buyers']} customers lately."


_WORDS: dict[str, Callable[[Mapping[str, Any]], str]] = {
    "complementary": _complementary,
    "viewed": _viewed,
    "next_purchase": _next_purchase,
    "new": _new,
    "affinity": _affinity,
    "popular_near": _popular_near,
    "popular": _popular,
}


def content_reason(because: Mapping[str, str], *, language: str = "en") -> str:
    """Why a content piece was chosen."""
    parts = []
    if because.get("trade"):
        parts.append(f"for {because['trade']}")
    if because.get("country"):
        parts.append(f"for readers in {places.country_name(because['country'], language)}")
    if because.get("region"):
        parts.append(f"for readers in {because['region'].replace('_', ' ').title()}")
    if because.get("category"):
        parts.append(f"about {because['category']}, looked at or bought lately")
    return f"Made {', '.join(parts)}." if parts else "Of interest to every customer."
