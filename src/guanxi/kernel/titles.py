"""Titles that a document carries in several languages: `{en: …, zh-Hans: …}`."""

from __future__ import annotations

from collections.abc import Mapping


def in_language(titles: Mapping[str, str], language: str, fallback: str = "") -> str:
    """The title in `language` (zh-hans and zh-Hans alike), else without its region, else in English, else in any."""
    known = {key.lower(): title for key, title in titles.items()}
    wanted = language.lower()
    return (
        known.get(wanted)
        or known.get(wanted.partition("-")[0])
        or known.get("en")
        or next(filter(None, known.values()), fallback)
    )
