"""DKIM signatures, checked by dkimpy on the bytes that leave."""

from __future__ import annotations

import re
from dataclasses import replace

import dkim
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from guanxi.transports.compose import Mail, Mailbox, compose
from guanxi.transports.dkim import BadKey, Signer, check_key, new_keys, record_of, relaxed_body, sign
from tests.cast import NOW

RSA, ED25519 = new_keys()
DOMAIN = "ningbo-firm.example"
RECORDS = {f"{name}._domainkey.{DOMAIN}.": record_of(key) for name, key in (("s1", RSA), ("s2", ED25519))}
MAIL = Mail(
    sender=Mailbox("sales@ningbo-firm.example", "Ada Lin"),
    recipient=Mailbox("yuki@osaka.example", "田中 由紀"),
    subject="ご注文 PO-2026-0417 のお知らせ、長い件名は折り返されます",
    text="Zwei  Leerzeichen \n\n\n",
    html="<p>Guten Tag</p>" * 400,
    message_id="<1@ningbo-firm.example>",
    date=NOW,
    unsubscribe_url="https://www.ningbo-firm.example/p/u/abc",
    unsubscribe_mailto="mailto:u-1@ningbo-firm.example",
    list_id="marketing.ningbo-firm.example",
)  # fmt: skip


def txt(name: bytes, timeout: int = 5) -> bytes | None:
    found = RECORDS.get(name.decode())
    return found.encode() if found else None


def verifies(message: bytes, index: int = 0) -> bool:
    return bool(dkim.DKIM(message, minkey=2048).verify(idx=index, dnsfunc=txt))


class TestSign:
    def test_is_valid_with_both_unsubscribe_headers(self) -> None:
        """RP-02, RP-12: a valid rsa-sha256 signature whose h= names both headers; From stands there once more."""
        signed = sign(compose(MAIL), signers=[Signer(DOMAIN, "s1", RSA)], at=NOW)

        assert verifies(signed)
        header = signed.partition(b"\r\nDate:")[0]
        names = re.sub(rb"\s", b"", re.search(rb"h=([^;]+);", header)[1]).split(b":")  # type: ignore[index]
        assert {b"list-unsubscribe", b"list-unsubscribe-post"} <= set(names)
        assert names.count(b"from") == 2
        assert b"a=rsa-sha256; c=relaxed/relaxed" in header
        assert b"l=" not in header.replace(b"ml=", b"")

    def test_signs_a_second_time_by_ed25519(self) -> None:
        """RP-12: the optional second signature of RFC 8463."""
        signers = [Signer(DOMAIN, "s1", RSA), Signer(DOMAIN, "s2", ED25519)]

        signed = sign(compose(MAIL), signers=signers, at=NOW)

        assert verifies(signed, 0)
        assert verifies(signed, 1)

    @pytest.mark.parametrize(
        "spoil",
        [
            lambda bytes_: bytes_.replace(b"Guten Tag", b"Guter Tag", 1),
            lambda bytes_: bytes_.replace(b"/p/u/abc", b"/p/u/xyz", 1),
            lambda bytes_: bytes_.replace(b"Date:", b"From: other@evil.example\r\nDate:", 1),
            lambda bytes_: bytes_.replace(b"One-Click", b"Two-Click", 1),
        ],
    )
    def test_is_broken_by_any_change(self, spoil: object) -> None:
        """RP-12: also by a second From, since the first is over-signed."""
        signed = sign(compose(MAIL), signers=[Signer(DOMAIN, "s1", RSA)], at=NOW)

        try:
            is_valid = verifies(spoil(signed))  # type: ignore[operator]
        except dkim.DKIMException:
            is_valid = False
        assert not is_valid

    def test_signs_mail_without_html_or_list(self) -> None:
        plain = replace(MAIL, html="", unsubscribe_url="", unsubscribe_mailto="", list_id="")

        assert verifies(sign(compose(plain), signers=[Signer(DOMAIN, "s1", RSA)], at=NOW))

    @pytest.mark.parametrize(
        ("body", "canonical"),
        [
            (b"", b""), (b"\r\n\r\n", b""), (b"a", b"a\r\n"), (b"a \t b \r\n\r\n", b"a b\r\n"),
            (b" \r\nc\r\n", b"\r\nc\r\n"),
        ],
    )  # fmt: skip
    def test_relaxes_the_body_as_the_standard_says(self, body: bytes, canonical: bytes) -> None:
        assert relaxed_body(body) == canonical


class TestKeys:
    def test_refuses_a_short_key(self) -> None:
        """RP-12, RFC 8301: at least 2048 bits."""
        short = rsa.generate_private_key(65537, 1024).private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )

        with pytest.raises(BadKey, match="1024 bits"):
            check_key(short.decode())

    def test_refuses_what_is_no_key_and_repeats_nothing_of_it(self) -> None:
        with pytest.raises(BadKey) as caught:
            check_key("-----BEGIN SECRET-----")
        assert "SECRET" not in str(caught.value)
