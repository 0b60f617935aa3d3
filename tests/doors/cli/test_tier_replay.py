"""`guanxi tier FILE --replay FROM TO`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from guanxi.cli.app import app
from guanxi.cli.failure import CommandFailed

ORDERS = """Customer,Order number,Date,Amount,Currency
Lena,1,2026-01-05,20000,USD
Lena,2,2026-02-10,4000,USD
Lena,3,2026-02-20,4000,USD
Yuki,4,2026-01-20,100,USD
Diego,5,2026-03-10,20000,USD
"""


@pytest.fixture
def orders(tmp_path: Path) -> Path:
    path = tmp_path / "orders.csv"
    path.write_text(ORDERS, encoding="utf-8")
    return path


def ask(capsys: pytest.CaptureFixture[str], *arguments: str | Path) -> dict[str, Any]:
    app(["tier", *map(str, arguments), "--json"], standalone_mode=False)
    answer: dict[str, Any] = json.loads(capsys.readouterr().out)
    return answer


class TestReplay:
    def test_reports_every_move_and_counts_them_by_rule(self, orders: Path, capsys: pytest.CaptureFixture[str]) -> None:
        """M-01, M-02, M-15: the first day only gives the starting tiers."""
        answer = ask(
            capsys, orders, "--scheme", "rfm-000-literal", "--replay", "2026-01-31", "2026-03-31", "--every", "month"
        )

        assert [day["at"] for day in answer["dates"]] == ["2026-01-31", "2026-02-28", "2026-03-31"]
        assert answer["dates"][0]["tiers"]["developing"] == 1
        assert answer["moves"][0] == {
            "at": "2026-02-28", "customer": "Lena", "from": "developing", "to": "high", "rule": "M-02",
            "by_rules": "none",
        }  # fmt: skip
        assert answer["counts"]["M-02"] == 1
        assert sum(answer["counts"].values()) == len(answer["moves"])
        assert answer["dates"][2]["first"] == 1

    def test_is_printed_and_written(self, orders: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        out = tmp_path / "moves.csv"
        app(
            [
                "tier",
                str(orders),
                "--scheme",
                "rfm-000-literal",
                "--replay",
                "2026-01-31",
                "2026-03-31",
                "--out",
                str(out),
            ],
            standalone_mode=False,
        )

        assert "M-02: 1" in capsys.readouterr().out
        assert "Lena,developing,high,M-02" in out.read_text(encoding="utf-8-sig")

    @pytest.mark.parametrize(
        ("span", "sentence"),
        [
            (("2026-03-31", "2026-01-31"), "--replay: from 2026-03-31 to 2026-01-31 there is no end of a month"),
            (("soon", "2026-01-31"), "--replay 'soon' is no day; write it as 2026-03-31"),
        ],
    )
    def test_a_wrong_span_is_told_in_one_sentence(self, orders: Path, span: tuple[str, str], sentence: str) -> None:
        with pytest.raises(CommandFailed, match=sentence):
            app(["tier", str(orders), "--replay", *span], standalone_mode=False)
