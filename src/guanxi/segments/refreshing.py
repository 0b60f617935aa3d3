"""Finds the members of rules in the engine and writes what has changed since the last time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow as pa

from guanxi.engine import connection
from guanxi.firm.queries import the_firm
from guanxi.kernel.parts import in_parts
from guanxi.ledger import queries as ledger_queries
from guanxi.ledger.models import Event
from guanxi.segments import frames, grammar, membership
from guanxi.segments.compiler import member_query
from guanxi.segments.models import RULE, Membership, Segment
from guanxi.segments.testing import Member
from guanxi.segments.tree import Rule, RuleMistake, in_order, segments_in

MOST_AT_ONCE = 10_000


@dataclass(frozen=True, slots=True)
class _Turn:
    """What all segments of one refresh share."""

    engine: connection.Engine
    frames: frames.Frames
    newest_event_id: int
    now: datetime
    zone: ZoneInfo


def refresh(segments: Sequence[Segment], *, known: grammar.Known, now: datetime) -> dict[str, dict[str, Any]]:
    """Bring the members of these segments up to date, each after those its rule asks for; answers per key.

    A rule that can no longer be read, say because its scheme is gone, keeps its members and the reason in `problem`.
    """
    by_key = {segment.key: segment for segment in segments}
    rules, answers = _readable(segments, known)
    asked = frozenset[str]().union(*(segments_in(rule) for rule in rules.values()))
    newest_event_id = ledger_queries.newest_event_id()
    order = [key for key in in_order({key: segments_in(rule) for key, rule in rules.items()}) if key in rules]
    order += [segment.key for segment in segments if segment.kind != RULE]
    found = frames.refresh(now=now)
    with frames.open_frames(found, segments=asked, now=now) as engine:
        turn = _Turn(engine, found, newest_event_id, now, the_firm().zone)
        for key in order:
            answers[key] = _refresh_one(turn, by_key[key], rules.get(key))
            if key in asked and key in rules:
                frames.name_memberships(engine, asked, now=now)
    return answers


def _readable(segments: Sequence[Segment], known: grammar.Known) -> tuple[dict[str, Rule], dict[str, dict[str, Any]]]:
    rules: dict[str, Rule] = {}
    problems: dict[str, dict[str, Any]] = {}
    for segment in segments:
        if segment.kind != RULE:
            continue
        try:
            rules[segment.key] = grammar.read_rule(segment.rule, known=known)
            problem = ""
        except RuleMistake as mistake:
            problem = str(mistake)
            problems[segment.key] = {"problem": problem}
        if segment.problem != problem:
            Segment.objects.filter(pk=segment.pk).update(problem=problem)
    return rules, problems


def _refresh_one(turn: _Turn, segment: Segment, rule: Rule | None) -> dict[str, Any]:
    joined = left = 0
    if rule is not None:
        query = member_query(rule, as_of_on=turn.frames.as_of_on)
        coming, going = differences(turn.engine, segment, query)
        is_first = segment.refreshed_version != segment.version
        left = membership.write_left(segment, going, now=turn.now, historical=_historical(segment, going, is_first))
        joined = membership.write_joined(
            segment, coming, now=turn.now, source=RULE, historical=_historical(segment, coming, is_first)
        )
    segment.member_count = Membership.objects.filter(segment=segment).count()
    segment.mailable_count = mailable(turn.engine, segment)
    segment.newest_event_id = turn.newest_event_id
    segment.refreshed_at, segment.refreshed_version = turn.now, segment.version
    segment.save(
        update_fields=["member_count", "mailable_count", "newest_event_id", "refreshed_at", "refreshed_version"]
    )
    membership.count_day(segment, joined=joined, left=left, now=turn.now, zone=turn.zone)
    return {"members": segment.member_count, "joined": joined, "left": left, "mailable": segment.mailable_count}


def differences(engine: connection.Engine, segment: Segment, query: str) -> tuple[list[Member], list[Member]]:
    """Who is to come and who is to go, the lowest numbers first."""
    _name_found(engine, segment, query)
    engine.register("present", _present(segment))
    pairs = "SELECT customer_id, contact_id FROM"
    coming = engine.execute(f"{pairs} found EXCEPT {pairs} present ORDER BY 1, 2").fetchall()
    going = engine.execute(f"{pairs} present EXCEPT {pairs} found ORDER BY 1, 2").fetchall()
    return coming, going


def _name_found(engine: connection.Engine, segment: Segment, query: str) -> None:
    """The table `found`: customer and, of contacts, contact."""
    if segment.level == "contact":
        columns = "contacts.customer_id, contacts.contact_id"
        rows = f"({query}) AS members JOIN contacts ON contacts.contact_id = members.member_id"
    else:
        columns, rows = "member_id AS customer_id, CAST(NULL AS BIGINT) AS contact_id", f"({query}) AS members"
    engine.execute(f"CREATE OR REPLACE TEMP TABLE found AS SELECT {columns} FROM {rows}")


def _present(segment: Segment) -> pa.Table:
    rows = list(Membership.objects.filter(segment=segment).values_list("customer_id", "contact_id"))
    customers, contacts = zip(*rows, strict=True) if rows else ((), ())
    return pa.table({"customer_id": pa.array(customers, pa.int64()), "contact_id": pa.array(contacts, pa.int64())})


def mailable(engine: connection.Engine, segment: Segment) -> int:
    """Contacts of the segment who may get marketing mail today; of a customer the one written to first."""
    engine.register("present", _present(segment))
    condition = (
        "contact_id IN (SELECT contact_id FROM present)"
        if segment.level == "contact"
        else "is_first AND customer_id IN (SELECT customer_id FROM present)"
    )
    row = connection.one_row(engine, f"SELECT COUNT(*) FROM contacts WHERE is_mailable AND {condition}")
    return int(row[0]) if row else 0


def _historical(segment: Segment, members: Sequence[Member], is_first: bool) -> set[int] | bool:
    """Whose coming or going must start nothing (RD-13).

    When a rule is new everybody's: nobody moved, a line was drawn. Later those of whom only imported history has come
    in since the last refresh; what time alone has brought, such as a birthday, is live.
    """
    if is_first:
        return True
    live: dict[int, bool] = {}
    customer_ids = [customer for customer, _ in members]
    for some in in_parts(customer_ids, MOST_AT_ONCE):
        rows = Event.objects.filter(customer_id__in=some, id__gt=segment.newest_event_id).exclude(
            name__startswith="segment."
        )
        for customer_id, is_historical in rows.values_list("customer_id", "is_historical").distinct():
            if customer_id is not None:
                live[customer_id] = live.get(customer_id, False) or not is_historical
    return {customer_id for customer_id, is_live in live.items() if not is_live}
