"""The rows and routes with which the access matrix is walked.

A new path parameter needs a line in `World.arguments`; a new route of the public door or the API a line in GUARDS.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver

from guanxi.campaigns import actions as campaigns_actions
from guanxi.consent import actions as consent_actions
from guanxi.consent import form_editing
from guanxi.consent import requests as consent_requests
from guanxi.consent import topics as consent_topics
from guanxi.consent.models import EvidenceFile
from guanxi.console.access import Access, entry_of
from guanxi.content import actions as content_actions
from guanxi.content.models import Picture, Template
from guanxi.desk.models import Task
from guanxi.inbox import actions as inbox_actions
from guanxi.inbox.models import Arrival
from guanxi.intake.models import ImportRun, Mapping
from guanxi.journeys import actions as journeys_actions
from guanxi.journeys.models import Enrolment, Journey, Version
from guanxi.ledger.models import Contact, Customer, Merge, Note, Order
from guanxi.offers import actions as offers_actions
from guanxi.outbox.models import Message, Sender
from guanxi.papers import actions as papers_actions
from guanxi.pipeline.models import Export, RehearsalRun
from guanxi.privacy import incidents
from guanxi.recommendations import actions as recommendations_actions
from guanxi.segments import actions as segments_actions
from guanxi.staff import actions as staff_actions
from guanxi.staff.models import Invitation, User
from guanxi.tiering import actions as tiering_actions
from guanxi.tiering.models import Review, Scheme, Standing
from guanxi.tracking import sites
from guanxi.webhooks import actions as webhooks_actions
from tests import cast

# How the routes of the other doors are guarded: `token` wants a key of a machine, `signed` a signed link,
# a signed report or the name of something that exists, `open` answers everybody.
GUARDS: dict[str, str] = {
    **dict.fromkeys(["healthz", "api:openapi-json", "api:openapi-view", "public:shop-script"], "open"),
    **dict.fromkeys(
        [
            "api:list_standings", "api:set_standing", "api:list_standing_changes", "api:list_reviews",
            "api:list_proposals", "api:decide_proposal",
            "api:list_segments", "api:create_segment", "api:count_rule", "api:list_segment_fields",
            "api:segment_schema", "api:get_segment", "api:list_members", "api:add_members", "api:get_audience",
            "api:list_customer_segments", "api:list_contact_segments",
            "api:list_schemes", "api:get_tier_table", "api:get_customer_tiers",
            "api:api-root", "api:list_customers", "api:create_customer", "api:get_customer", "api:update_customer",
            "api:list_contacts", "api:create_contact", "api:get_contact", "api:update_contact",
            "api:list_permissions", "api:record_permission", "api:list_messages", "api:read_message", "api:list_orders",
            "api:create_order", "api:get_order", "api:set_stage", "api:list_events", "api:report_event",
            "api:behaviour", "api:interested", "api:visits_without_order", "api:price_list", "api:letter_answers",
            "api:write_note", "api:report_stock", "api:report_referral", "api:report_material_price",
            "api:market_moves", "api:market_customers",
            "collect-klaviyo", "api:list_tasks", "api:finish_task", "api:care", "api:quote", "api:list_offers",
            "api:create_code", "api:get_code", "api:redeem", "api:list_redemptions",
            "api:recommend", "api:list_refusals", "api:refuse", "api:take_back_refusal", "api:outlook",
            "api:list_at_risk",
            "recommend-to-page", "storefront",
            "collect-identify", "collect-track", "collect-page", "collect-group", "collect-alias", "collect-batch",
        ],
        "token",
    ),
    **dict.fromkeys(
        ["public:letter", "public:pixel", "public:click", "public:trap", "public:share", "public:unsubscribe",
         "public:preferences", "public:progress", "public:photo", "public:farewell", "public:confirm", "public:data",
         "public:address-change",
         "provider-report", "public:picture", "public:sign-up", "public:document", "public:document_file",
         "public:survey", "public:paper", "public:booking", "public:data-request",
         "public:ordering"],
        "signed",
    ),
}  # fmt: skip


@dataclass(frozen=True)
class Route:
    """One address of the resolver."""

    name: str
    pattern: str
    parameters: tuple[str, ...]
    view: Callable[..., Any]

    @property
    def entry(self) -> Access | None:
        return entry_of(self.view, self.name)

    @property
    def path(self) -> str:
        """The pattern with its parameters, for messages."""
        return f"/{self.pattern} ({self.name})"

    @property
    def is_ours(self) -> bool:
        """Whether it belongs to the console."""
        return not self.pattern.startswith(("p/", "api/", "v1/", "healthz"))


def all_routes() -> list[Route]:
    return list(_routes(get_resolver(), "", ()))


def _routes(resolver: URLResolver, prefix: str, names: tuple[str, ...]) -> Iterator[Route]:
    for each in resolver.url_patterns:
        pattern = prefix + str(each.pattern).removeprefix("^")
        if isinstance(each, URLResolver):
            inner = (*names, each.namespace) if each.namespace else names
            yield from _routes(each, pattern, inner)
        elif isinstance(each, URLPattern):
            parameters = tuple(each.pattern.regex.groupindex)
            yield Route(":".join((*names, each.name or "")), pattern, parameters, each.callback)


@dataclass(frozen=True)
class Rows:
    """What belongs to one member of staff: a customer and everything that hangs on him."""

    customer: Customer
    contact: Contact
    order: Order
    note: Note
    message: Message
    enrolment: Enrolment
    merge: Merge
    task: Task
    standing: Standing


@dataclass(frozen=True)
class World:
    """`own` are rows of the salesman, `foreign` those of a colleague."""

    own: Rows
    foreign: Rows
    shared: dict[str, Any]

    def arguments(self, route: Route, *, foreign: bool) -> dict[str, Any]:
        """A value for each path parameter; raises KeyError for a parameter that is not known here."""
        rows = self.foreign if foreign else self.own
        values = self.shared | {
            "customer_id": rows.customer.id,
            "contact_id": rows.contact.id,
            "order_id": rows.order.id,
            "note_id": rows.note.id,
            "message_id": rows.message.id,
            "enrolment_id": rows.enrolment.id,
            "standing_id": rows.standing.id,
            "merge_id": rows.merge.id,
            "task_id": rows.task.id,
        }
        return {name: values[name] for name in route.parameters}


def build_world(*, owner: User, colleague: User, admin: User) -> World:
    now = cast.NOW
    tiering_actions.install_presets(now=now)
    content_actions.install_library(now=now)
    journeys_actions.install_library(now=now)
    offers_actions.install_library(now=now)
    template = Template.objects.get(key="j-17.1")
    journey = Journey.objects.get(key="j-17")
    version = journey.live_version or journey.versions.get()
    token, _key = staff_actions.issue_token(actor=admin, name="shop", kind="api", role="analyst", now=now)
    staff_actions.invite(actor=admin, email="chen@firm.example", role="sales", now=now)
    run = ImportRun.objects.create(
        file_name="orders.csv", digest="0" * 64, kind="orders", source="test", started_by=admin, started_at=now
    )
    endpoint, _secret = webhooks_actions.add_endpoint(actor=admin, name="ERP", url="https://erp.example/", now=now)
    delivery = webhooks_actions.ping(actor=admin, endpoint=endpoint, now=now)
    site, _key = sites.add_site(actor=admin, address="https://shop.example", now=now)
    mapping = Mapping.objects.create(name="partner", document={"columns": {"amount": "Betrag"}}, created_at=now)
    segment = segments_actions.make_list(title="Fair", level="customer", now=now)
    campaign = campaigns_actions.draft(
        title="Spring", letters=[campaigns_actions.Choice(template)], by=admin, now=now, changes={"timing": "now"}
    )
    piece = recommendations_actions.save_content(
        key="guide", fields={"kind": "guide", "title": "Guide", "url": "https://firm.example/guide"}, now=now
    )
    picture = Picture.objects.create(
        name="invented-invented.png", sha256="0" * 64, alt="Hall", width=9, height=9, weight=9, uploaded_at=now
    )
    facts = papers_actions.Facts(kind="guide", title="Guide", language="en")
    document = papers_actions.add_document(raw=b"%PDF-1.7 %%EOF", facts=facts, by=admin, now=now)
    Review.objects.create(
        kind="quarter", period_from_on=date(2026, 1, 1), period_until_on=date(2026, 4, 1), opened_at=now
    )
    consent_topics.save_topic(key="lamps", titles={"en": "Lamps"}, now=now)
    text = form_editing.Text("Hear from us", "Yes, write to me.")
    form_editing.save_form(key="news", name="News", texts={"en": text}, now=now)
    suppression = consent_actions.suppress(address="gone@elsewhere.example", reason="staff", now=now)
    asked = consent_requests.open_request(
        contact=cast.a_contact(customer=cast.a_customer(name="Asks"), email="asks@elsewhere.example"), kind="correct",
        via="preferences", now=now,
    )  # fmt: skip
    breach = incidents.open_breach(what="A laptop was lost.", noticed_at=now, actor=admin, now=now)
    box = inbox_actions.save_mailbox(
        mailbox=None, values={"name": "Bounces", "host": "127.0.0.1", "port": 1, "username": "us"}, now=now
    )
    shared = {
        "mailbox_id": box.pk,
        "provider": "postmark",
        "arrival_id": Arrival.objects.create(
            source="test", key="1", kind="reply", state="unmatched", came_at=now, recorded_at=now, expires_at=now
        ).pk,
        "request_id": asked.pk,
        "breach_id": breach.pk,
        "endpoint_id": endpoint.id,
        "delivery_id": delivery.id,
        "site_id": site.id,
        "sender_id": Sender.objects.create(name="Ada Lin", address="ada@ningbo-firm.example").pk,
        "journey_key": journey.key,
        "content_key": piece.key,
        "scheme_name": "rfm-firm",
        "user_id": colleague.id,
        "country": "DE",
        "rule_id": 1,
        "token_id": token.id,
        "invitation_id": Invitation.objects.get().id,
        "run_id": run.id,
        "mapping_id": mapping.id,
        "claim_id": "F-13",
        "rehearsal_id": RehearsalRun.objects.create(
            wishes={"from": "2026-01-01", "to": "2026-01-31", "journeys": [], "assume": [], "text": ""},
            asked_at=now,
            expires_at=now,
        ).id,
        "export_id": Export.objects.create(form="csv", asked_at=now, expires_at=now).id,
        "table": "customers",
        "name": "20260513T080000000000Z-invented.eml",
        "token": "invented",
        "segment_key": segment.key,
        "campaign_id": campaign.id,
        "form_key": "news",
        "topic_key": "lamps",
        "suppression_id": suppression.pk,
        "template_key": template.key,
        "language": "en",
        "picture_id": picture.id,
        "document_id": document.id,
        "paper_id": 1,
        "kind": "marketing",
        "form": "csv",
        "step": "drawing",
        "photo_id": 1,
        "offer_name": "second-order",
        "uidb36": "1",
        "key": "invented",
    }
    make = {"template": template, "journey": journey, "version": version}
    own = _rows("own", owner, **make)
    proof = EvidenceFile.objects.create(
        contact=own.contact, name="card.pdf", media_type="application/pdf", content=b"%PDF-", content_hash="0" * 64,
        added_at=now,
    )  # fmt: skip
    shared["file_id"] = proof.pk
    return World(
        own=own,
        foreign=_rows("foreign", colleague, **make),
        shared=shared,
    )


def _rows(label: str, owner: User, *, template: Template, journey: Journey, version: Version) -> Rows:
    now = cast.NOW
    customer = cast.a_customer(name=f"{label} customer", country="DE", owner=owner)
    contact = cast.a_contact(customer=customer, email=f"{label}@customer.example", full_name=label, is_primary=True)
    order = Order.objects.create(
        customer=customer, source="test", number=label, placed_at=now, currency="USD", amount=Decimal(100),
        created_at=now, updated_at=now,
    )  # fmt: skip
    note = Note.objects.create(customer=customer, author=owner, text=label, happened_at=now, created_at=now)
    message = Message.objects.create(
        idempotency_key=label, contact=contact, customer=customer, template=template, kind="marketing",
        origin_kind="journey", origin_id=str(journey.id), due_at=now, not_before=now, proposed_at=now,
        expires_at=now + timedelta(days=9),
        values={"coupon": {"code": "AUTUMN", "percent": 5, "valid_until": "2026-06-30"}},
    )  # fmt: skip
    enrolment = Enrolment.objects.create(
        version=version, journey=journey, contact=contact, customer=customer, entry_key=label, step="start",
        due_at=now, anchor_at=now, step_since_at=now, entered_at=now,
    )  # fmt: skip
    gone = cast.a_customer(name=f"{label} again", owner=owner, merged_into=customer)
    merge = Merge.objects.create(kept=customer, gone=gone, merged_at=now)
    task = Task.objects.create(
        key=label, kind="own", title=label, customer=customer, owner=owner, due_at=now, opened_at=now,
        checklist=[{"text": "Call", "done_at": None}],
    )  # fmt: skip
    standing = Standing.objects.create(
        customer=customer, scheme=Scheme.objects.get(name="abc-cumulative"), tier="C", since_at=now, reason=label
    )
    return Rows(customer, contact, order, note, message, enrolment, merge, task, standing)
