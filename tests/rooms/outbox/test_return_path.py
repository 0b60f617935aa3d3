"""Addresses that name a message: signed, short, blind to upper case (RP-25)."""

from __future__ import annotations

from typing import Any

import pytest

from guanxi.outbox.models import Message
from guanxi.outbox.return_path import message_of, return_path, unsubscribe_mailbox, unsubscribe_of
from guanxi.transports.addresses import wire_address


@pytest.mark.parametrize("number", [1, 35, 36, 4711, 9_223_372_036_854_775_807])
@pytest.mark.parametrize("domain", ["bounce.ningbo-firm.example", "bounces@ningbo-firm.example"])
class TestReturnPath:
    def test_names_its_message_again(self, number: int, domain: str) -> None:
        """RP-25, RP-10: a signed VERP address whose local part has at most 64 octets."""
        address = return_path(Message(id=number), domain=domain)

        assert wire_address(address) == address
        assert message_of(address) == number
        assert message_of(f"<{address.upper()}>") == number

    def test_serves_one_purpose(self, number: int, domain: str) -> None:
        """RS-19: a token of the one purpose is worthless for the other."""
        bounce = return_path(Message(id=number), domain=domain)
        leave = unsubscribe_mailbox(Message(id=number), domain=domain)

        assert (message_of(leave), unsubscribe_of(bounce)) == (None, None)
        assert unsubscribe_of(leave) == number

    def test_is_nothing_when_it_was_forged(self, number: int, domain: str, settings: Any) -> None:
        address = return_path(Message(id=number), domain=domain)
        local, _, host = address.rpartition("@")
        other = "a" if local[-1] != "a" else "b"

        assert message_of(f"{local[:-1]}{other}@{host}") is None
        assert message_of(address.replace("b-", "b-0", 1)) is None
        settings.SECRET_KEY = "another secret of at least thirty-two characters"
        assert message_of(address) is None


@pytest.mark.parametrize("address", ["", "@", "ada@ningbo-firm.example", "b-1-x@a.example", "b--@a.example", "+@"])
def test_other_addresses_are_nobodys(address: str) -> None:
    assert message_of(address) is None
