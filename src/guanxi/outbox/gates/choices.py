"""Does the reader want this topic, and mail at all just now? Of marketing mail alone (RL-03, G-11). Pure."""

from __future__ import annotations

from guanxi.outbox.gates.base import Facts, Opinion, drop, hold, passed


def judge(facts: Facts) -> Opinion:
    if facts.kind != "marketing":
        return passed("not_asked")
    if facts.topic and facts.topic in facts.choices.declined_topics:
        return drop("topic_declined", topic=facts.topic)
    if facts.rests_on_profile and facts.profiling is not None and facts.profiling.state == "withdrawn":
        return drop("profiling_refused")
    paused_until = facts.choices.paused_until
    if paused_until is not None and paused_until > facts.now:
        return hold("paused_by_reader", paused_until)
    return passed("topic_wanted", topic=facts.topic) if facts.topic else passed("no_topic")
