"""Running text keeps bold, italic, links and lists, and nothing else."""

from __future__ import annotations

import pytest

from guanxi.content import markup

LIQUID = '{% if a > 2 %}x{% endif %} {{ b | default: "c" }}'


class TestClean:
    @pytest.mark.parametrize(
        ("source", "kept"),
        [
            ("<div>Hi <b>you</b></div>", "<p>Hi <strong>you</strong></p>"),
            ("<i class='x' style='color:red' onclick='x()'>a</i>", "<em>a</em>"),
            ("<script>alert(1)</script><svg onload=x>b", "b"),
            ("<img src=x onerror=alert(1)>", ""),
            ("<a href='https://a.example/?b=1&c=2'>d</a>", '<a href="https://a.example/?b=1&amp;c=2">d</a>'),
            ("<a href='{{ order.progress_url }}'>d</a>", '<a href="{{ order.progress_url }}">d</a>'),
            ("<a href='//evil.example'>d</a>", "<a>d</a>"),
            ("<a href='http://plain.example'>d</a>", "<a>d</a>"),
            ("<a href='javascript:alert(1)'>d</a>", "<a>d</a>"),
            ("<a href='https://a.example/\u202egnp.exe'>d</a>", "<a>d</a>"),
            ("<a href='{{ order.number }}'>d</a>", "<a>d</a>"),
            ("<ul><li>a<li>b</ul>", "<ul><li>a</li><li>b</li></ul>"),
            (LIQUID, LIQUID),
            ("a & b < c", "a &amp; b &lt; c"),
            ("<!-- x -->y<meta http-equiv=refresh>", "y"),
        ],
    )  # fmt: skip
    def test_keeps_what_the_mark_up_knows(self, source: str, kept: str) -> None:
        """RS-12: an allow-list by nh3; only absolute https, mailto and tel addresses."""
        assert markup.clean(source) == kept
        assert markup.clean(kept) == kept


class TestAsText:
    @pytest.mark.parametrize(
        ("source", "text"),
        [
            ("<p>Hi <strong>you</strong></p><p>there<br>now</p>", "Hi you\n\nthere\nnow"),
            ("<ul><li>a</li><li>b</li></ul><p>c</p>", "- a\n- b\n\nc"),
            ("<ol><li>a</li><li>b</li></ol>", "1. a\n2. b"),
            ('<a href="https://a.example/">here</a>', "here (https://a.example/)"),
            ('<a href="mailto:a@b.example">a@b.example</a>', "a@b.example"),
            ("a &amp; b", "a & b"),
        ],
    )
    def test_says_the_same_words(self, source: str, text: str) -> None:
        assert markup.as_text(source) == text
