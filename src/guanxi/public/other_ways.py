"""The part of the preference page about ways beside mail: what the reader permits by each, and which he likes best.

Only ways by which the firm can reach him are shown, without the number or name (X-17, CN-55).
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.http import HttpRequest

from guanxi.consent import actions as consent_actions
from guanxi.consent import reaching
from guanxi.consent.channels import EMAIL
from guanxi.consent.reaching import Way
from guanxi.consent.rules import MARKETING
from guanxi.consent.statements import Proof
from guanxi.kernel import clock
from guanxi.ledger.models import Contact
from guanxi.public.pages import asked, firm_name
from guanxi.public.words import Words

# Names that are the same in every language.
BRANDS = {
    "whatsapp": "WhatsApp", "linkedin": "LinkedIn", "line": "LINE", "telegram": "Telegram", "kakaotalk": "KakaoTalk",
}  # fmt: skip


def context(contact: Contact, words: Words) -> dict[str, Any]:
    ways = reaching.ways_of(contact, now=clock.utc_now())
    others = _others(ways)
    return {
        "other_ways": [(way.channel, _wording(way.channel, words), way.permits) for way in others],
        "preferred_ways": [
            (way.channel, _title(way.channel, words), way.is_preferred)
            for way in ways
            if way in others or way.channel == EMAIL
        ],
    }


def choose(
    contact: Contact, request: HttpRequest, *, words: Words, proof_of: Callable[..., Proof], now: datetime
) -> None:  # fmt: skip
    """What he says of each way on the page, with the words he saw; what he left as it was is no news."""
    ways = reaching.ways_of(contact, now=now)
    wanted = request.POST.getlist("channel")
    for way in _others(ways):
        if (way.channel in wanted) == way.permits:
            continue
        write = consent_actions.grant if way.channel in wanted else consent_actions.withdraw
        proof = proof_of(contact, request, _wording(way.channel, words), words)
        write(contact=contact, purpose=MARKETING, channel=way.channel, proof=proof, now=now)
    preferred = asked(request, "preferred")
    if preferred in {"", EMAIL, *(way.channel for way in _others(ways))}:
        reaching.prefer(contact=contact, channel=preferred, now=now)


def _others(ways: list[Way]) -> list[Way]:
    return [way for way in ways if way.channel != EMAIL and (way.address or way.permits)]


def _wording(channel: str, words: Words) -> str:
    return words.say("channel_wording", firm=firm_name(), channel=_title(channel, words))


def _title(channel: str, words: Words) -> str:
    return BRANDS.get(channel) or words[f"channel_{channel}"]
