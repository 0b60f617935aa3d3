"""What the source may not contain, whoever writes it: reliability.md's RS-01, RS-04, RS-08, RS-09."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.house.source import PACKAGE, Module, breaches, chain_of, planted

RAW_SQL_METHODS = {"raw", "extra"}
SQL_RUNNERS = {"execute", "executemany", "sql", "executescript"}
ORM_METHODS = {
    "filter", "exclude", "get", "annotate", "alias", "aggregate", "values", "values_list", "order_by", "only", "defer",
}  # fmt: skip
# Wrappers of the engine: what their callers hand over is checked instead; the number is the place of the text.
SQL_WRAPPERS = {"write_parquet": 1}
WRAPPING_MODULES = {"engine.connection"}
FORBIDDEN_MODULES = {"pickle", "marshal", "shelve", "cPickle", "dill"}
YAML_LOADERS = {"load", "load_all", "unsafe_load", "full_load"}
FORBIDDEN_CALLS = {"eval", "exec", "compile"}
# The one place that may call a text safe, after escaping its parts.
SAFE_TEXT_MODULES = {"console.templatetags.guanxi"}
UNSAFE_IN_TEMPLATES = re.compile(r"\|\s*safe\b|\|\s*safeseq\b|autoescape\s+off")


def raw_sql(module: Module) -> Iterator[str]:
    """RS-01: no door of the ORM to raw SQL, and no SQL text that anything but a constant flows into."""
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Name | ast.alias) and "RawSQL" in (getattr(node, "id", ""), getattr(node, "name", "")):
            yield f"{node.lineno} uses RawSQL"
        if not isinstance(node, ast.Call):
            continue
        chain = chain_of(node.func)
        if chain[-1:] and chain[-1] in RAW_SQL_METHODS and "objects" in chain:
            yield f"{node.lineno} uses .{chain[-1]}()"
        text = sql_text(node, chain)
        if text is not None and module.name not in WRAPPING_MODULES and not is_constant_text(text):
            yield f"{node.lineno} runs SQL that is put together: {ast.unparse(text)[:60]}"


def sql_text(call: ast.Call, chain: list[str]) -> ast.expr | None:
    """The argument of this call that is SQL, if any."""
    verb = chain[-1] if chain else ""
    place = SQL_WRAPPERS.get(verb, 0 if verb in SQL_RUNNERS and len(chain) > 1 else len(call.args))
    return call.args[place] if place < len(call.args) else None


def is_constant_text(text: ast.expr) -> bool:
    """A literal, a constant, or both put together; anything else must have gone through a name or a call of its own."""
    if isinstance(text, ast.Constant):
        return True
    if isinstance(text, ast.JoinedStr):
        return all(not isinstance(part, ast.FormattedValue) or is_fixed(part.value) for part in text.values)
    if isinstance(text, ast.BinOp):
        return is_constant_text(text.left) and is_constant_text(text.right)
    if isinstance(text, ast.Call):
        return not (isinstance(text.func, ast.Attribute) and text.func.attr in {"format", "format_map", "join"})
    return isinstance(text, ast.Name | ast.Attribute | ast.Subscript)


def is_fixed(value: ast.expr) -> bool:
    """A constant by its name (ORDERS, self.TABLE), or the answer of a function that quotes."""
    if isinstance(value, ast.Call):
        return chain_of(value)[-1:] in (["quoted"], ["literal"], ["quote_name"], ["path_literal"])
    names = chain_of(value)
    return bool(names) and names[-1].isupper()


def unpacked_filters(module: Module) -> Iterator[str]:
    """RS-04: no dictionary is unpacked into the ORM unless its keys stand there as literals."""
    for node in ast.walk(module.tree):
        if not isinstance(node, ast.Call):
            continue
        name = chain_of(node.func)[-1:] or [""]
        is_query = (isinstance(node.func, ast.Attribute) and name[0] in ORM_METHODS) or name[0] == "Q"
        for keyword in node.keywords if is_query else []:
            if keyword.arg is None and not has_literal_keys(keyword.value):
                yield f"{node.lineno} unpacks {ast.unparse(keyword.value)[:60]} into {name[0]}()"


def has_literal_keys(value: ast.expr) -> bool:
    return isinstance(value, ast.Dict) and all(isinstance(key, ast.Constant) for key in value.keys)


def dangerous_calls(module: Module) -> Iterator[str]:
    """RS-08: nothing that turns stored text into code or objects."""
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Import | ast.ImportFrom):
            names = {each.name.partition(".")[0] for each in node.names} | {getattr(node, "module", "") or ""}
            yield from (f"{node.lineno} imports {name}" for name in sorted(names & FORBIDDEN_MODULES))
        elif isinstance(node, ast.Call):
            chain = chain_of(node.func)
            if len(chain) == 1 and chain[0] in FORBIDDEN_CALLS:
                yield f"{node.lineno} calls {chain[0]}()"
            elif chain[-2:-1] == ["yaml"] and chain[-1] in YAML_LOADERS and not is_safe_loader(node, module):
                yield f"{node.lineno} calls {'.'.join(chain)}; use yaml.safe_load"


def is_safe_loader(call: ast.Call, module: Module) -> bool:
    """`yaml.load(text, Loader)` with YAML's safe loader, or a class of this module derived from it."""
    loaders = {"yaml.SafeLoader", "yaml.CSafeLoader", "yaml.BaseLoader"} | {
        each.name
        for each in ast.walk(module.tree)
        if isinstance(each, ast.ClassDef) and any(chain_of(base)[-1:] == ["SafeLoader"] for base in each.bases)
    }
    given = [*call.args[1:2], *(each.value for each in call.keywords if each.arg == "Loader")]
    return bool(given) and ast.unparse(given[0]) in loaders


def safe_text(module: Module) -> Iterator[str]:
    """RS-09: `mark_safe` in one module only."""
    for node in ast.walk(module.tree):
        name = getattr(node, "id", "") or getattr(node, "attr", "") or getattr(node, "name", "")
        if name in {"mark_safe", "SafeString", "SafeText"} and module.name not in SAFE_TEXT_MODULES:
            yield f"{getattr(node, 'lineno', 0)} calls a text safe"


def unsafe_template_lines(text: str) -> list[int]:
    return [number for number, line in enumerate(text.splitlines(), start=1) if UNSAFE_IN_TEMPLATES.search(line)]


class TestTheSource:
    @pytest.mark.parametrize("checker", [raw_sql, unpacked_filters, dangerous_calls, safe_text])
    def test_is_safe(self, checker: object) -> None:
        assert breaches(checker) == []  # type: ignore[arg-type]

    def test_templates_escape_everything(self) -> None:
        found = {
            str(path.relative_to(PACKAGE)): lines
            for path in Path(PACKAGE).rglob("templates/**/*.html")
            if (lines := unsafe_template_lines(path.read_text(encoding="utf-8")))
        }

        assert found == {}


class TestTheCheckers:
    @pytest.mark.parametrize(
        "line",
        [
            "Customer.objects.raw('SELECT 1')",
            "Customer.objects.filter(a=1).extra(where=['1=1'])",
            "from django.db.models.expressions import RawSQL",
            "cursor.execute(f'SELECT * FROM {table}')",
            "cursor.execute('SELECT * FROM ' + table.format(x))",
            "cursor.execute('SELECT {}'.format(x))",
            "connection.sql('SELECT %s' % ', '.join(columns))",
        ],
    )
    def test_find_planted_sql(self, line: str) -> None:
        assert list(raw_sql(planted("segments.planted", line)))

    @pytest.mark.parametrize("line", ["cursor.execute('SELECT 1 WHERE a = %s', [x])", "c.execute(f'SELECT {COLUMNS}')"])
    def test_let_constants_pass(self, line: str) -> None:
        assert not list(raw_sql(planted("segments.planted", line)))

    @pytest.mark.parametrize("line", ["Customer.objects.filter(**asked)", "Q(**{key: 1})", "q.annotate(**columns)"])
    def test_find_a_planted_unpacking(self, line: str) -> None:
        assert list(unpacked_filters(planted("console.planted", line)))

    @pytest.mark.parametrize("line", ["import pickle", "from marshal import loads", "yaml.load(x)", "eval('1')"])
    def test_find_a_planted_danger(self, line: str) -> None:
        assert list(dangerous_calls(planted("intake.planted", line)))

    def test_find_a_planted_safe_text(self) -> None:
        assert list(safe_text(planted("console.pages", "from django.utils.safestring import mark_safe")))
        assert unsafe_template_lines("<p>{{ note.text|safe }}</p>") == [1]
