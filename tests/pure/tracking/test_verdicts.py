"""Person or machine."""

from __future__ import annotations

from datetime import timedelta

import pytest

from guanxi.tracking.verdicts import HUMAN, RULES, Visit, is_burst, judge, judge_all, network_of
from tests.cast import NOW
from tests.pure.tracking.sequences import labelled, one_click

FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:128.0) Gecko/20100101 Firefox/128.0"
WECHAT = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 MicroMessenger/8.0.50"
ACCEPTED = NOW - timedelta(hours=1)


def click(seconds: float = 0, link: int = 0, agent: str = FIREFOX, **changes: object) -> Visit:
    fields = {"method": "GET", "accepted_at": ACCEPTED} | changes
    return Visit("click", NOW + timedelta(seconds=seconds), user_agent=agent, link_index=link, **fields)  # type: ignore[arg-type]


def opened(agent: str, **changes: object) -> Visit:
    return Visit("open", NOW, user_agent=agent, **({"accepted_at": ACCEPTED} | changes))  # type: ignore[arg-type]


class TestJudge:
    @pytest.mark.parametrize(
        ("visit", "verdict", "rule"),
        [
            (click(), "human", "reader"),
            (click(agent=WECHAT), "human", "reader"),
            (click(method="HEAD"), "machine", "method"),
            (click(accepted_at=None), "machine", "before_acceptance"),
            (click(accepted_at=NOW + timedelta(seconds=1)), "machine", "before_acceptance"),
            (click(accepted_at=NOW), "unknown", "too_soon"),
            (click(agent=""), "unknown", "no_user_agent"),
            (click(agent="Mozilla/5.0 (compatible; bingbot/2.0)"), "machine", "scanner"),
            (click(agent="Mozilla/5.0 Chrome/120 Safari/537.36 BingPreview/1.0b"), "machine", "scanner"),
            (click(agent="Barracuda Sentinel (EE)"), "machine", "scanner"),
            (click(agent="python-requests/2.32"), "machine", "scanner"),
            (click(agent="curl/8.5"), "machine", "scanner"),
            (opened(FIREFOX), "human", "reader"),
            (opened("Mozilla/5.0"), "machine", "privacy_proxy"),
            (opened("Mozilla/5.0 Firefox/11.0 (via ggpht.com GoogleImageProxy)"), "machine", "privacy_proxy"),
            (opened("YahooMailProxy; https://help.yahoo.com"), "machine", "privacy_proxy"),
            (opened(""), "unknown", "open_only"),
            (opened(FIREFOX, method="HEAD"), "machine", "method"),
        ],
    )  # fmt: skip
    def test_gives_the_rule_with_the_verdict(self, visit: Visit, verdict: str, rule: str) -> None:
        given = judge(visit)

        assert (given.verdict, given.rule) == (verdict, rule)
        assert rule in RULES

    @pytest.mark.parametrize(
        ("moments", "rule"),
        [
            ([(0, 0), (1, 1), (2, 2)], "burst"),
            ([(0, 0), (1, 1), (3, 2)], "burst"),
            ([(0, 0), (1, 1), (3.1, 2)], "reader"),
            ([(0, 0), (1, 1), (2, 0)], "reader"),  # the same link again is a double click
            ([(0, 0), (2, 1), (4, 2)], "reader"),
            ([(0, 0), (2, 1), (4, 2), (4.5, 3)], "burst"),
        ],
    )
    def test_sees_a_burst_of_three_links(self, moments: list[tuple[float, int]], rule: str) -> None:
        *earlier, latest = [click(seconds, link) for seconds, link in moments]

        assert judge(latest, earlier=earlier).rule == rule


class TestIsBurst:
    def test_names_the_earlier_ones_too(self) -> None:
        visits = [click(0, 0), click(1, 1), click(2, 2), click(60, 3)]

        assert [is_burst(visits, around=visit) for visit in visits] == [True, True, True, False]


class TestNetworkOf:
    @pytest.mark.parametrize(
        ("address", "network"),
        [
            ("203.0.113.77", "203.0.113.0/24"),
            ("2001:db8:1:2::3", "2001:db8:1::/48"),
            ("::ffff:203.0.113.77", "203.0.113.0/24"),
            ("", ""),
            ("unknown", ""),
        ],
    )
    def test_forgets_the_person(self, address: str, network: str) -> None:
        assert network_of(address) == network


class TestJudgeAll:
    SEQUENCES = list(labelled())

    def test_tells_people_from_machines_in_the_labelled_set(self) -> None:
        """RP-44: at least 500 sequences; precision of `human` at least 0.98, recall at least 0.90."""
        called, right, people = 0, 0, 0
        for sequence in self.SEQUENCES:
            verdicts = judge_all(sequence.visits)
            for visit, verdict, is_person in zip(sequence.visits, verdicts, sequence.by_person, strict=True):
                if visit.kind == "open":
                    continue
                people += is_person
                called += verdict.verdict == HUMAN
                right += is_person and verdict.verdict == HUMAN

        assert len(self.SEQUENCES) >= 500
        assert right / called >= 0.98
        assert right / people >= 0.90

    def test_a_single_click_ten_minutes_later_from_home_is_human(self) -> None:
        """RP-44: the wrong way is costly too."""
        singles = [sequence for sequence in self.SEQUENCES if sequence.kind == one_click.__name__]

        assert {judge_all(sequence.visits)[0].verdict for sequence in singles} == {HUMAN}

    def test_gives_the_same_whatever_the_order(self) -> None:
        for sequence in self.SEQUENCES[::7]:
            forth = judge_all(sequence.visits)
            back = judge_all(sequence.visits[::-1])
            assert forth == back[::-1]

    def test_a_scanner_taints_its_network_for_a_minute_only(self) -> None:
        """RP-41: hits of a message within 60 s from the /24 of a scanner are its own."""
        scanner = Visit("click", NOW, "HEAD", FIREFOX, 0, ACCEPTED, "203.0.113.0/24")
        near = Visit("click", NOW + timedelta(seconds=59), "GET", FIREFOX, 1, ACCEPTED, "203.0.113.0/24")
        later = Visit("click", NOW + timedelta(seconds=61), "GET", FIREFOX, 1, ACCEPTED, "203.0.113.0/24")
        elsewhere = Visit("click", NOW, "GET", FIREFOX, 1, ACCEPTED, "198.51.100.0/24")

        rules = [verdict.rule for verdict in judge_all([scanner, near, later, elsewhere])]
        assert rules == ["method", "companion", "reader", "reader"]

    def test_a_makers_network_is_a_machine_and_a_picture_proxy_no_reader(self) -> None:
        """RP-41, RP-42: networks as data; pictures that providers load are no opens of a person."""
        click_there = Visit("click", NOW, "GET", FIREFOX, 0, ACCEPTED, "104.47.1.0/24")
        picture = Visit("open", NOW, "GET", FIREFOX, None, ACCEPTED, "66.249.80.0/24")

        assert [verdict.rule for verdict in judge_all([click_there, picture])] == ["scanner_network", "privacy_proxy"]
