"""The mark of advertising in the subject, once and only where it is missing (RL-16)."""

from __future__ import annotations

import pytest

from guanxi.content.marking import marked


class TestMarked:
    @pytest.mark.parametrize(
        ("subject", "prefix", "wanted"),
        [
            ("Spring range", "AD ", "AD Spring range"),
            ("AD Spring range", "AD ", "AD Spring range"),
            ("AD: Spring range", "AD ", "AD: Spring range"),
            ("ADVENT calendar", "AD ", "AD ADVENT calendar"),
            ("AD", "AD ", "AD"),
            ("广告：春季新品", "AD ", "广告：春季新品"),
            ("【广告】春季新品", "AD ", "【广告】春季新品"),
            ("春季新品", "AD ", "AD 春季新品"),
            ("(광고) 봄", "(광고) ", "(광고) 봄"),
            ("（광고）봄", "(광고) ", "（광고）봄"),
            ("봄", "(광고) ", "(광고) 봄"),
            ("Spring range", "", "Spring range"),
            ("", "AD ", "AD "),
        ],
    )
    def test_stands_there_once(self, subject: str, prefix: str, wanted: str) -> None:
        assert marked(subject, prefix) == wanted
