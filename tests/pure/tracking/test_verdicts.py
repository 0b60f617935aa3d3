"""Person or machine."""

from __future__ import annotations

from datetime import timedelta

import pytest

from guanxi.tracking.verdicts import RULES, Visit, is_burst, judge, network_of
from tests.cast import NOW

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
