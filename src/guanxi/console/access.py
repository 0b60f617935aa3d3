"""Who may open which page: every view carries one entry, and a view without one opens for nobody (RS-14).

How to add a page:

1.  Write the view in its page module and give it an entry by decorator::

        @page(right=Right.SEE)                                  # GET and HEAD
        @page(right=Right.SEE, post=Right.EDIT_CUSTOMERS)       # the same page takes a form
        @act(right=Right.SEND)                                  # POST only: a button
        @page(right=SIGNED_IN)                                  # everybody who works here
        @act(right=Right.MANAGE_STAFF) over @delicate           # asks for the password once more

    `scoped=True` says that the path names a row which belongs to somebody: the view must fetch it through
    `for_user(request.user)` and answer 404 for a foreign one (RS-15). The matrix test opens such a path with a
    foreign row. Check everything before the first write: a refusal leaves the database as it was (RS-16).
2.  Name it in the page module's own `urlpatterns` and list that module in console/urls.py. Path parameters are
    `<int:customer_id>`, `<int:contact_id>`, `<int:order_id>`, `<int:message_id>` … so that the matrix test
    (tests/doors/console/test_access_matrix.py) can fill them in; a new parameter needs a line in its table.
3.  Extend the base template::

        {% extends "console/base.html" %}{% load i18n guanxi %}
        {% block title %}…{% endblock %}      in the window's title and as the headline
        {% block pretitle %}…{% endblock %}   small line above it: where one is
        {% block actions %}…{% endblock %}    buttons on the right of the headline
        {% block content %}…{% endblock %}    rows and cards

    A page of the navigation needs an item in console/frame.py. The template tags are documented in
    templatetags/guanxi.py: icon, moment, clock_there, money, share, tier_chip, pager, chart.
4.  Parts that htmx swaps are templates of their own, named `_part.html` beside their page.

Views of the other doors (public links, API) guard themselves by signed tokens and keys; the matrix test lists them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar
from urllib.parse import urlencode

from allauth.account.decorators import reauthentication_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseNotAllowed, HttpResponseRedirect
from django.urls import reverse
from django.utils import translation

from guanxi.firm import queries as firm_queries
from guanxi.firm.models import Firm
from guanxi.staff.models import User
from guanxi.staff.roles import Right

SIGNED_IN = None
READ_METHODS = ("GET", "HEAD")
OTHER_DOORS = ("/p/", "/api/", "/v1/", "/healthz", "/static/")

View = TypeVar("View", bound=Callable[..., HttpResponseBase])


@dataclass(frozen=True, slots=True)
class Access:
    """The entry of one view. `get` and `post` are the rights needed; a method not in `methods` is answered 405.

    `is_open` needs no sign-in, `before_set_up` opens also while the firm is not described yet.
    """

    methods: tuple[str, ...]
    get: Right | None = SIGNED_IN
    post: Right | None = SIGNED_IN
    scoped: bool = False
    is_open: bool = False
    before_set_up: bool = False

    def right_for(self, method: str) -> Right | None:
        return self.get if method in READ_METHODS else self.post


NO_POST = object()


def page(
    *, right: Right | None, post: Any = NO_POST, scoped: bool = False, before_set_up: bool = False
) -> Callable[[View], View]:
    """A page to read with `right`; with `post` (a right, or SIGNED_IN) it takes a form too, which needs both."""
    methods = READ_METHODS if post is NO_POST else (*READ_METHODS, "POST")
    needed = right if post is NO_POST else post
    return _entry(Access(methods, get=right, post=needed, scoped=scoped, before_set_up=before_set_up))


def act(*, right: Right | None, scoped: bool = False) -> Callable[[View], View]:
    """A button: POST only."""
    return _entry(Access(("POST",), get=right, post=right, scoped=scoped))


def delicate(view: View) -> View:
    """Put below @act: the password is asked for first, unless that was lately (sign_in.FRESH_SECONDS, RE-20)."""
    guarded: View = reauthentication_required(view)
    return guarded


def open_page(*, takes_form: bool = False, before_set_up: bool = False) -> Callable[[View], View]:
    """A page without sign-in (invitation, set-up link, language)."""
    methods = (*READ_METHODS, "POST") if takes_form else READ_METHODS
    return _entry(Access(methods, is_open=True, before_set_up=before_set_up))


def _entry(access: Access) -> Callable[[View], View]:
    def give(view: View) -> View:
        view.access = access  # type: ignore[attr-defined]
        return view

    return give


_FORM = (*READ_METHODS, "POST")
# Views of django-allauth, which cannot carry a decorator; every other address of it is not mounted at all.
ALLAUTH: dict[str, Access] = {
    "account_login": Access(_FORM, is_open=True, before_set_up=True),
    "account_logout": Access(_FORM, before_set_up=True),
    "account_inactive": Access(READ_METHODS, is_open=True),
    "account_reauthenticate": Access(_FORM),
    "account_change_password": Access(_FORM),
    "account_reset_password": Access(_FORM, is_open=True),
    "account_reset_password_done": Access(READ_METHODS, is_open=True),
    "account_reset_password_from_key": Access(_FORM, is_open=True),
    "account_reset_password_from_key_done": Access(READ_METHODS, is_open=True),
    "mfa_authenticate": Access(_FORM, is_open=True),  # between password and code nobody is signed in yet
    "mfa_reauthenticate": Access(_FORM),
    "mfa_index": Access(READ_METHODS),
    "mfa_activate_totp": Access(_FORM),
    "mfa_deactivate_totp": Access(_FORM),
    "mfa_view_recovery_codes": Access(READ_METHODS),
    "mfa_generate_recovery_codes": Access(_FORM),
    "mfa_download_recovery_codes": Access(READ_METHODS),
}


def entry_of(view: Callable[..., Any], name: str | None) -> Access | None:
    """The entry of a view, or None: then it opens for nobody."""
    return getattr(view, "access", None) or ALLAUTH.get(name or "")


class AccessMiddleware:
    """Refuses what has no entry, asks for sign-in, checks method and right, and leads to set-up until it is done."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if not request.path_info.startswith(OTHER_DOORS):
            # PostgreSQL takes no NUL in a text.
            request.META["QUERY_STRING"] = request.META.get("QUERY_STRING", "").replace("%00", "")
            speak_to(request)
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., Any], args: Any, kwargs: dict[str, Any]
    ) -> HttpResponseBase | None:
        if request.path_info.startswith(OTHER_DOORS):
            return None
        match = request.resolver_match
        entry = entry_of(view, match.url_name if match else None)
        if entry is None:
            raise PermissionDenied
        return _to_set_up(request, entry) or _refusal(request, entry)


def firm_of(request: HttpRequest) -> Firm:
    """The firm's row, read once per request."""
    if not hasattr(request, "_firm"):
        request._firm = firm_queries.the_firm()  # type: ignore[attr-defined]
    firm: Firm = request._firm  # type: ignore[attr-defined]
    return firm


def _to_set_up(request: HttpRequest, entry: Access) -> HttpResponse | None:
    """Signing in stays possible, so that an interrupted set-up can be finished."""
    if entry.before_set_up or firm_of(request).set_up_at:
        return None
    return HttpResponseRedirect(reverse("set_up"))


def _refusal(request: HttpRequest, entry: Access) -> HttpResponse | None:
    """None when the view may run; raises PermissionDenied when the role lacks the right."""
    method = request.method or ""
    if not entry.is_open:
        if not request.user.is_authenticated:
            return to_sign_in(request)
        for right in (entry.get, entry.right_for(method)):
            if right is not SIGNED_IN and not request.user.may(right):
                raise PermissionDenied
    return None if method in entry.methods else HttpResponseNotAllowed(entry.methods)


def member_of(request: HttpRequest) -> User:
    """Who is signed in; only for views that the middleware opens to members."""
    user = request.user
    if not isinstance(user, User):
        raise PermissionDenied
    return user


def to_sign_in(request: HttpRequest) -> HttpResponse:
    """To the sign-in page and back afterwards; for a part that htmx fetched, the whole page goes there."""
    back = request.get_full_path() if request.method in READ_METHODS else "/"
    address = reverse("account_login")
    if back != "/" and "HX-Request" not in request.headers:
        address += "?" + urlencode({"next": back})
    if "HX-Request" in request.headers:
        return HttpResponse(status=401, headers={"HX-Redirect": address})
    return HttpResponseRedirect(address)


def speak_to(request: HttpRequest) -> None:
    """The member of staff's own language, else the firm's; before sign-in what cookie or browser ask for."""
    user = request.user
    if not isinstance(user, User):
        return
    language = user.language or firm_of(request).language
    if translation.check_for_language(language):
        translation.activate(language)
        request.LANGUAGE_CODE = translation.get_language()
