"""Settings, event names and commands stand in docs/reference, and nothing stands there that does not exist."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable

import pytest

from tests.house.source import Module, modules, planted
from tests.house.tool import tool

reference = tool("reference")
SETTING = re.compile(r"GUANXI_[A-Z_]+[A-Z]")


def settings_read(sources: Iterable[Module]) -> set[str]:
    """The variables that the code reads, by the readers of config.environ or from the environment itself."""
    found = set()
    for module in sources:
        for node in ast.walk(module.tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and SETTING.fullmatch(node.value):
                found.add(node.value.removesuffix("_FILE"))
    return found


def settings_told(page: str) -> set[str]:
    return {match[1] for match in re.finditer(r"^\| `(GUANXI_\w+)` \|", page, re.MULTILINE)}


def page(name: str) -> str:
    return str((reference.REFERENCE / name).read_text(encoding="utf-8"))


class TestReference:
    def test_tells_every_setting(self) -> None:
        assert settings_read(modules()) - settings_told(page("settings.md")) == set()

    def test_tells_no_setting_that_is_gone(self) -> None:
        product, _, tests = page("settings.md").partition("## For the tests only")

        assert settings_told(product) - settings_read(modules()) == set()
        assert settings_told(tests)

    @pytest.mark.parametrize("name", sorted(reference.PAGES))
    def test_is_what_the_code_says(self, name: str) -> None:
        assert page(name) == reference.PAGES[name](), "run `make docs`"

    def test_says_something_about_each_command(self) -> None:
        sections = page("commands.md").split("\n## ")[1:]

        assert [each.splitlines()[0] for each in sections if len(each.split("\n| Argument")[0].split()) < 6] == []


class TestTheCheckers:
    def test_find_a_planted_setting(self) -> None:
        assert settings_read([planted("config.settings", "X = environ.flag('GUANXI_PLANTED')")]) == {"GUANXI_PLANTED"}

    def test_find_an_event_name_that_is_not_told(self) -> None:
        from guanxi.ledger.event_names import EVENT_NAMES

        assert all(f"| `{name}` |" in page("event-names.md") for name in EVENT_NAMES)
        assert "`planted.happened`" not in page("event-names.md")
