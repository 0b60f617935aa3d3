"""A row is written only in its own room; others read it, or call an action (house B3.7)."""

from __future__ import annotations

import ast
from collections.abc import Iterator

import pytest
from django.apps import apps

from tests.house.source import DOORS, Module, breaches, chain_of, planted

MANAGER_WRITES = {
    "create", "acreate", "bulk_create", "bulk_update", "update", "aupdate", "delete", "adelete", "get_or_create",
    "update_or_create", "create_user", "set_password",
}  # fmt: skip
ROW_WRITES = {"save", "asave", "delete", "adelete"}
RELATION_WRITES = {
    "create",
    "bulk_create",
    "update",
    "delete",
    "get_or_create",
    "update_or_create",
    "add",
    "set",
    "clear",
}
# Not rows of a room: forms, sessions and files have `save` too.
NOT_ROWS = {"form", "formset", "session", "storage", "default_storage", "file", "workbook", "image"}


# Benches fill workspaces of their own with rows they make up.
MAKING_UP = "cli.benches."


def foreign_writes(module: Module) -> Iterator[str]:
    """Every call that writes a row of another room, as far as names and annotations tell."""
    if module.name.startswith(MAKING_UP):
        return
    models = foreign_models(module)
    relations = foreign_relations(module.room)
    for scope in scopes(module.tree):
        rows = foreign_rows(scope, models)
        for node in own_nodes(scope):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                reason = verdict(node.func, module.room, models, relations, rows)
                if reason:
                    yield f"{node.lineno} {reason}: {ast.unparse(node.func)}"


def verdict(call: ast.Attribute, room: str, models: set[str], relations: set[str], rows: set[str]) -> str:
    """Why this call writes into another room, or nothing."""
    chain = chain_of(call)
    verb, before = call.attr, chain[:-1]
    if verb in MANAGER_WRITES and names_model(before, models):
        return "writes another room's table"
    if verb in RELATION_WRITES and before[:1] != ["self"] and relations.intersection(before[1:]):
        return "writes another room's table through a relation"
    if verb in ROW_WRITES and len(before) == 1 and before[0] in rows:
        return "writes another room's row"
    if verb in ROW_WRITES and room in DOORS and before and before[-1] not in NOT_ROWS:
        return "writes a row in a door"
    return ""


def names_model(chain: list[str], models: set[str]) -> bool:
    """`Customer.objects…` or `ledger_models.Customer.objects…`."""
    return bool(chain) and (chain[0] in models or any(f"{chain[0]}.{name}" in models for name in chain[1:2]))


def foreign_models(module: Module) -> set[str]:
    """The names under which this module knows models of other rooms: `Customer`, `ledger_models.Customer`."""
    names: set[str] = set()
    for node in ast.walk(module.tree):
        if isinstance(node, ast.ImportFrom) and node.module and is_foreign(node.module, module.room):
            room = node.module.split(".")[1] if "." in node.module else ""
            for each in node.names:
                if node.module.endswith(".models"):
                    names.add(each.asname or each.name)
                elif each.name == "models":
                    names |= {f"{each.asname or each.name}.{model}" for model in model_names(room)}
    return names


def is_foreign(module: str, room: str) -> bool:
    return module.startswith("guanxi.") and module.split(".")[1] != room


def model_names(room: str) -> set[str]:
    return {model.__name__ for model in apps.get_models() if model.__module__ == f"guanxi.{room}.models"}


def foreign_relations(room: str) -> set[str]:
    """Reverse names such as `contacts` that lead to tables of other rooms, and to none of this room's own."""
    found, own = set(), set()
    for model in apps.get_models():
        if not model.__module__.startswith("guanxi."):
            continue
        for field in model._meta.get_fields():
            name = getattr(getattr(field, "remote_field", None), "related_name", None)
            if name and name != "+" and field.concrete:
                (own if model.__module__.split(".")[1] == room else found).add(name)
    return found - own


def scopes(tree: ast.Module) -> Iterator[ast.AST]:
    yield tree
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def own_nodes(scope: ast.AST) -> Iterator[ast.AST]:
    """The nodes of this function (or of the module's top), without those of functions inside it."""
    stack = list(ast.iter_child_nodes(scope))
    while stack:
        node = stack.pop()
        yield node
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            stack.extend(ast.iter_child_nodes(node))


def foreign_rows(scope: ast.AST, models: set[str]) -> set[str]:
    """Names in this function that hold rows of other rooms: annotated so, or taken from another room's manager."""
    rows: set[str] = set()
    if isinstance(scope, ast.FunctionDef | ast.AsyncFunctionDef):
        arguments = [*scope.args.args, *scope.args.kwonlyargs]
        rows |= {each.arg for each in arguments if each.annotation and mentions(each.annotation, models)}
    for node in own_nodes(scope):
        if isinstance(node, ast.Assign) and comes_from(node.value, models):
            rows |= {target.id for target in node.targets if isinstance(target, ast.Name)}
        elif (
            isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and mentions(node.annotation, models)
        ) or (isinstance(node, ast.For) and isinstance(node.target, ast.Name) and comes_from(node.iter, models)):
            rows.add(node.target.id)
    return rows


def mentions(annotation: ast.expr, models: set[str]) -> bool:
    names = {ast.unparse(node) for node in ast.walk(annotation) if isinstance(node, ast.Name | ast.Attribute)}
    return bool(names & models)


def comes_from(value: ast.expr, models: set[str]) -> bool:
    return any(
        names_model(chain_of(node), models) for node in ast.walk(value) if isinstance(node, ast.Attribute | ast.Call)
    )


class TestWrites:
    def test_stay_home(self) -> None:
        assert breaches(foreign_writes) == []

    @pytest.mark.parametrize(
        "text",
        [
            "from guanxi.ledger.models import Customer\nCustomer.objects.create(name='x')",
            "from guanxi.ledger.models import Customer\nCustomer.objects.filter(pk=1).update(name='x')",
            "from guanxi.ledger import models as ledger_models\nledger_models.Customer.objects.create(name='x')",
            "from guanxi.ledger.models import Contact\ndef f(contact: Contact):\n    contact.save()",
            "from guanxi.ledger.models import Contact\ndef f():\n    c = Contact.objects.first()\n    c.delete()",
            "from guanxi.ledger.models import Order\ndef f():\n    for o in Order.objects.all():\n        o.save()",
            "def f(customer):\n    customer.orders.filter(number='1').delete()",
            "def f(contact):\n    contact.permissions.create(purpose='marketing')",
        ],
    )
    def test_a_planted_foreign_write_is_found(self, text: str) -> None:
        assert list(foreign_writes(planted("journeys.planted", text)))

    @pytest.mark.parametrize(
        "text",
        [
            "from guanxi.ledger.models import Customer\nx = Customer.objects.filter(name='x').count()",
            "from guanxi.journeys.models import Journey\nJourney.objects.create(key='x')",
            "def f(facts, more):\n    facts.update(more)",
        ],
    )
    def test_reading_and_writing_at_home_are_fine(self, text: str) -> None:
        assert not list(foreign_writes(planted("journeys.planted", text)))

    def test_a_door_writes_nothing(self) -> None:
        assert list(foreign_writes(planted("console.planted", "def f(request):\n    request.user.save()")))
        assert not list(foreign_writes(planted("console.planted", "def f(form):\n    form.save()")))
