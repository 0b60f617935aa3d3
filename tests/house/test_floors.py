"""Imports go down: the contracts of pyproject.toml hold, and break when somebody plants a wrong import."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import grimp
import pytest

from tests.house.source import PACKAGE, ROOT, modules

FOREIGN_TO_PURE = {"django", "duckdb", "guanxi.engine.connection"}
ALWAYS_PURE = {
    "rules",
    "states",
    "graph",
    "enrolment",
    "mapping",
    "windows",
    "greeting",
    "formats",
    "identity",
    "verdicts",
}


def lint(folder: Path) -> subprocess.CompletedProcess[str]:
    """The import contracts over the package in `folder`/src."""
    return subprocess.run(
        [sys.executable, "-c", "from importlinter.cli import lint_imports_command; lint_imports_command()",
         "--config", str(folder / "pyproject.toml"), "--no-cache"],
        cwd=folder, env={"PYTHONPATH": str(folder / "src"), "PATH": "/usr/bin:/bin"}, capture_output=True, text=True,
        check=False,
    )  # fmt: skip


class TestTheContracts:
    def test_hold(self) -> None:
        result = lint(ROOT)

        assert result.returncode == 0, result.stdout

    @pytest.mark.parametrize(
        ("module", "line", "contract"),
        [
            ("scoring/planted.py", "import guanxi.outbox.models", "The knowing slope"),
            ("ledger/planted.py", "import guanxi.journeys.models", "lower floors only"),
            ("ledger/planted.py", "def f():\n    import guanxi.culture", "lower floors only"),
            ("outbox/planted.py", "import guanxi.tiering.models", "The reaching slope"),
            ("console/planted.py", "import guanxi.public.urls", "lower floors only"),
            ("console/planted.py", "import duckdb", "Only the engine"),
            ("culture/planted.py", "import django", "know no Django"),
            ("outbox/gates/window.py", "import django.db", "decide without a database"),
            ("outbox/gates/window.py", "import guanxi.outbox.gates.permission", "Gates do not know"),
            ("journeys/steps/wait.py", "import guanxi.journeys.steps.send", "Steps do not know"),
        ],
        ids=[
            "upwards",
            "ground to ridge",
            "hidden in a function",
            "slope to slope",
            "door to door",
            "engine",
            "framework",
            "framework in a gate",
            "gate to gate",
            "step to step",
        ],
    )
    def test_a_planted_import_breaks_them(self, tmp_path: Path, module: str, line: str, contract: str) -> None:
        shutil.copytree(PACKAGE, tmp_path / "src" / "guanxi", ignore=shutil.ignore_patterns("__pycache__", "static"))
        shutil.copy(ROOT / "pyproject.toml", tmp_path)
        with (tmp_path / "src" / "guanxi" / module).open("a", encoding="utf-8") as file:
            file.write(f"\n{line}\n")

        result = lint(tmp_path)

        assert result.returncode == 1, result.stdout + result.stderr
        assert any("BROKEN" in row and contract in row for row in result.stdout.splitlines()), result.stdout


class TestSockets:
    """Each plug stands in the contract of its socket; a new one is not forgotten."""

    @pytest.mark.parametrize("socket", ["journeys.steps", "outbox.gates", "scoring.measures"])
    def test_name_every_plug_in_their_contract(self, socket: str) -> None:
        contracts = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"][
            "contracts"
        ]
        named = {module for each in contracts if each["type"] == "independence" for module in each["modules"]}

        plugs = {f"guanxi.{each.name}" for each in modules() if each.name.startswith(f"{socket}.")}

        assert plugs - named == {f"guanxi.{socket}.base"}


def declared_pure() -> set[str]:
    """Modules that say so in their docstring, and those whose name promises it."""
    import ast

    found = set()
    for module in modules():
        text = ast.get_docstring(module.tree) or ""
        is_promised = module.name.rpartition(".")[2] in ALWAYS_PURE and module.room != "console"
        if "Pure." in text or "Pure (" in text or "Pure:" in text or is_promised:
            found.add(f"guanxi.{module.name}")
    return found


def reached(graph: grimp.ImportGraph, module: str) -> set[str]:
    """Which forbidden modules can be reached from `module` by any chain of imports."""
    return {each for each in FOREIGN_TO_PURE if each in graph.modules and graph.chain_exists(module, each)}


class TestPureModules:
    def test_touch_no_framework_and_no_database(self) -> None:
        graph = grimp.build_graph("guanxi", include_external_packages=True, cache_dir=None)

        found = {module: reached(graph, module) for module in sorted(declared_pure())}

        assert {module: forbidden for module, forbidden in found.items() if forbidden} == {}

    def test_a_module_that_asks_django_is_found(self) -> None:
        graph = grimp.build_graph("guanxi", include_external_packages=True, cache_dir=None)

        assert "django" in reached(graph, "guanxi.ledger.actions")

    def test_include_the_rules_of_every_room(self) -> None:
        assert {"guanxi.ledger.identity", "guanxi.kernel.money", "guanxi.staff.roles"} <= declared_pure() | {
            "guanxi.kernel.money"
        }
