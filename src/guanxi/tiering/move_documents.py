"""Reads the `moves` of a scheme: named ways between tiers beside the rules (M-02, M-03, M-05 to M-08, M-10). Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, get_args

from guanxi.tiering.conditions import SchemeError, check_names, read_terms, read_tier, read_titles
from guanxi.tiering.grammar import Cause, Deciding, Move, Occasion, Terms

MOVE_KEYS = {"name", "title", "from", "to", "when", "at", "cause", "decides", "protect_days", "holds_while"}
NEEDED = {"name", "to", "when", "cause"}
LONGEST_PROTECTION_DAYS = 3_660


def read_moves(found: object, facts: Mapping[str, Terms], decides: Deciding) -> tuple[Move, ...]:
    """`decides` is who decides where a move does not say. Raises SchemeError."""
    if not isinstance(found, list):
        raise SchemeError("moves", "must be a list of moves, each with `name`, `to`, `when` and `cause`.")
    moves = tuple(_move(place, each, facts, decides) for place, each in enumerate(found, 1))
    check_names("move", [move.name for move in moves])
    return moves


def _move(place: int, found: object, facts: Mapping[str, Terms], decides: Deciding) -> Move:
    where = f"move {place}"
    if not isinstance(found, dict) or not set(found) <= MOVE_KEYS or not set(found) >= NEEDED:
        raise SchemeError(
            where,
            "must have `name`, `to`, `when` and `cause`, and may have `title`, `from`, `at`, `decides`, `protect_days` "
            "and `holds_while`; nothing else.",
        )
    name = read_tier(found["name"], f"{where}, name")
    where = f"{where} ({name})"
    origins = found.get("from", [])
    return Move(
        name=name,
        title=read_titles(found.get("title", name), f"{where}, title"),
        origins=tuple(
            read_tier(each, f"{where}, from") for each in (origins if isinstance(origins, list) else [origins])
        ),
        to=read_tier(found["to"], f"{where}, to"),
        terms=read_terms(f"{where}, when", found["when"], facts),
        occasion=_one_of(found.get("at", "run"), Occasion, f"{where}, at"),
        cause=_one_of(found["cause"], Cause, f"{where}, cause"),
        decides=_one_of(found.get("decides", decides), Deciding, f"{where}, decides"),
        protect_days=_days(found.get("protect_days", 0), f"{where}, protect_days"),
        holds_while=read_terms(f"{where}, holds_while", found["holds_while"], facts) if "holds_while" in found else (),
    )


def _one_of(found: object, allowed: Any, where: str) -> Any:
    if found not in get_args(allowed):
        raise SchemeError(where, f"{found!r} will not do; write {' or '.join(get_args(allowed))}.")
    return found


def _days(found: object, where: str) -> int:
    if isinstance(found, bool) or not isinstance(found, int) or not 0 <= found <= LONGEST_PROTECTION_DAYS:
        raise SchemeError(
            where, f"{found!r} will not do; write a number of days from 0 to {LONGEST_PROTECTION_DAYS:,}."
        )
    return found
