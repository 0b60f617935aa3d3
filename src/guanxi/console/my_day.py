"""My day: what lies on the reader's desk, or on a colleague's, and what lies on nobody's."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import URLPattern, path
from django.utils.functional import Promise as LazyText
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from guanxi.care.treatments import policy
from guanxi.console.access import act, member_of, page
from guanxi.console.file_answers import file_answer
from guanxi.console.parts import is_part, number_in, say_errors
from guanxi.console.reaching_pages import NamedWay, ways_to
from guanxi.desk import actions as desk_actions
from guanxi.desk import queries as desk_queries
from guanxi.desk.clocks import warning_at
from guanxi.desk.models import Task
from guanxi.firm import queries as firm_queries
from guanxi.kernel import clock
from guanxi.kernel.titles import in_language
from guanxi.ledger import queries as ledger_queries
from guanxi.ledger.models import Contact
from guanxi.papers.models import Document
from guanxi.staff import queries as staff_queries
from guanxi.staff.models import User
from guanxi.staff.roles import Right

WHEN = forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")
UNOWNED_SHOWN = 50


RESULTS: dict[str, str | LazyText] = {
    "settled": gettext_lazy("settled"),
    "reached": gettext_lazy("spoken to"),
    "not_reached": gettext_lazy("not reached"),
    "declined": gettext_lazy("does not want it"),
    "not_needed": gettext_lazy("no longer needed"),
    "other": gettext_lazy("something else"),
}
ENDED_SHOWN, ENDED_SINCE = 20, timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Line:
    """A task as a row; `title` and `steps` are in the reader's language, `done` counts the ticked lines."""

    task: Task
    title: str
    is_late: bool
    is_pressing: bool
    steps: list[tuple[str, bool]]
    ways: list[NamedWay] = field(default_factory=list)

    @property
    def done(self) -> int:
        return sum(is_done for _text, is_done in self.steps)

    @property
    def result(self) -> str | LazyText:
        return RESULTS.get(self.task.result, "")


class OwnTaskForm(forms.Form):
    """A task that a person writes down."""

    title = forms.CharField(label=gettext_lazy("What is to be done"), max_length=200)
    due_at = forms.DateTimeField(label=gettext_lazy("Until"), widget=WHEN)


class OutcomeForm(forms.Form):
    """What came of it; a reason when it is dropped."""

    outcome = forms.CharField(label=gettext_lazy("Outcome"), required=False, max_length=1_000)
    result = forms.ChoiceField(label=gettext_lazy("Result"), required=False, choices=[("", "—"), *RESULTS.items()])


@page(right=Right.SEE)
def my_day(request: HttpRequest) -> HttpResponse:
    reader, now = member_of(request), clock.utc_now()
    owner = _chosen(request, reader)
    desk = desk_queries.my_day(owner, now=now, end_of_day=end_of_day(now))
    may_see_all = reader.may(Right.SEE_ALL)
    context = {
        "owner": owner,
        "is_own": owner == reader,
        "parts": [
            (_("Overdue"), "bad", lines_of(desk.overdue, now)),
            (_("Today"), "warn", lines_of(desk.today, now)),
            (_("Within a week"), "", lines_of(desk.this_week, now)),
        ],
        "later": desk.later,
        "missed": lines_of(desk_queries.escalated_to(owner)[:UNOWNED_SHOWN], now),
        "ended": lines_of(desk_queries.ended_by(owner, since=now - ENDED_SINCE)[:ENDED_SHOWN], now),
        "results": RESULTS.items(),
        "unowned": lines_of(desk_queries.unowned()[:UNOWNED_SHOWN], now) if may_see_all else [],
        "colleagues": staff_queries.active_members() if may_see_all else [],
        "may_edit": reader.may(Right.EDIT_CUSTOMERS),
    }
    return render(request, "console/desk/my_day.html", context)


@act(right=Right.EDIT_CUSTOMERS, scoped=True)
def finish(request: HttpRequest, task_id: int) -> HttpResponse:
    task, form = _task(request, task_id), OutcomeForm(request.POST)
    if not form.is_valid():
        say_errors(request, form)
        return _back(request, task)
    is_dropped = "drop" in request.POST
    outcome, result = form.cleaned_data["outcome"], form.cleaned_data["result"]
    if is_dropped and not outcome:
        messages.error(request, _("Say why it is dropped; the reason is kept."))
        return _back(request, task)
    try:
        end = desk_actions.drop_task if is_dropped else desk_actions.finish_task
        end(task=task, now=clock.utc_now(), by=member_of(request), outcome=outcome, result=result)
    except desk_actions.AlreadyEnded:
        messages.info(request, _("Somebody has ended this task meanwhile."))
    except desk_actions.NoSuchResult:
        messages.error(request, _("This result does not go with that button; choose another one."))
    else:
        messages.success(request, _("Dropped.") if is_dropped else _("Done."))
    return _back(request, task)


@page(right=Right.SEE, scoped=True)
def task_document(request: HttpRequest, task_id: int) -> HttpResponse:
    """The file that lies with a task."""
    wanted = _task(request, task_id).details.get("document", 0)
    found = get_object_or_404(Document, pk=wanted)
    return file_answer(found.name, found.title)


@act(right=Right.EDIT_CUSTOMERS, scoped=True)
def tick(request: HttpRequest, task_id: int) -> HttpResponse:
    task, line = _task(request, task_id), request.POST.get("line", "")
    number = number_in(line, digits=3, otherwise=-1)
    try:
        desk_actions.tick(task=task, line=number, is_done="done" in request.POST, now=clock.utc_now())
    except desk_actions.NotOnTheList:
        messages.error(request, _("The checklist has no such line; load the page again."))
        return _back(request, task)
    if is_part(request):
        return render(request, "console/desk/_checklist.html", {"line": line_of(task, clock.utc_now())})
    return _back(request, task)


@act(right=Right.EDIT_CUSTOMERS, scoped=True)
def hand_over(request: HttpRequest, task_id: int) -> HttpResponse:
    task, wanted = _task(request, task_id), request.POST.get("owner", "")
    owner = next((each for each in staff_queries.active_members() if str(each.pk) == wanted), None)
    if owner is None:
        messages.error(request, _("Choose who is to take it."))
        return _back(request, task)
    try:
        desk_actions.hand_over(task=task, owner=owner)
    except desk_actions.AlreadyEnded:
        messages.info(request, _("Somebody has ended this task meanwhile."))
    else:
        messages.success(request, _("On the desk of %(name)s now.") % {"name": owner})
    return _back(request, task)


@act(right=Right.EDIT_CUSTOMERS, scoped=True)
def write_task(request: HttpRequest, customer_id: int) -> HttpResponse:
    reader = member_of(request)
    customer = get_object_or_404(ledger_queries.customers_for(reader), pk=customer_id)
    form = OwnTaskForm(request.POST)
    if form.is_valid():
        desk_actions.open_task(customer=customer, by=reader, now=clock.utc_now(), **form.cleaned_data)
        messages.success(request, _("Saved."))
    else:
        say_errors(request, form)
    return redirect("customer", customer_id)


def line_of(task: Task, now: datetime, ways: list[NamedWay] | None = None) -> Line:
    language = get_language() or "en"
    titles = task.details.get("titles", {})
    told = in_language(titles, language) if task.title in titles.values() else task.title
    is_open = task.state == "open"
    return Line(
        task=task,
        title=told or policy().title_of(task.kind, language) or task.kind,
        is_late=is_open and task.due_at < now,
        is_pressing=is_open and warning_at(task.not_before or task.opened_at, task.due_at) <= now <= task.due_at,
        steps=[
            (in_language(each.get("titles", {}), language, each["text"]) or each["text"], bool(each["done_at"]))
            for each in task.checklist
        ],
        ways=ways or [],
    )


def lines_of(tasks: Iterable[Task], now: datetime) -> list[Line]:
    found = list(tasks)
    ids = {task.contact_id for task in found if task.contact_id}
    ways = ways_to(Contact.objects.filter(pk__in=ids), now=now) if ids else {}
    return [line_of(task, now, ways.get(task.contact_id or 0)) for task in found]


def end_of_day(now: datetime) -> datetime:
    """Midnight where the firm works."""
    local = now.astimezone(ZoneInfo(firm_queries.the_firm().time_zone))
    return (local + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)


def _chosen(request: HttpRequest, reader: User) -> User:
    """Whose desk: the reader's, or that of a colleague for those who may see all."""
    wanted = request.GET.get("of", "")
    if not wanted or not reader.may(Right.SEE_ALL):
        return reader
    return next((each for each in staff_queries.active_members() if str(each.pk) == wanted), reader)


def _task(request: HttpRequest, task_id: int) -> Task:
    return get_object_or_404(Task.objects.for_user(member_of(request)).select_related("customer"), pk=task_id)


def _back(request: HttpRequest, task: Task) -> HttpResponseRedirect:
    """To the customer's page when the button stood there."""
    if "customer" in request.POST and task.customer_id:
        return redirect("customer", task.customer_id)
    return redirect("my_day")


urlpatterns: list[URLPattern] = [
    path("my-day/", my_day, name="my_day"),
    path("my-day/<int:task_id>/finish", finish, name="my_day_finish"),
    path("my-day/<int:task_id>/tick", tick, name="my_day_tick"),
    path("my-day/<int:task_id>/document", task_document, name="my_day_document"),
    path("my-day/<int:task_id>/hand-over", hand_over, name="my_day_hand_over"),
    path("customers/<int:customer_id>/tasks", write_task, name="customer_task"),
]
