"""Mails as bytes, read back by the standard library."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from email import message_from_bytes, policy
from email.header import decode_header, make_header
from email.message import EmailMessage
from email.utils import parseaddr

import pytest

from guanxi.kernel.fixed import Fixed
from guanxi.transports.addresses import BadAddress
from guanxi.transports.base import Smooth
from guanxi.transports.compose import BadHeader, Mail, Mailbox, compose, encoded_words, header, rfc_date
from guanxi.transports.dialogue import stuffed
from tests.cast import NOW

MAIL = Mail(
    sender=Mailbox("sales@ningbo-firm.example", "Ningbo Firm"),
    recipient=Mailbox("lena@alsterkontor.example", "Lena Petersen"),
    subject="Your order 4711",
    text="Hello\nworld",
    html="<p>Hello</p>",
    message_id="<abc@ningbo-firm.example>",
    date=NOW,
)


def read(mail: Mail) -> EmailMessage:
    raw = compose(mail)
    assert raw.count(b"\r\n") == raw.count(b"\n") == raw.count(b"\r")
    assert max(map(len, raw.split(b"\r\n"))) <= 998
    assert isinstance(raw, Smooth)
    assert stuffed(raw) == raw
    parsed = message_from_bytes(raw, policy=policy.SMTP)
    assert not parsed.defects
    return parsed  # type: ignore[return-value]


def part(message: EmailMessage, kind: str) -> str:
    body = message.get_body((kind,))
    assert body is not None
    return str(body.get_content()).replace("\r\n", "\n")


class TestCompose:
    def test_carries_text_and_html(self) -> None:
        message = read(MAIL)

        assert message.get_content_type() == "multipart/alternative"
        assert [each.get_content_type() for each in message.iter_parts()] == ["text/plain", "text/html"]
        assert part(message, "plain") == "Hello\nworld\n"
        assert part(message, "html") == "<p>Hello</p>\n"

    @pytest.mark.parametrize("word", ["x", "ä ", "田中", ". \n", "=?\r\n", "a=1.", "=3=.", "..", " ="])
    def test_reads_the_same_from_parts_that_are_encoded_once(self, word: str) -> None:
        parts = ("<p>", Fixed(word * 300), "Dear ", "Ms. Hall ", Fixed(f"{word}<b> " * 90), Fixed(". " * 200), "</p>")

        message = read(replace(MAIL, html=parts))

        whole = read(replace(MAIL, html="".join(parts)))
        assert part(message, "html") == part(whole, "html")
        assert max(map(len, compose(replace(MAIL, html=parts)).splitlines())) <= 76

    def test_carries_text_alone(self) -> None:
        message = read(replace(MAIL, html=""))

        assert message.get_content_type() == "text/plain"
        assert part(message, "plain") == "Hello\nworld\n"

    @pytest.mark.parametrize(
        "text",
        [
            "田中様\nいつもお世話になっております。\n" * 40,
            "السيدة فاطمة الحربي\n" * 40,
            "Sehr geehrte Frau Dr. Petersen, für Ihre Größe\n" * 40,
            "x" * 5000,
            f"{'.' * 80}\n..{'x.' * 90}\n{'.' * 25}\n....",
            "=?utf-8?B?YQ==?= = =3D .\n.\n..\nFrom here\n",
            "trailing blanks   \ntab\t\n",
            "a\rb\r\nc\nd",
            "😀" * 300,
        ],
    )
    def test_brings_any_text_through(self, text: str) -> None:
        expected = text.replace("\r\n", "\n").replace("\r", "\n").rstrip("\n") + "\n"

        message = read(replace(MAIL, text=text, html=f"<pre>{text}</pre>"))

        assert part(message, "plain") == expected

    def test_drops_control_characters_of_the_body(self) -> None:
        assert part(read(replace(MAIL, text="a\x00b\x08c")), "plain") == "abc\n"

    @pytest.mark.parametrize(
        ("name", "address"),
        [
            ("Lena Petersen", "lena@alsterkontor.example"),
            ("Petersen, Lena (Einkauf)", "lena@alsterkontor.example"),
            ('Lena "die Große" Petersen', "lena@alsterkontor.example"),
            ("難波物産株式会社 資材購買部 田中由紀様 " * 3, "yuki@nambabussan.example"),
            ("", "lena@alsterkontor.example"),
            ("A very long name of a very long company that does not end so soon, Ltd. & Co. KG", "a@b.example"),
        ],
    )
    def test_addresses_people_by_name(self, name: str, address: str) -> None:
        mail = replace(MAIL, recipient=Mailbox(address, name))

        # The new parser of the standard library puts a blank between two encoded words of a phrase; the old does not.
        phrase, addr_spec = parseaddr(message_from_bytes(compose(mail), policy=policy.compat32)["To"])
        assert addr_spec == address
        assert str(make_header(decode_header(phrase))) == " ".join(name.split())
        assert read(mail)["To"].addresses[0].addr_spec == address

    def test_writes_domains_as_idna_2008(self) -> None:
        message = read(replace(MAIL, recipient=Mailbox("lena@straße.de")))

        assert message["To"] == "lena@xn--strae-oqa.de"

    def test_keeps_an_international_mailbox(self) -> None:
        mail = replace(MAIL, recipient=Mailbox("用户@例え.jp", "用户"))

        assert mail.needs_smtputf8
        assert "用户@xn--r8jz45g.jp".encode() in compose(mail)

    @pytest.mark.parametrize(
        "subject",
        [
            "Hello", "", "Ihr Auftrag 4711: Größe und Gewicht",
            "生産状況のお知らせ（ご注文番号 4711）" * 8, "خبر عن طلبك " * 12, "word " * 60,
            "w" * 200, "=?utf-8?q?trick?=", "😀" * 40,
        ],
    )  # fmt: skip
    def test_brings_any_subject_through(self, subject: str) -> None:
        raw = compose(replace(MAIL, subject=subject))

        assert read(replace(MAIL, subject=subject))["Subject"] == " ".join(subject.split())
        head = raw.split(b"\r\n\r\n")[0]
        assert max(map(len, head.split(b"\r\n"))) <= 78

    def test_offers_one_click(self) -> None:
        message = read(
            replace(
                MAIL, unsubscribe_url="https://crm.example/p/u/abc", unsubscribe_mailto="mailto:s@ningbo.example",
                list_id="marketing.ningbo-firm.example",
            )
        )  # fmt: skip

        assert message["List-Unsubscribe"] == "<https://crm.example/p/u/abc>, <mailto:s@ningbo.example>"
        assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
        assert message["List-Id"] == "<marketing.ningbo-firm.example>"

    def test_says_that_a_machine_wrote_it(self) -> None:
        assert read(MAIL)["Auto-Submitted"] == "auto-generated"
        assert read(replace(MAIL, is_automatic=False))["Auto-Submitted"] is None

    def test_names_each_header_once(self) -> None:
        names = [name.lower() for name in read(replace(MAIL, reply_to=Mailbox("ada@ningbo-firm.example")))]

        assert len(names) == len(set(names))
        assert {"date", "from", "to", "reply-to", "subject", "message-id", "mime-version"} <= set(names)

    @pytest.mark.parametrize(
        "breaker", ["\r\nBcc: x@y.example", "\n", "\r", "\0", "\x0b", "\x7f", "\x85", "\u2028", "\u2029"]
    )
    @pytest.mark.parametrize("field", ["subject", "message_id", "list_id", "unsubscribe_url", "language"])
    def test_refuses_a_broken_header(self, field: str, breaker: str) -> None:
        wrong = replace(MAIL, unsubscribe_url="https://crm.example/p/u/a")

        with pytest.raises(BadHeader):
            compose(replace(wrong, **{field: f"a{breaker}b"}))

    @pytest.mark.parametrize("breaker", ["\r\nBcc: x@y.example", "\n", "\0", "\u2028"])
    def test_refuses_a_broken_name_or_address(self, breaker: str) -> None:
        for box in (Mailbox("a@b.example", f"a{breaker}b"), Mailbox(f"a{breaker}@b.example")):
            with pytest.raises((BadHeader, BadAddress)):
                compose(replace(MAIL, recipient=box))


class TestEncodedWords:
    def test_stay_within_75_characters_and_split_no_character(self) -> None:
        """RP-07."""
        words = encoded_words("日本語と😀" * 30)

        assert max(map(len, words)) <= 75
        assert "".join(re.sub(r"[^\x00-\x7f]", "", word) for word in words) == "".join(words)
        assert str(message_from_bytes(header("X-A", "日本語と😀" * 30).encode(), policy=policy.SMTP)["X-A"]) == (
            "日本語と😀" * 30
        )


class TestRfcDate:
    def test_is_english_and_utc(self) -> None:
        moment = datetime(2026, 1, 5, 7, 3, 9, tzinfo=timezone(timedelta(hours=8)))

        assert rfc_date(moment) == "Sun, 04 Jan 2026 23:03:09 +0000"
