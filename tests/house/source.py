"""The package as syntax trees, for the tests of the house. Pure reading; nothing is imported."""

from __future__ import annotations

import ast
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "src" / "guanxi"
DOORS = frozenset({"cli", "console", "api", "public"})


@dataclass(frozen=True)
class Module:
    """One file: `name` is dotted without the package, e.g. `ledger.actions`."""

    name: str
    tree: ast.Module

    @property
    def room(self) -> str:
        return self.name.partition(".")[0]


Checker = Callable[[Module], Iterator[str]]


@cache
def modules() -> tuple[Module, ...]:
    """Every module of the package but the migrations."""
    paths = [path for path in sorted(PACKAGE.rglob("*.py")) if "migrations" not in path.parts]
    return tuple(Module(dotted(path), ast.parse(path.read_text(encoding="utf-8"))) for path in paths)


def dotted(path: Path) -> str:
    parts = list(path.relative_to(PACKAGE).with_suffix("").parts)
    if parts[-1] == "__init__":
        parts.pop()
    return ".".join(parts)


def planted(name: str, text: str) -> Module:
    """A module that does not exist, to see whether a checker speaks."""
    return Module(name, ast.parse(text))


def breaches(checker: Checker) -> list[str]:
    return [f"{module.name}:{breach}" for module in modules() for breach in checker(module)]


@cache
def floors() -> dict[str, int]:
    """Floor of each room, the kernel being 0, from the contract in pyproject.toml."""
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"][
        "contracts"
    ]
    layers = next(each["layers"] for each in contracts if each["type"] == "layers")
    return {
        room.strip(" ()"): floor
        for floor, layer in enumerate(reversed(layers))
        for room in layer.replace(":", "|").split("|")
    }


def chain_of(node: ast.expr) -> list[str]:
    """The names of `a.b(…).c[0].d` from left to right: a, b, c, d; empty when it does not begin with a name."""
    names: list[str] = []
    current: ast.expr = node
    while True:
        if isinstance(current, ast.Attribute):
            names.append(current.attr)
            current = current.value
        elif isinstance(current, ast.Call):
            current = current.func
        elif isinstance(current, ast.Subscript | ast.Await):
            current = current.value
        elif isinstance(current, ast.Name):
            return [current.id, *names][:1] + names[::-1]
        else:
            return []
