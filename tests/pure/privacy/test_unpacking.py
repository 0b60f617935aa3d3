"""What stands inside base64 is changed there, and the rest stays readable."""

from __future__ import annotations

import base64
import textwrap

import pytest

from guanxi.privacy.unpacking import within_base64

WORDS = "Dear Lena Petersen, the cups are on their way to Hamburg; see you at the fair. " * 3


def coded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def erased(text: str) -> str:
    return text.replace("Lena Petersen", "[erased]")


def a_part(body: str) -> str:
    return "\r\n".join(["Content-Transfer-Encoding: base64", "", *textwrap.wrap(body, 76), "--B--"])


class TestWithinBase64:
    @pytest.mark.parametrize(
        ("before", "behind"),
        [
            (coded(WORDS), coded(erased(WORDS))),
            (a_part(coded(WORDS)), a_part(coded(erased(WORDS)))),
            (f"=?utf-8?B?{coded('Lena Petersen')}?=", f"=?utf-8?B?{coded('[erased]')}?="),
            (
                f"https://shop.example/track/{base64.urlsafe_b64encode(b'???Lena Petersen').decode().rstrip('=')}",
                f"https://shop.example/track/{base64.urlsafe_b64encode(b'???[erased]').decode().rstrip('=')}",
            ),
        ],
        ids=["the whole value", "a part of a mail", "a header of a mail", "an address of the web"],
    )
    def test_takes_the_words_out_in_their_own_form(self, before: str, behind: str) -> None:
        assert within_base64(before, erased) == behind

    @pytest.mark.parametrize(
        "text",
        ["internationalization", base64.b64encode(b"\xff\xd8Lena Petersen\xff").decode(), coded("Lena Hansen"), "Lena"],
    )
    def test_leaves_what_is_no_text_or_names_nobody(self, text: str) -> None:
        assert within_base64(text, erased) == text
