"""`guanxi effect`: an experiment's file in, intervals out."""

from __future__ import annotations

import csv
import gzip
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xlsxwriter
from scipy import stats

from guanxi.cli.app import app
from guanxi.cli.failure import CommandFailed

Answer = dict[str, Any]


@pytest.fixture
def ask(capsys: pytest.CaptureFixture[str]) -> Callable[..., Answer]:
    """The JSON answer of `guanxi effect …`."""

    def run(path: Path, control: str, outcome: str, *more: str) -> Answer:
        app(
            ["effect", str(path), "--arm", "segment", "--control", control, "--outcome", outcome, "--json", *more],
            standalone_mode=False,
        )
        answer: Answer = json.loads(capsys.readouterr().out)
        return answer

    return run


@pytest.fixture
def trial(tmp_path: Path) -> Path:
    path = tmp_path / "trial.csv"
    rows = ["letter,1.250", "letter,yes", "none,0", "none,1", "none,", ",1"]
    path.write_text("\n".join(["segment,bought", *rows]), encoding="utf-8")
    return path


class TestHillstrom:
    def test_agrees_with_an_independent_computation(self, ask: Callable[..., Answer], shared_data: Path) -> None:
        """F-01…F-17: difference, ratio and interval per arm on a published experiment."""
        path = shared_data / "hillstrom" / "hillstrom.csv.gz"
        with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))

        answer = ask(path, "No E-Mail", "visit,conversion,spend")

        assert answer["rows"] == 64_000
        assert answer["controls"]["visit"]["sum"] == pytest.approx(2262)
        assert [each["arm"] for each in answer["arms"]] == ["Mens E-Mail", "Womens E-Mail"]
        for arm in answer["arms"]:
            for outcome, found in arm["outcomes"].items():
                ours, theirs = (
                    np.array([float(row[outcome]) for row in rows if row["segment"] == name])
                    for name in (arm["arm"], "No E-Mail")
                )
                interval = stats.ttest_ind(ours, theirs, equal_var=False).confidence_interval(0.95)
                assert found["difference"]["estimate"] == pytest.approx(ours.mean() - theirs.mean())
                assert found["difference"]["low"] == pytest.approx(interval.low)
                assert found["difference"]["high"] == pytest.approx(interval.high)
                assert found["ratio"]["estimate"] == pytest.approx(ours.mean() / theirs.mean())
                spread = sum(each.var(ddof=1) / len(each) / each.mean() ** 2 for each in (ours, theirs)) ** 0.5
                reach = np.exp(stats.norm.ppf(0.975) * spread)
                assert found["ratio"]["low"] == pytest.approx(ours.mean() / theirs.mean() / reach)
                assert found["ratio"]["high"] == pytest.approx(ours.mean() / theirs.mean() * reach)


class TestAnyFile:
    def test_counts_what_is_missing(self, ask: Callable[..., Answer], trial: Path) -> None:
        answer = ask(trial, "none", "bought")

        assert (answer["rows"], answer["left_out"]) == (6, 1)
        assert answer["controls"]["bought"] == {"count": 2, "mean": 0.5, "sum": 1.0}
        assert answer["arms"][0]["outcomes"]["bought"]["mean"] == pytest.approx((1.25 + 1) / 2)

    def test_shows_a_table(self, trial: Path, capsys: pytest.CaptureFixture[str]) -> None:
        app(
            ["effect", str(trial), "--arm", "segment", "--control", "none", "--outcome", "bought"],
            standalone_mode=False,
        )

        assert "name no arm, left out: 1" in capsys.readouterr().out

    @pytest.mark.parametrize(
        ("control", "outcome", "told"),
        [
            ("nobody", "bought", "No row has nobody in column segment; there are letter, none"),
            ("none", "sold", "has no column sold; it has segment, bought"),
            ("none", ",", "--outcome names no column"),
            ("none", "segment", "Column segment names the arms; take another one"),
        ],
    )
    def test_names_what_is_wrong(self, trial: Path, control: str, outcome: str, told: str) -> None:
        with pytest.raises(CommandFailed, match=told):
            app(
                ["effect", str(trial), "--arm", "segment", "--control", control, "--outcome", outcome],
                standalone_mode=False,
            )

    def test_names_the_row_of_an_odd_outcome(self, tmp_path: Path) -> None:
        path = tmp_path / "trial.csv"
        path.write_text("segment,bought\na,1\nb,perhaps\n", encoding="utf-8")

        with pytest.raises(CommandFailed, match="column bought, row 3: 'perhaps' is no number"):
            app(
                ["effect", str(path), "--arm", "segment", "--control", "a", "--outcome", "bought"],
                standalone_mode=False,
            )


def written(path: Path, text: str, encoding: str = "utf-8") -> Path:
    path.write_text(text, encoding=encoding)
    return path


class TestAnOddFile:
    def test_may_be_chinese_with_several_arms(self, ask: Callable[..., Answer], tmp_path: Path) -> None:
        text = "segment,成交\n对照,否\n对照,是\n邮件甲,是\n邮件甲,\n邮件乙,是\n邮件乙,否\n"

        answer = ask(written(tmp_path / "试验.csv", text, "gb18030"), "对照", "成交")

        assert [each["arm"] for each in answer["arms"]] == ["邮件乙", "邮件甲"]
        assert answer["arms"][1]["outcomes"]["成交"]["missing"] == 1

    def test_may_be_a_workbook_with_a_note_before_the_table(self, ask: Callable[..., Answer], tmp_path: Path) -> None:
        with xlsxwriter.Workbook(str(tmp_path / "trial.xlsx")) as book:
            book.add_worksheet("note").write(0, 0, "read me")
            sheet = book.add_worksheet("rows")
            for number, row in enumerate([("segment", "spend"), ("none", 0), ("none", 0), ("letter", 120.5)]):
                sheet.write_row(number, 0, row)

        answer = ask(tmp_path / "trial.xlsx", "none", "spend")

        assert answer["arms"][0]["outcomes"]["spend"]["mean"] == 120.5

    def test_of_a_control_that_never_bought_has_no_ratio(
        self, tmp_path: Path, ask: Callable[..., Answer], capsys: pytest.CaptureFixture[str]
    ) -> None:
        path = written(tmp_path / "trial.csv", "segment,bought\nnone,0\nnone,0\nletter,1\nletter,0\n")

        assert ask(path, "none", "bought")["arms"][0]["outcomes"]["bought"]["ratio"] == dict.fromkeys(
            ("estimate", "low", "high")
        )
        app(
            ["effect", str(path), "--arm", "segment", "--control", "none", "--outcome", "bought"], standalone_mode=False
        )
        assert "No ratio to a control whose mean is zero or below: bought." in capsys.readouterr().out

    def test_says_how_many_rows_cannot_be_read(self, tmp_path: Path, ask: Callable[..., Answer]) -> None:
        path = written(tmp_path / "trial.csv", "segment,bought\nnone,1\nletter,1,5\nletter,0\nnone,0\n")

        answer = ask(path, "none", "bought")

        assert (answer["rows"], answer["unreadable"]) == (3, 1)

    def test_without_any_outcome_is_an_error(self, tmp_path: Path, ask: Callable[..., Answer]) -> None:
        with pytest.raises(CommandFailed, match="column bought is empty in every row"):
            ask(written(tmp_path / "trial.csv", "segment,bought\nnone,\nletter,\n"), "none", "bought")


class TestOneSidedArms:
    def test_an_arm_of_one_participant_has_no_interval(self, ask: Callable[..., Answer], tmp_path: Path) -> None:
        path = tmp_path / "trial.csv"
        path.write_text("segment,bought\nnone,1\nnone,0\nletter,1\nempty,\n", encoding="utf-8")

        arms = {each["arm"]: each["outcomes"]["bought"] for each in ask(path, "none", "bought")["arms"]}

        assert arms["letter"]["difference"] == {"estimate": 0.5, "low": None, "high": None}
        assert (arms["empty"]["count"], arms["empty"]["missing"]) == (0, 1)
        assert arms["empty"]["difference"]["estimate"] is None
        assert not arms["letter"]["is_clear"]

    def test_nothing_to_compare_with_is_an_error(self, tmp_path: Path) -> None:
        path = tmp_path / "trial.csv"
        path.write_text("segment,bought\nnone,1\nnone,0\n", encoding="utf-8")

        with pytest.raises(CommandFailed, match="there is nothing to compare it with"):
            app(
                ["effect", str(path), "--arm", "segment", "--control", "none", "--outcome", "bought"],
                standalone_mode=False,
            )

    def test_a_missing_file_and_column_are_errors(self, trial: Path) -> None:
        for path, arm in ((trial.with_name("gone.csv"), "segment"), (trial, "arm")):
            with pytest.raises(CommandFailed, match=r"gone\.csv|has no column arm"):
                app(
                    ["effect", str(path), "--arm", arm, "--control", "none", "--outcome", "bought"],
                    standalone_mode=False,
                )
