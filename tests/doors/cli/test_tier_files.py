"""`guanxi tier FILE` on the sheets that traders have: any encoding, any heading, folders and ZIPs."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from guanxi.cli.app import app

Ask = Callable[..., dict[str, Any]]
SHEET = '客户名称,下单日期,金额\n海天贸易,2024/3/1,1.2万\n海天贸易,2024/3/20,"8,000"\n远洋公司,2023/12/5,500\n'


@pytest.fixture
def ask(capsys: pytest.CaptureFixture[str]) -> Ask:
    def run(*arguments: str | Path) -> dict[str, Any]:
        app(["tier", *map(str, arguments), "--json"], standalone_mode=False)
        answer: dict[str, Any] = json.loads(capsys.readouterr().out)
        return answer

    return run


@pytest.mark.parametrize("encoding", ["gb18030", "utf-8", "utf-8-sig", "utf-16"])
def test_a_chinese_trader_s_sheet_is_tiered_by_one_command(tmp_path: Path, ask: Ask, encoding: str) -> None:
    path = tmp_path / "订单.csv"
    path.write_bytes(SHEET.encode(encoding))

    answer = ask(path, "--currency", "CNY")

    assert (answer["customers"], answer["orders"], answer["rejected"]) == (2, 3, 0)
    assert answer["currency"] == "CNY"
    assert sum(tier["spend"] for tier in answer["tiers"]) == 20_500


def test_a_folder_of_orders_and_lines_is_joined(shared_data: Path, ask: Ask) -> None:
    answer = ask(shared_data / "northwind")

    assert (answer["customers"], answer["orders"]) == (89, 830)
    assert round(sum(tier["spend"] for tier in answer["tiers"]), 2) == 1_265_793.04
