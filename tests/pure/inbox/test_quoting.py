"""What a reader wrote himself, without what he quotes."""

from __future__ import annotations

import pytest

from guanxi.inbox.quoting import LONGEST, cleaned, own_words

OLD = "Dear Ms Tanaka,\nhere is our list.\n"


class TestOwnWords:
    @pytest.mark.parametrize(
        "lead",
        [
            "On Mon, 2 Nov 2026 at 10:00, Paper Boat <us@sender.example> wrote:",
            "On Mon, 2 Nov 2026 at 10:00, Paper Boat\n<us@sender.example> wrote:",
            "Am 02.11.2026 um 10:00 schrieb Paper Boat:",
            "Le 2 nov. 2026 à 10:00, Paper Boat a écrit :",
            "El 2/11/2026 a las 10:00, Paper Boat escribió:",
            "Em seg., 2 de nov. de 2026 às 10:00, Paper Boat escreveu:",
            "Il giorno lun 2 nov 2026 Paper Boat ha scritto:",
            "2026年11月2日(月) 10:00 Paper Boat <us@sender.example>:",
            "在 2026-11-02 10:00:00，Paper Boat 写道：",
            "пн, 2 нояб. 2026 г. в 10:00, Paper Boat <us@sender.example> пишет:",
            "-----Original Message-----",
            "------------------ 原始邮件 ------------------",
            "________________________________",
            "From: Paper Boat\nSent: Monday, 2 November 2026\nTo: Tanaka",
            "Von: Paper Boat\nGesendet: Montag\nAn: Tanaka",
            "发件人: Paper Boat\n发送时间: 2026年11月2日\n收件人: 田中",
            "差出人: Paper Boat\n送信日時: 2026年11月2日\n宛先: 田中",
            "-- \nYuki Tanaka, Purchasing",
        ],
    )
    def test_end_where_the_quoted_mail_begins(self, lead: str) -> None:
        assert own_words(f"Please quote 500 pieces.\n\n{lead}\n\n{OLD}") == "Please quote 500 pieces."

    def test_leave_lines_of_an_answer_between_quoted_ones(self) -> None:
        assert own_words("> 500 pieces?\nYes, please.\n> In blue?\nNo.") == "Yes, please.\nNo."

    def test_are_the_quoted_ones_when_there_are_no_others(self) -> None:
        assert own_words("> Please call me.") == "Please call me."

    def test_keep_a_sentence_that_only_looks_like_a_head(self) -> None:
        text = "From: Shanghai we need two containers.\nThe date suits us."

        assert own_words(text) == text

    def test_are_bounded(self) -> None:
        assert len(own_words("word " * 5_000)) == LONGEST


class TestCleaned:
    def test_takes_what_turns_or_controls_text(self) -> None:
        assert cleaned("a\0b\x1b[31m\u202ec\nd") == "ab[31mc\nd"
