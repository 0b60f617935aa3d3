"""RS-24: what a mail costs is bounded by its size, not by the square of it; anybody can write to a bounce mailbox."""

from __future__ import annotations

from time import process_time

import pytest

from guanxi.inbox.classify import classify
from guanxi.inbox.parse import MAX_FIELD, parse, text_of_html
from guanxi.inbox.quoting import own_words
from guanxi.inbox.recipients import name_and_address

HEAD = b"From: a@b.example\nTo: c@d.example\n"
SECONDS = 8
AMPLE = 900_000


def folded(unit: bytes) -> bytes:
    """A header field of almost a megabyte, in lines of ordinary length."""
    return b"\n ".join([unit * (900 // len(unit))] * (AMPLE // 900))


HOSTILE = {
    "encoded words": HEAD + b"Subject: " + folded(b"=?a?q? "),
    "parameters of the type": HEAD + b"Content-Type: text/plain; " + folded(b'";x'),
    "numbered parameters": HEAD + b"Content-Disposition: attachment; filename*" + folded(b";filename*1=x"),
    "comments in an address": b"From: " + folded(b"("),
    "lines just below the longest": HEAD + b"\n" + b"\n".join([b"a" * 3_990] * 230),
    "styles without an end": HEAD + b"Content-Type: text/html\n\n" + b"<style \n" * 8_000,
    "comments without an end": HEAD + b"Content-Type: text/html\n\n" + b"<!--\n" * 12_000,
    "thousands of addresses": HEAD
    + b"Subject: Undelivered Mail\n\n"
    + b"\n".join(b"a%d@b.c" % n for n in range(7_000)),
    "nothing but blanks": HEAD + b"\n" + b"\n".join([b" " * 390] * 2_000),
}


class TestHostileMails:
    @pytest.mark.parametrize("name", HOSTILE)
    def test_are_read_in_bounded_time(self, name: str) -> None:
        """RS-24: each of these took ten seconds to hours."""
        begun = process_time()

        parsed = parse(HOSTILE[name])
        classify(parsed)
        own_words(parsed.words)

        assert process_time() - begun < SECONDS

    def test_lose_what_is_behind_the_longest_field(self) -> None:
        """RS-24"""
        parsed = parse(HEAD + b"Subject: " + folded(b"word ") + b"\nX-After: there\n\nhello")

        assert len(parsed.header("subject")) <= MAX_FIELD
        assert (parsed.header("x-after"), parsed.words) == ("there", "hello")

    def test_have_no_address_when_comments_are_nested_too_deep(self) -> None:
        assert name_and_address("(" * 2_000)[1] == ""


class TestWordsOfHtml:
    @pytest.mark.parametrize(
        ("markup", "words"),
        [
            ("<style>p{}</style>seen", "seen"),
            ("<STYLE>a</style >one<!-- b -->two<script>c</script>three", "one two three"),
            ("<head><title>x</title></head><p>seen</p>", "seen"),
            ("before<!-- no end", "before"),
            ("a<style b>c", "a c"),
        ],
    )
    def test_are_those_that_are_seen(self, markup: str, words: str) -> None:
        assert " ".join(text_of_html(markup).split()).startswith(words)
