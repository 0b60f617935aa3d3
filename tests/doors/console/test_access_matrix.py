"""Every address × method × role × own and foreign row (RS-14), and no trace of what was refused (RS-16)."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache as cache_of
from itertools import product
from typing import Any

import pytest
from django.apps import apps
from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.core import serializers
from django.core.cache import cache
from django.core.exceptions import PermissionDenied
from django.db import connection, transaction
from django.http import HttpResponse
from django.test import Client, RequestFactory
from django.urls import resolve, reverse

from guanxi.console.access import Access, AccessMiddleware
from guanxi.staff.models import User
from guanxi.staff.roles import ROLES, Right
from tests import cast
from tests.doors.console.access_world import GUARDS, Route, World, all_routes, build_world

METHODS = ("GET", "HEAD", "POST", "PUT", "DELETE")
ANONYMOUS = "anonymous"
OURS = [route for route in all_routes() if route.is_ours]
THEIRS = [route for route in all_routes() if not route.is_ours]
# Open to the role, yet there may be nothing to show: set-up is over, the link invented, no second factor, file, photo.
MAY_BE_MISSING = {
    "set_up", "set_up_owner", "set_up_firm", "set_up_sender", "set_up_finish", "join", "mfa_deactivate_totp",
    "mfa_view_recovery_codes", "mfa_download_recovery_codes", "drawer_mail", "drawer_html", "drawer_source",
    "import_rejects", "duplicates_merge", "duplicates_apart", "tier_scheme_draft", "segment_remove", "segment_edit",
    "export_file", "claim_file", "rehearsal_file", "order_picture", "order_paper", "my_day_document",
    "contact_evidence", "order_paper_remove",
    "journey_build_publish", "journey_build_discard",
}  # fmt: skip
SESSION = "django_session"
WRITING = ("INSERT", "UPDATE", "DELETE", "REPLACE", "CREATE", "DROP", "ALTER", "TRUNCATE")


@pytest.fixture(autouse=True)
def _hush(caplog: pytest.LogCaptureFixture) -> None:
    """Thousands of refusals are meant, and would fill the report of a failure."""
    caplog.set_level(logging.CRITICAL, logger="django.request")


@pytest.fixture
def world(staff: dict[str, User]) -> World:
    colleague = cast.a_member_of_staff("sales", email="colleague@ningbo-firm.example")
    return build_world(owner=staff["sales"], colleague=colleague, admin=staff["owner"])


class Visitor:
    """A client that begins each request with the same session and forgets what the request changed."""

    def __init__(self, user: User | None) -> None:
        self.client = Client(raise_request_exception=False)
        if user:
            self.client.force_login(user)
        self.cookies = {name: morsel.value for name, morsel in self.client.cookies.items()}

    def ask(self, method: str, address: str) -> tuple[int, list[str]]:
        """The status, and the writing statements that were run on the way to it."""
        self.client.cookies.clear()
        self.client.cookies.load(self.cookies)
        cache.clear()
        with transaction.atomic(), noted_writes() as writes:
            status = self.client.generic(method, address).status_code
            transaction.set_rollback(True)
        return status, writes


@contextmanager
def noted_writes() -> Iterator[list[str]]:
    writes: list[str] = []

    def note(execute: Any, sql: str, *rest: Any) -> Any:
        if sql.lstrip().upper().startswith(WRITING):
            writes.append(sql)
        return execute(sql, *rest)

    with connection.execute_wrapper(note):
        yield writes


def dump() -> str:
    """Every row of every table, but the sessions."""
    models = [model for model in apps.get_models() if model._meta.label != "sessions.Session"]
    rows = [row for model in models for row in model._base_manager.order_by("pk")]
    return serializers.serialize("json", rows)


def verdict(entry: Access, role: str, method: str, *, is_foreign: bool) -> str:
    """What the answer must be: sign-in, forbidden, no method, missing or open."""
    if not entry.is_open:
        if role == ANONYMOUS:
            return "sign-in"
        needed = {right for right in (entry.get, entry.right_for(method)) if right is not None}
        if not needed <= ROLES[role]:
            return "forbidden"
    if method not in entry.methods:
        return "no method"
    if is_foreign and entry.scoped and Right.SEE_ALL not in ROLES.get(role, frozenset()):
        return "missing"
    return "open"


def is_as_expected(route: Route, expected: str, status: int) -> bool:
    if expected == "open":
        return status < 500 and status not in {403, 405} and (status != 404 or route.name in MAY_BE_MISSING)
    return status == {"sign-in": 302, "forbidden": 403, "no method": 405, "missing": 404}[expected]


class TestEveryRoute:
    @pytest.mark.parametrize("route", OURS, ids=lambda route: route.name or route.pattern)
    def test_of_the_console_has_a_name_and_an_entry(self, route: Route) -> None:
        assert route.name
        assert route.entry is not None, f"{route.path} has no entry: give its view @page, @act or @open_page"

    def test_of_the_other_doors_is_listed_with_its_guard(self) -> None:
        missing = [route.path for route in THEIRS if route.name not in GUARDS]

        assert not missing, "add them to GUARDS in access_world.py"

    def test_is_called_by_one_name_only(self) -> None:
        names = [route.name for route in OURS]

        assert sorted(names) == sorted(set(names))


# The preview of an undo carries it out and rolls it back: it tells exactly what would happen.
ROLLED_BACK = {"import_undo"}


def methods_for(role: str, route: Route) -> tuple[str, ...]:
    """Every method for the two who may do most and least; for the others what the page takes at all.

    Where HEAD is taken it is the same view as GET.
    """
    if role == ANONYMOUS or route.entry is None:
        return METHODS
    if role == "owner":
        return tuple(method for method in METHODS if method != "HEAD" or method not in route.entry.methods)
    return tuple(method for method in METHODS if method in route.entry.methods and method != "HEAD")


@pytest.fixture
def no_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    """Work handed to a thread would meet the test's own open transaction."""
    monkeypatch.setattr("guanxi.console.export_pages.in_background", lambda task: None)
    monkeypatch.setattr("guanxi.console.rehearsal_pages.in_background", lambda task: None)


# Pages are shown whole to who may do most and to who sees his own only; `make test-long` shows them to everybody.
SHOWN = [("owner", "own"), ("sales", "own"), ("sales", "foreign")]


view_at = cache_of(resolve)  # among hundreds of patterns, for every role and method


class Caller:
    """Asks at the threshold only: whoever is let in gets an empty answer instead of the page."""

    def __init__(self, user: User | None) -> None:
        self.user = user or AnonymousUser()
        self.middleware = AccessMiddleware(lambda request: HttpResponse(status=204))

    def ask(self, method: str, address: str) -> tuple[int, list[str]]:
        request = RequestFactory().generic(method, address)
        match = view_at(address)
        request.user, request.resolver_match = self.user, match
        with noted_writes() as writes:
            try:
                refusal = self.middleware.process_view(request, match.func, match.args, match.kwargs)
            except PermissionDenied:
                return 403, writes
        return refusal.status_code if refusal else 204, writes


@pytest.mark.django_db
@pytest.mark.usefixtures("no_threads")
class TestTheMatrix:
    @pytest.mark.parametrize(("role", "whose"), SHOWN)
    def test_holds_for(self, role: str, whose: str, staff: dict[str, User], world: World) -> None:
        visitor, before = Visitor(staff[role]), dump()
        self.hold_for(role, whose, visitor, world)

        assert dump() == before

    @pytest.mark.long
    @pytest.mark.parametrize(
        ("role", "whose"), [pair for pair in product([*ROLES, ANONYMOUS], ["own", "foreign"]) if pair not in SHOWN]
    )
    def test_holds_inside_for(self, role: str, whose: str, staff: dict[str, User], world: World) -> None:
        visitor, before = Visitor(staff.get(role)), dump()
        self.hold_for(role, whose, visitor, world)

        assert dump() == before

    def test_holds_at_the_threshold_for_everybody_else(self, staff: dict[str, User], world: World) -> None:
        before = dump()
        for role in [*ROLES, ANONYMOUS]:
            if (role, "own") not in SHOWN:
                self.hold_for(role, "own", Caller(staff.get(role)), world)

        assert dump() == before

    def hold_for(self, role: str, whose: str, visitor: Visitor | Caller, world: World) -> None:
        wrong, wrote, changed = [], [], list[str]()
        for route in OURS:
            if route.entry is None or (whose == "foreign" and not route.entry.scoped):
                continue
            address = reverse(route.name, kwargs=world.arguments(route, foreign=whose == "foreign"))
            for method in methods_for(role, route):
                expected = verdict(route.entry, role, method, is_foreign=whose == "foreign")
                status, writes = visitor.ask(method, address)
                if not is_as_expected(route, expected, status):
                    wrong.append(f"{role}: {method} {route.path}: {status}, expected {expected}")
                if method in {"GET", "HEAD"} and route.name not in ROLLED_BACK:
                    changed += [f"{role}: {method} {route.path}: {sql[:80]}" for sql in writes if SESSION not in sql]
                if status in {403, 404, 405} and writes:
                    wrote.append(f"{role}: {method} {route.path}: {status} after {writes[0][:80]}")

        assert not wrong, "\n".join(wrong)
        assert not wrote, "written before it was refused:\n" + "\n".join(wrote)
        assert not changed, "GET and HEAD are safe (RS-31):\n" + "\n".join(changed)

    def test_a_view_without_an_entry_opens_for_nobody(self, staff: dict[str, User], monkeypatch: Any) -> None:
        from guanxi.console import my_account

        monkeypatch.delattr(my_account.profile, "access")

        status, _writes = Visitor(staff["owner"]).ask("GET", reverse("profile"))

        assert status == 403

    def test_no_page_takes_a_form_without_its_token(self, staff: dict[str, User], world: World) -> None:
        """CSRF on every unsafe method (RS-38)."""
        client = Client(enforce_csrf_checks=True)
        client.force_login(staff["owner"])
        before = dump()

        taken = []
        for route in OURS:
            if route.entry and "POST" in route.entry.methods:
                address = reverse(route.name, kwargs=world.arguments(route, foreign=False))
                if client.post(address).status_code != 403:
                    taken.append(route.path)

        assert not taken
        assert dump() == before


@pytest.mark.django_db
class TestTheOtherDoors:
    def test_refuse_strangers_without_a_trace(self, world: World) -> None:
        """No key, an invented key, an invented signature: nothing is told, nothing is written (RS-19)."""
        visitor, before = Visitor(None), dump()

        wrong = []
        for route, method in product(THEIRS, METHODS):
            address = reverse(route.name, kwargs=dict.fromkeys(route.parameters, "1"))
            status, writes = visitor.ask(method, address)
            allowed = {
                "token": {401, 405, 404},
                "signed": {200, 302, 400, 404, 405},
                "open": {200, 302, 405, 503},
            }[GUARDS.get(route.name, "token")]
            if status not in allowed or writes:
                wrong.append(f"{method} {route.path}: {status} {writes[:1]}")

        assert not wrong, "\n".join(wrong)
        assert dump() == before


@pytest.mark.django_db
@pytest.mark.usefixtures("nothing_set_up")
class TestBeforeSetUp:
    def test_every_page_leads_to_it(self) -> None:
        for route in OURS:
            if route.entry and not route.entry.before_set_up and not route.parameters:
                answer = Client().get(reverse(route.name))
                assert (answer.status_code, answer["Location"]) == (302, "/set-up/"), route.path


def test_the_middleware_stands_at_the_end() -> None:
    assert settings.MIDDLEWARE[-1] == "guanxi.console.access.AccessMiddleware"
