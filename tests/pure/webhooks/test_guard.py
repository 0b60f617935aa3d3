"""Outgoing webhooks: which addresses may be called (RS-20, RS-21)."""

from __future__ import annotations

from ipaddress import ip_address
from itertools import pairwise

import pytest

from guanxi.webhooks import guard, schedule
from guanxi.webhooks.answers import outcome_of
from tests import cast

PRIVATE = [
    "127.0.0.1", "127.9.9.9", "0.0.0.0", "10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1", "169.254.169.254",
    "100.64.0.1", "192.0.0.1", "192.0.2.1", "198.18.0.1", "198.51.100.1", "203.0.113.1", "192.88.99.1", "224.0.0.1",
    "240.0.0.1", "255.255.255.255", "::", "::1", "::127.0.0.1", "::ffff:127.0.0.1", "::ffff:10.0.0.1",
    "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "64:ff9b:1::7f00:1", "2002:7f00:1::", "2002:c0a8:101::1",
    "2001:0:4136:e378:8000:63bf:3fff:fdd2", "fe80::1", "fec0::1", "fc00::1", "fd00:ec2::254", "ff02::1",
    "2001:db8::1", "3fff::1", "100::1", "4000::1",
]  # fmt: skip
PUBLIC = ["1.1.1.1", "93.184.215.14", "2606:4700:4700::1111", "::ffff:1.1.1.1", "64:ff9b::101:101"]


class TestAddresses:
    @pytest.mark.parametrize("address", PRIVATE)
    def test_of_no_open_network_are_refused(self, address: str) -> None:
        assert not guard.is_public(ip_address(address))

    @pytest.mark.parametrize("address", PUBLIC)
    def test_of_the_open_internet_are_called(self, address: str) -> None:
        assert guard.is_public(ip_address(address))

    def test_are_judged_all_before_one_is_called(self) -> None:
        target = guard.read_target("https://hook.example/")

        with pytest.raises(guard.BadTarget, match="private network"):
            guard.allowed_address(target, look_up=lambda host, port: ["1.1.1.1", "10.0.0.1"])
        assert guard.allowed_address(target, look_up=lambda host, port: ["1.1.1.1"]) == "1.1.1.1"

    @pytest.mark.parametrize(
        "host", ["127.1", "0x7f.1", "2130706433", "0177.0.0.1", "localhost", "[::1]", "[::ffff:7f00:1]"]
    )
    def test_in_odd_spellings_are_looked_up_and_refused(self, host: str) -> None:
        with pytest.raises(guard.BadTarget):
            guard.allowed_address(guard.read_target(f"https://{host}/"))

    def test_of_the_own_network_are_called_when_allowed(self) -> None:
        target = guard.read_target("http://erp.local:8080/hook?a=1", own_network=True)

        assert (target.authority, target.path) == ("erp.local:8080", "/hook?a=1")
        assert guard.allowed_address(target, own_network=True, look_up=lambda host, port: ["10.0.0.9"]) == "10.0.0.9"

    def test_that_are_not_known_are_refused(self) -> None:
        with pytest.raises(guard.BadTarget, match="not known"):
            guard.allowed_address(guard.read_target("https://hook.example/"), look_up=lambda host, port: [])


class TestTargets:
    @pytest.mark.parametrize(
        "url",
        [
            "", "hook.example", "ftp://hook.example/", "https://", "http://hook.example/", "https://hook.example:8443/",
            "https://user:secret@hook.example/", "https://hook.example\\@other.example/", "https://hook.example/ a",
            "https://hook.example/\n", "https://１２７.0.0.1/", "https://hook.example:port/", "https://a/" + "x" * 2000,
        ],
    )  # fmt: skip
    def test_that_are_none_are_refused(self, url: str) -> None:
        with pytest.raises(guard.BadTarget):
            guard.read_target(url)

    def test_keep_host_and_path(self) -> None:
        target = guard.read_target("https://Bücher.example/a?b=c")

        assert (target.host, target.port, target.path, target.authority) == (
            "xn--bcher-kva.example", 443, "/a?b=c", "xn--bcher-kva.example",
        )  # fmt: skip


class TestSchedule:
    def test_gives_up_after_about_three_days(self) -> None:
        moments = [cast.NOW]
        for tries in range(1, schedule.MOST_TRIES):
            moment = schedule.next_try(tries=tries, now=moments[-1])
            assert moment is not None
            moments.append(moment)

        assert schedule.next_try(tries=schedule.MOST_TRIES, now=moments[-1]) is None
        assert 3 <= (moments[-1] - cast.NOW).total_seconds() / 86_400 < 3.5
        assert all(early < late for early, late in pairwise(moments))

    def test_waits_as_long_as_the_receiver_asks_up_to_a_day(self) -> None:
        assert schedule.next_try(tries=1, now=cast.NOW, asked_seconds=600) == cast.NOW + schedule.timedelta(minutes=10)
        assert schedule.next_try(tries=1, now=cast.NOW, asked_seconds=10**7) == cast.NOW + schedule.timedelta(days=1)

    @pytest.mark.parametrize(
        ("status", "outcome"),
        [(200, "ok"), (204, "ok"), (301, "redirect"), (400, "refused"), (410, "gone"), (429, "busy"), (503, "busy")],
    )
    def test_reads_an_answer(self, status: int, outcome: str) -> None:
        assert outcome_of(status) == outcome
