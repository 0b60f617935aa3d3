"""The sums of a play: per journey, week, country, tier, reader, and person with tasks."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from guanxi.rehearsal.play import Chore, Letter, Play

WEEK = timedelta(days=7)
UNKNOWN = "?"
CAPPED = "cap_per"


def week_of(moment: datetime) -> str:
    """Such as 2026-W07 (ISO 8601)."""
    year, week, _ = moment.isocalendar()
    return f"{year}-W{week:02}"


CUTS: Mapping[str, Callable[[Letter], str]] = {
    "by_week": lambda letter: week_of(letter.proposed_at),
    "by_country": lambda letter: letter.country or UNKNOWN,
    "by_tier": lambda letter: letter.tier or UNKNOWN,
}


def of_journeys(play: Play, keys: Sequence[str]) -> dict[str, dict[str, Any]]:
    """What became of each journey; `held` and `skipped` count by reason."""
    letters: dict[str, list[Letter]] = defaultdict(list)
    skipped: dict[str, Counter[str]] = defaultdict(Counter)
    chores = Counter(each.journey for each in play.chores)
    for letter in play.letters:
        letters[letter.journey].append(letter)
        if letter.dropped_by:
            skipped[letter.journey][letter.dropped_by] += 1
    for journey, _, reason in play.passed_over:
        skipped[journey][reason] += 1
    entered = Counter(journey for journey, _, _ in play.entered)
    refused = Counter(play.refused)
    return {
        key: {
            "entered": entered[key],
            "proposed": len(letters[key]),
            "held": held(letters[key]),
            "skipped": dict(skipped[key].most_common()),
            "tasks": chores[key],
            "left": sum(letter.left_at is not None for letter in letters[key]),
            "refused": {reason: n for (journey, reason), n in refused.most_common() if journey == key},
            "held_out": play.held_out[key],
            "discount_at_most": str(discount(code for code in play.codes if code[0] == key)),
            "by_step": counted(letter.step for letter in letters[key]),
            **{name: counted(map(cut, letters[key])) for name, cut in CUTS.items()},
        }
        for key in keys
    }


def held(letters: Iterable[Letter]) -> dict[str, int]:
    """How many letters waited for each reason; one that waited for two counts under both."""
    return dict(Counter(reason for letter in letters for reason in dict.fromkeys(letter.held_by)).most_common())


def dropped(letters: Iterable[Letter]) -> dict[str, int]:
    """Why letters that were proposed would not have left."""
    return dict(Counter(letter.dropped_by for letter in letters if letter.dropped_by).most_common())


def per_contact(letters: Sequence[Letter]) -> dict[str, Any]:
    """Mails that would have left, by contact; `max_per_7_days` of marketing, which the cap counts."""
    left: dict[int, list[Letter]] = defaultdict(list)
    for each in letters:
        if each.left_at is not None:
            left[each.contact_id].append(each)
    marketing = {key: [each for each in some if each.kind == "marketing"] for key, some in left.items()}
    capped = sum(any(reason.startswith(CAPPED) for reason in each.held_by) for each in letters)
    return {
        "max_per_7_days": max((_most_in_a_week(some) for some in marketing.values()), default=0),
        "max_per_7_days_with_order_mail": max((_most_in_a_week(some) for some in left.values()), default=0),
        "contacts": len(left),
        "cap_hits": capped,
        "distribution": {str(mails): n for mails, n in sorted(Counter(len(some) for some in left.values()).items())},
    }


def _most_in_a_week(letters: Iterable[Letter]) -> int:
    moments = sorted(each.left_at for each in letters if each.left_at)
    most = begin = 0
    for end, moment in enumerate(moments):
        while moments[begin] <= moment - WEEK:
            begin += 1
        most = max(most, end - begin + 1)
    return most


def tasks_per_person(chores: Sequence[Chore], people: Mapping[int, str]) -> dict[str, Any]:
    """Per person and week; the customers nobody looks after count as one person, without a name."""
    weeks = Counter((each.owner_id, week_of(each.at)) for each in chores)
    return {
        "tasks": len(chores),
        "people": len({owner for owner, _ in weeks}),
        "max_per_week": max(weeks.values(), default=0),
        "mean_per_week": round(sum(weeks.values()) / len(weeks), 2) if weeks else 0,
        "by_person": [
            {"person": people.get(owner, "") if owner else "", "week": week, "tasks": n}
            for (owner, week), n in sorted(weeks.items(), key=lambda each: (each[0][1], each[0][0] or 0))
        ],
    }


def missing(play: Play) -> dict[str, list[dict[str, Any]]]:
    """Letters and documents somebody would have read in another language, or not at all, the most wanted first."""
    return {
        "missing_letters": [
            {"letter": letter, "language": language, "times": times}
            for (letter, language), times in play.missing_letters.most_common()
        ],
        "missing_documents": [
            {"journey": journey, "step": step, "document": kind, "country": country, "language": language, "times": n}
            for (journey, step, kind, country, language), n in play.missing_documents.most_common()
        ],
    }


def discount(codes: Iterable[tuple[str, str, Decimal]]) -> Decimal:
    """Each code of an offer once, however many letters name it."""
    return sum((cost for _, _, cost in codes), Decimal(0))


def counted(values: Iterable[str]) -> dict[str, int]:
    return dict(sorted(Counter(values).items()))
