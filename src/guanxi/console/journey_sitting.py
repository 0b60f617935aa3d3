"""What is being built, and for whom its dates are shown: shared by the builder and the dry run."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Q
from django.http import Http404, HttpRequest

from guanxi.console.access import member_of
from guanxi.console.journey_facts import Known
from guanxi.console.journey_words import step_title
from guanxi.console.shipped_words import of_language, title_words
from guanxi.journeys import drafts
from guanxi.journeys.editing import History
from guanxi.journeys.graph import Graph, read_graph
from guanxi.journeys.models import Draft, Journey
from guanxi.journeys.reading import GraphError
from guanxi.ledger import queries as ledger_queries
from guanxi.ledger.models import Contact


@dataclass(frozen=True, slots=True)
class Sitting:
    """What is being built: the texts of the draft, or the live version while nothing has been changed."""

    key: str
    history: History
    revision: int
    journey: Journey | None
    draft: Draft | None

    @property
    def text(self) -> str:
        return self.history.text


def sitting_of(key: str) -> Sitting:
    journey = Journey.objects.select_related("live_version").filter(key=key).first()
    draft = Draft.objects.filter(key=key).first()
    if draft is not None:
        return Sitting(key, drafts.history_of(draft), draft.revision, journey, draft)
    if journey is None or journey.live_version is None:
        raise Http404
    return Sitting(key, History((journey.live_version.text,)), 0, journey, None)


def graph_of(text: str) -> tuple[Graph | None, GraphError | None]:
    try:
        return read_graph(text), None
    except GraphError as mistake:
        return None, mistake


def title_of(sitting: Sitting, graph: Graph | None) -> str:
    if graph is not None:
        return of_language(graph.shelf.titles)
    return title_words(sitting.journey.names) if sitting.journey else sitting.key


def known_for(graph: Graph | None, step: str = "") -> Known:
    """What there is to choose from on the card `step`."""
    if graph is None:
        return Known()
    came_by = [name for each in graph.triggers for name in ([each.name] if each.name else sorted(each.occasion.names))]
    known = Known(came_by)
    known.steps = [(name, step_title(each, known)) for name, each in graph.steps.items() if name != step]
    return known


def chosen_contact(request: HttpRequest) -> Contact | None:
    """Whom the dates are shown for: by number, or the first whose name or address fits what was typed."""
    asked = request.GET.get("contact", "") or request.POST.get("contact", "")
    seen = ledger_queries.customers_for(member_of(request))
    rows = Contact.objects.filter(customer__in=seen, email_key__isnull=False).select_related("customer")
    if words := request.GET.get("who", "").strip()[:80]:
        if asked and (kept := rows.filter(pk=int(asked) if asked.isdecimal() else 0).first()) and str(kept) == words:
            return kept
        named = Q(full_name__icontains=words) | Q(email__icontains=words) | Q(customer__name__icontains=words)
        return rows.filter(named).order_by("-is_primary", "pk").first()
    return rows.filter(pk=int(asked)).first() if asked.isdecimal() and len(asked) < 12 else None
