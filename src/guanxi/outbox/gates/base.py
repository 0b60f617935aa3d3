"""The gate socket: facts in; pass, hold until, or drop because out. Pure.

A plug is a module with `judge(facts) -> Opinion`. It asks nobody: whatever it needs is a field of Facts, gathered for
a whole table of messages at once.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from guanxi.consent.rules import CONTRACT, NO_CHOICES, Choices, Stand
from guanxi.culture.profiles import Profile
from guanxi.culture.zones import Zone

PASS, HOLD, DROP = "pass", "hold", "drop"


@dataclass(slots=True)
class Facts:
    """What is known about a message, its reader and the firm at `now`.

    `permission` is the newest one for the purpose of `kind`. `recent_marketing` are the moments at which marketing
    mail to this contact left, of the latest seven days; `ahead` are the messages of higher priority that leave now and
    are counted among them (CN-19). `missing` names what a mail lacks, by the codes of
    completeness.REASONS; `missing_values` the placeholders of the letter that its occasion left empty. `origin_pause`
    says why the campaign or journey is stopped, `stream_pause` why its sender's mails of this kind are; None while
    they run. `choices` are the reader's own, `topic` what the
    letter is about; `rests_on_profile` that the reader was chosen by his tier or doings, `profiling` his word on that.
    `ground` is what a mail rests on that is no marketing; `asks_to_confirm` that it asks whether a sign-up is his own.
    `zone` is the name of `place`, which says how it is known; `profile` is the country's as the firm has changed it,
    `firm_profile` that of the firm's own country; `occasion` the hold whose feast the letter greets.
    """

    now: datetime
    kind: str
    permission: Stand | None = None
    suppressions: frozenset[str] = frozenset()
    country: str = ""
    zone: str = ""
    place: Zone | None = None
    profile: Profile | None = None
    firm_profile: Profile | None = None
    occasion: str = ""
    keeps_ramadan_hold: bool = True
    ramadan_shift_days: int = 0
    recent_marketing: tuple[datetime, ...] = ()
    ahead: tuple[int, ...] = ()
    cap_per_24_hours: int = 1
    cap_per_7_days: int = 3
    missing: tuple[str, ...] = ()
    missing_values: tuple[str, ...] = ()
    origin_pause: str | None = None
    stream_pause: str | None = None
    choices: Choices = NO_CHOICES
    topic: str = ""
    profiling: Stand | None = None
    rests_on_profile: bool = False
    ground: str = CONTRACT
    asks_to_confirm: bool = False


class Opinion(NamedTuple):
    """What one gate says. `reason` is a code; `detail` holds plain figures; `until` is the end of a hold.

    A hold without an end lasts until somebody acts.
    """

    outcome: str
    reason: str
    detail: dict[str, Any]
    until: datetime | None = None


Gate = Callable[[Facts], Opinion]


def passed(reason: str, /, **detail: Any) -> Opinion:
    return Opinion(PASS, reason, detail)


def hold(reason: str, until: datetime, /, **detail: Any) -> Opinion:
    return Opinion(HOLD, reason, detail, until)


def hold_until_told(reason: str, /, **detail: Any) -> Opinion:
    return Opinion(HOLD, reason, detail)


def drop(reason: str, /, **detail: Any) -> Opinion:
    return Opinion(DROP, reason, detail)
