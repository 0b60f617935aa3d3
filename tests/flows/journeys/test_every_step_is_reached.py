"""Forty flows, 98 steps: each flow ships, each step is named by a test that proves it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from guanxi.journeys.graph import read_graph
from guanxi.journeys.ready import library_texts

TESTS = Path(__file__).resolve().parents[2]
STEPS = """
    J-01.1 J-01.2 J-01.3 J-01.4
    J-02.1 J-02.2a J-02.2b J-02.2c J-02.3a J-02.3b
    J-03.1 J-03.2 J-03.3
    J-04.1 J-04.2 J-04.3 J-04.4 J-04.5
    J-05.1 J-05.2 J-05.3 J-05.4
    J-06.1 J-06.2 J-06.3 J-06.4
    J-07.1 J-07.2
    J-08.1 J-08.2
    J-09.1
    J-10.1
    J-11.1 J-11.2
    J-12.1 J-12.2 J-12.3
    J-13.1
    J-14.1 J-14.2 J-14.3
    J-15.1
    J-16.1
    J-17.1 J-17.2 J-17.3
    J-18.1
    J-19.1 J-19.2 J-19.3 J-19.4 J-19.5 J-19.6
    J-20.1 J-20.2 J-20.3
    J-21.1 J-21.2
    J-22.1
    J-23.1 J-23.2 J-23.3
    J-24.1 J-24.2 J-24.3 J-24.4 J-24.5
    J-25.1 J-25.2
    J-26.1
    J-27.1
    J-28.1 J-28.2 J-28.3
    J-29.1 J-29.2 J-29.3
    J-30.1 J-30.2
    J-31.1
    J-32.1 J-32.2 J-32.3
    J-33.1 J-33.2 J-33.3 J-33.4
    J-34.1 J-34.2
    J-35.1
    J-36.1 J-36.2
    J-37.1
    J-38.1
    J-39.1
    J-40.1 J-40.2 J-40.3
""".split()  # noqa: SIM905
STEP = re.compile(r"J-\d\d\.\d[a-c]?")


def _proofs(node: ast.AST) -> Iterator[str]:
    """The docstrings of classes and functions of tests."""
    for each in ast.walk(node):
        if isinstance(each, ast.ClassDef | ast.FunctionDef) and each.name.lower().startswith("test"):
            yield ast.get_docstring(each) or ""


def _named_by_tests() -> set[str]:
    found: set[str] = set()
    for path in TESTS.rglob("test_*.py"):
        text = path.read_text(encoding="utf-8")
        if STEP.search(text):
            for words in _proofs(ast.parse(text)):
                found |= set(STEP.findall(words))
    return found


def test_every_step_is_named_by_a_test_that_proves_it() -> None:
    named = _named_by_tests()

    assert len(STEPS) == len(set(STEPS)) == 98
    assert [step for step in STEPS if step not in named] == []
    assert named - set(STEPS) == set()


def test_every_flow_ships() -> None:
    sources = {read_graph(text).source for text in library_texts()}
    flows = {step.partition(".")[0] for step in STEPS}

    assert len(flows) == 40
    assert flows - sources == set()
