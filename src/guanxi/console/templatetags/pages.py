"""Filters of the page families. Load with `{% load pages %}`.

reason_words  {{ reason|reason_words:detail }}   why a mail waits or stays, in words
named         {{ titles|named:row.tier }}        the title of a key, else the key
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import template

from guanxi.console import message_words

register = template.Library()


@register.filter
def named(titles: Mapping[str, str], key: str) -> str:
    return titles.get(key, key)


@register.filter
def reason_words(reason: str, detail: Mapping[str, Any] | None = None) -> str:
    return message_words.reason_words(reason, detail)
