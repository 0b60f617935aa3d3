"""Readers withdraw, complain, are erased and campaigns pause while a slow server takes mail (RT-10), and slow domains
hold nobody else up (RT-07).
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.faults.nursery import IS_FULL, Nursery

DISTURBED, SECONDS = (10_000, 600) if IS_FULL else (150, 6)
TARRED, TAR_SECONDS = (3_000, 5.0) if IS_FULL else (80, 3.0)
# A short run beside other work says little about rates; the full one lasts minutes.
SLACK_SECONDS = 1.0 if IS_FULL else 5.0
pytestmark = pytest.mark.faults


def test_nobody_gets_a_mail_whose_data_began_after_the_word_was_committed(nursery: Nursery) -> None:
    """RT-10, RD-04, RL-02: withdrawal, suppression, erasure, pause, between claim and final dot too."""
    prefix = "disturbed"
    nursery.run("fill", prefix, str(DISTURBED))
    nursery.server.tar["alsterkontor.example"] = 0.02

    worker = nursery.start("work", "sender", "0")
    nursery.run("disturb", prefix, str(nursery.dice.randrange(10**6)), str(SECONDS))
    assert worker.wait() == 0

    lines = (Path(nursery.environ["GUANXI_DATA"]) / "diary").read_text().splitlines()
    kept_apart, late = 0, []
    for what, *words in (line.split() for line in lines):
        if what == "pause":
            began, ended = map(float, words[:2])
            late += [
                (what, address, at - began)
                for address, moments in nursery.server.data_at.items()
                for at in moments
                if address.startswith(prefix) and began < at < ended
            ]
        else:
            moments = nursery.server.data_at.get(words[0], [])
            if what != "withdraw" or not is_about_an_order(words[0]):
                late += [(what, words[0], at - float(words[1])) for at in moments if at > float(words[1])]
        kept_apart += 1
    assert kept_apart >= 10
    assert late == []
    report = nursery.report(prefix)
    assert not report.of("handing_off", "claimed", "uncertain")


def test_a_slow_domain_holds_nobody_else_up(nursery: Nursery) -> None:
    """RT-07, RD-08: while one domain's server takes seconds for each recipient, the others go as fast as ever."""
    nursery.server.haste = 0.5
    nursery.run("spread", "even", str(TARRED), str(TARRED + 1))
    usual = others_took(nursery, "even")
    nursery.server.tar["tarpit.example"] = TAR_SECONDS
    nursery.run("spread", "tarred", str(TARRED), "8")

    tarred = others_took(nursery, "tarred")

    print(f"{usual:.2f} s usually, {tarred:.2f} s beside a tar pit")
    # Fewer mails by an eighth go to the others; nine tenths of the usual rate is asked for.
    assert tarred <= usual / 0.9 + SLACK_SECONDS


def others_took(nursery: Nursery, prefix: str) -> float:
    """From the first DATA to the last for readers outside the tar pit."""
    nursery.run("work", f"sender-{prefix}", "0")
    moments = [
        at
        for address, found in nursery.server.data_at.items()
        for at in found
        if address.startswith(prefix) and not address.endswith("@tarpit.example")
    ]
    assert moments
    return max(moments) - min(moments)


def is_about_an_order(address: str) -> bool:
    """Every fifth mail is an order notice, which a withdrawal of marketing does not stop."""
    from tests.faults.outbox_process import TRANSACTIONAL_SHARE

    return int("".join(char for char in address.partition("@")[0] if char.isdigit())) % TRANSACTIONAL_SHARE == 0
