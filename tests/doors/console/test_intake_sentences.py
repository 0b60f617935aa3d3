"""Whatever the import may say has words in the reader's language."""

from __future__ import annotations

import ast
from collections.abc import Iterator

import pyarrow as pa
import pytest
from django.utils import translation

from guanxi.console.intake_sentences import pattern_of, sentence_words
from guanxi.intake import sifting
from guanxi.intake.convert import settle
from guanxi.intake.mapping import Mapping, Options
from guanxi.intake.planning import plan_for
from guanxi.intake.recognise import known_formats
from guanxi.intake.rows import Batch, UnusableFile
from guanxi.intake.sifting import MISSING, REQUIRED, Sifter
from tests.house.source import PACKAGE

# `tables` speaks to the terminal alone.
SPEAKERS = [path for path in sorted((PACKAGE / "intake").glob("*.py")) if path.stem != "tables"]
SPEAKERS += [
    PACKAGE / "ledger" / f"{name}.py" for name in ("bulk_undo", "identity", "bulk", "bulk_orders", "bulk_money")
]
CALLS = {
    "UnusableFile",
    "EmptyFile",
    "BadValue",
    "BadMapping",
    "BadAddress",
    "Reject",
    "reject",
    "note",
    "append",
    "scalar",
    "leave",
    "Conflict",
}


def said() -> Iterator[str]:
    """Each sentence of the source by which the import speaks, with `amount` for its variables."""
    for path in SPEAKERS:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and _name(node.func) in CALLS:
                yield from (text for text in map(_text, node.args) if " " in text.strip())


def _name(function: ast.expr) -> str:
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


def _text(node: ast.expr) -> str:
    if isinstance(node, ast.JoinedStr):
        return "".join(str(part.value) if isinstance(part, ast.Constant) else "amount" for part in node.values)
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""


class Table:
    """A table of nothing but its headings."""

    name = "books.csv"
    headings: tuple[str, ...] = ("a", "b")

    def batches(self) -> Iterator[Batch]:
        return iter(())


class TestPatterns:
    def test_know_what_the_source_says(self) -> None:
        sentences = set(said())

        assert len(sentences) > 50
        assert [each for each in sentences if not pattern_of(each)] == []

    def test_know_what_is_missing(self) -> None:
        names = {group for groups in REQUIRED.values() for group in groups}
        kinds = [(kind, {"customer": ("No",)} if kind == "orders" else {}) for kind in REQUIRED]
        sifters = [Sifter(Mapping(kind=kind, columns=columns), Options()) for kind, columns in kinds]
        reasons = {sifter._missing(group) for sifter in sifters for group in names} | set(MISSING.values())

        assert [each for each in reasons if not pattern_of(each)] == []

    @pytest.mark.parametrize("kind", ["auto", "orders"])
    def test_know_a_heading_that_says_nothing(self, kind: str) -> None:
        with pytest.raises(UnusableFile) as problem:
            plan_for(Table(), kind=kind)

        assert pattern_of(str(problem.value))

    @pytest.mark.parametrize(
        "sentence",
        [
            "names no customer and no known invoice number",
            "is none of granted, withdrawn, pending, expired",
            "no contact has this address; import the contacts first",
            "lies in the future",
            "Left out: books.csv is empty.",
            "Rejects of the other tables: a.csv, b.csv.",
        ],
    )
    def test_know_what_is_put_together_elsewhere(self, sentence: str) -> None:
        assert pattern_of(sentence)

    def test_take_the_most_telling_one(self) -> None:
        found = pattern_of("no customer number")

        assert found == ("no customer number", {})

    def test_follow_a_refused_row(self) -> None:
        mapping = Mapping(kind="orders", columns={"customer": ("No",), "ordered_at": ("Day",), "amount": ("Sum",)})
        cells = {"No": pa.array(["7"]), "Day": pa.array(["2024-05-31"]), "Sum": pa.array([""])}
        _usable, refused = sifting.Sifter(mapping, Options()).sift(Batch(pa.array([2], pa.int64()), cells))

        with translation.override("zh-hans"):
            assert sentence_words(refused.rejects[0].reason) == "缺少金额"

    def test_know_the_notes_of_known_formats(self) -> None:
        notes = {mapping.note for mapping, _ in known_formats().values()} - {""}

        assert [note for note in notes if not pattern_of(note)] == []

    @pytest.mark.parametrize("dates", [("03/04/2024",), ("03/04/2024", "13/04/2024", "04/13/2024"),
                                       ("03/04/2024", "04/13/2024", "04/14/2024", "13/04/2024")])  # fmt: skip
    def test_know_how_dates_and_amounts_were_read(self, dates: tuple[str, ...]) -> None:
        mapping = Mapping(kind="orders", columns={"ordered_at": ("Date",), "amount": ("Amount",)})
        rows = {"Date": pa.array(dates), "Amount": pa.array(["¥5"] * len(dates))}

        _, notes = settle(mapping, [Batch(pa.array(range(len(dates))), rows)], Options())

        assert len(notes) == 2
        assert [note for note in notes if not pattern_of(note)] == []


class TestWords:
    def test_stay_english_on_an_english_page(self) -> None:
        with translation.override("en"):
            assert sentence_words("no order number") == "no order number"

    def test_name_a_field_as_the_page_does(self) -> None:
        with translation.override("zh-hans"):
            assert sentence_words("no order number") == "缺少订单号"

    def test_tell_a_sentence_within_a_sentence(self) -> None:
        with translation.override("zh-hans"):
            assert sentence_words("Left out: books.csv is empty.") == "已略过：books.csv 是空文件。"

    def test_leave_an_unknown_sentence_alone(self) -> None:
        with translation.override("zh-hans"):
            assert sentence_words("ValueError: 7") == "ValueError: 7"
