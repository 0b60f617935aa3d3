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
# Modules that put SQL together from names of the code itself, and where those names come from. No page is among them.
ASSEMBLING_MODULES = {
    "engine.connection": "wraps what its callers hand over; they are checked",
    "kernel.bulk": "tables and columns of the models, quoted by the database",
    "outbox.rows": "table and columns of the model, quoted by the database",
    "recommendations.counting": "a day",
    "scoring.alerts": "figures and thresholds of the module",
    "scoring.forecasts": "a day, and the query of a measure",
    "scoring.order_lines": "columns of engine.frames",
    "scoring.queries": "figures, looked up in engine.frames",
    "scoring.scores": "columns of engine.frames and of the measures",
    "segments.frames": "names of the two measured tables",
    "segments.naming": "columns of segments.registry",
    "segments.queries": "table names of the module",
    "segments.refreshing": "queries of segments.compiler, which quotes every value",
    "tiering.applying": "figures of the registry",
    "tiering.replay": "figures of the registry, days, and texts quoted by tier_sql.text",
    "tiering.review_actions": "figures of the registry",
    "tiering.previews": "figures of the registry; borders are Decimals, scheme names are checked words",
    "tiering.together": "figures of the registry; windows are whole numbers",
    "tiering.warm": "the kind of table, one of two",
    "tiering.grading": "figures of the registry; thresholds are Decimals",
    "cli.benches.import_": "sizes and names given in the code",
    "cli.benches.segment": "sizes given in the code",
    "cli.benches.tier": "sizes given in the code",
    "cli.tier_answer": "figures of the registry",
    "cli.workbook.book": "figures of the registry, and a day",
}
# Functions that filter by a column that is named in the same module.
COLUMNS_FROM_CODE = {("insights.timeline", "_newest"), ("ledger.bulk_undo", "_without_story"),
                     ("ledger.merging", "rows"), ("ledger.merging", "_without_clashes"),
                     # Columns of the models themselves, and the keys between them.
                     ("kernel.resealing", "clear_lost"), ("kernel.resealing", "_waiting"),
                     ("kernel.resealing", "_replace"), ("kernel.resealing", "_empty"), ("privacy.paths", "of_person"),
                     ("privacy.paths", "of_others"), ("privacy.residue", "_in_sealed"),
                     ("privacy.retention", "_end_rows"), ("privacy.scrubbing", "_candidates")}  # fmt: skip
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
        if text is not None and module.name not in ASSEMBLING_MODULES and not is_constant_text(text):
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
    """RS-04: no dictionary is unpacked into the ORM unless its keys stand in the same function as literals."""
    for function, node in calls_with_function(module.tree):
        name = chain_of(node.func)[-1:] or [""]
        is_query = (isinstance(node.func, ast.Attribute) and name[0] in ORM_METHODS) or name[0] == "Q"
        if not is_query or (module.name, getattr(function, "name", "")) in COLUMNS_FROM_CODE:
            continue
        for keyword in node.keywords:
            if keyword.arg is None and not has_literal_keys(keyword.value, function):
                yield f"{node.lineno} unpacks {ast.unparse(keyword.value)[:60]} into {name[0]}()"


def calls_with_function(tree: ast.Module) -> Iterator[tuple[ast.AST, ast.Call]]:
    """Each call with the innermost function around it."""

    def walk(node: ast.AST, function: ast.AST) -> Iterator[tuple[ast.AST, ast.Call]]:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.Call):
                yield function, child
            yield from walk(child, child if isinstance(child, ast.FunctionDef) else function)

    return walk(tree, tree)


def has_literal_keys(value: ast.expr, function: ast.AST) -> bool:
    """A literal dictionary, its name, or a choice from one that leaves the keys as they are."""
    if isinstance(value, ast.Dict):
        return all(isinstance(key, ast.Constant) for key in value.keys)
    if isinstance(value, ast.Name):
        assigned = [
            node.value for node in ast.walk(function) if isinstance(node, ast.Assign) and assigns(node, value.id)
        ]
        return bool(assigned) and all(
            isinstance(each, ast.Dict) and has_literal_keys(each, function) for each in assigned
        )
    if isinstance(value, ast.DictComp):
        source = value.generators[0].iter
        keeps_keys = isinstance(value.key, ast.Name) and ast.unparse(source).endswith(".items()")
        target = value.generators[0].target
        is_same = isinstance(target, ast.Tuple) and ast.unparse(target.elts[0]) == ast.unparse(value.key)
        root = source.func.value if isinstance(source, ast.Call) and isinstance(source.func, ast.Attribute) else source
        return keeps_keys and is_same and has_literal_keys(root, function)
    return False


def assigns(node: ast.Assign, name: str) -> bool:
    return any(isinstance(target, ast.Name) and target.id == name for target in node.targets)


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
    """`yaml.load(text, Loader)` with a safe loader of YAML, or a name of this module that stands for one.

    The fast loaders are not in every build of PyYAML: `getattr(yaml, "CSafeLoader", yaml.SafeLoader)`.
    """
    loaders = {"yaml.SafeLoader", "yaml.CSafeLoader", "yaml.BaseLoader"}
    fast = {f"getattr(yaml, 'C{name}', yaml.{name})" for name in ("SafeLoader", "BaseLoader")}
    for each in ast.walk(module.tree):
        if isinstance(each, ast.ClassDef) and any(chain_of(base)[-1:] == ["SafeLoader"] for base in each.bases):
            loaders.add(each.name)
        elif isinstance(each, ast.Assign) and ast.unparse(each.value) in fast:
            loaders |= {ast.unparse(target) for target in each.targets}
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

    def test_let_no_page_put_sql_together(self) -> None:
        assert not {name for name in ASSEMBLING_MODULES if name.partition(".")[0] in {"console", "api", "public"}}

    @pytest.mark.parametrize(
        "line",
        [
            "Customer.objects.filter(**asked)",
            "Q(**{key: 1})",
            "q.annotate(**columns)",
            "q.filter(**{key: value for key, value in request.GET.items()})",
            "wanted = dict(request.GET)\nq.filter(**wanted)",
        ],
    )
    def test_find_a_planted_unpacking(self, line: str) -> None:
        assert list(unpacked_filters(planted("console.planted", line)))

    def test_let_a_choice_of_literal_keys_pass(self) -> None:
        text = "wanted = {'name': a}\nq.filter(**{key: value for key, value in wanted.items() if value})"

        assert not list(unpacked_filters(planted("api.planted", text)))

    @pytest.mark.parametrize("line", ["import pickle", "from marshal import loads", "yaml.load(x)", "eval('1')"])
    def test_find_a_planted_danger(self, line: str) -> None:
        assert list(dangerous_calls(planted("intake.planted", line)))

    def test_find_a_planted_safe_text(self) -> None:
        assert list(safe_text(planted("console.pages", "from django.utils.safestring import mark_safe")))
        assert unsafe_template_lines("<p>{{ note.text|safe }}</p>") == [1]
