"""Permissions in the reader's language: what for, how they came about, and their evidence."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from guanxi.console.phrases import labelled

Words = str | Promise

PURPOSES: dict[str, Words] = {
    "marketing": _("marketing"),
    "service": _("service"),
    "tracking": _("seeing who opens a mail"),
    "profiling": _("profiles"),
    "transfer": _("taking data abroad"),
}
CHANNELS: dict[str, Words] = {
    "email": _("e-mail"),
    "phone": _("telephone"),
    "sms": _("text message"),
    "whatsapp": "WhatsApp",
    "wechat": _("WeChat"),
    "linkedin": "LinkedIn",
    "line": "LINE",
    "telegram": "Telegram",
    "kakaotalk": "KakaoTalk",
    "post": _("post"),
}
METHODS: dict[str, Words] = {
    "card": _("on a card"),
    "contract": _("in a contract or letter"),
    "other_form": _("on a form elsewhere"),
    "double_opt_in": _("by a confirmed form"),
    "expiry": _("by its end"),
    "inquiry": _("by an inquiry"),
    "no_answer": _("by silence to the yearly letter"),
    "objection": _("by an objection"),
    "purchase": _("by a purchase"),
    "form": _("by a form"),
    "import": _("by an import"),
    "one_click": _("by one click in the mail program"),
    "preferences": _("on the preferences page"),
    "staff": _("entered by staff"),
    "verbal": _("by word of mouth"),
}
EVIDENCE: dict[str, Words] = {
    "event": _("event"),
    "file": _("file"),
    "form": _("form"),
    "import": _("import"),
    "message": _("mail"),
    "order": _("order"),
    "page": _("page"),
    "permission": _("earlier permission"),
    "row": _("row"),
}
PAGES: dict[str, Words] = {"preferences": _("preferences")}


def purpose_words(purpose: str) -> str:
    return str(PURPOSES.get(purpose, purpose))


def channel_words(channel: str) -> str:
    return str(CHANNELS.get(channel, channel))


def method_words(method: str) -> str:
    return str(METHODS.get(method, method.replace("_", " ")))


def evidence_words(evidence: Mapping[str, Any]) -> list[str]:
    """A line for each piece of evidence; foreign names and values stay as they are."""
    return [
        labelled(EVIDENCE.get(name, name), PAGES.get(str(value), value) if name == "page" else value)
        for name, value in evidence.items()
    ]
