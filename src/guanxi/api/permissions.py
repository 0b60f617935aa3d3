"""Permissions in and out: what a contact said elsewhere, with the proof that RL-01 asks for; nothing less is taken."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from django.http import HttpRequest
from ninja import Router, Schema, Status
from pydantic import AwareDatetime, Field, IPvAnyAddress, StringConstraints

from guanxi.api import shapes
from guanxi.api.auth import caller_with
from guanxi.api.mistakes import FieldMistake, FieldMistakes
from guanxi.api.records import contact_of
from guanxi.consent import actions as consent_actions
from guanxi.consent import by_hand
from guanxi.consent import queries as consent_queries
from guanxi.consent.channels import CHANNELS, EMAIL
from guanxi.consent.rules import GRANTED, MARKETING, PURPOSES, WITHDRAWN
from guanxi.consent.statements import Proof
from guanxi.kernel import clock
from guanxi.ledger.models import Contact
from guanxi.staff.roles import Right

router = Router(tags=["Permissions"])

ON_A_PAGE = ("form", "double_opt_in", "preferences")
METHODS = (*ON_A_PAGE, *by_hand.METHODS, "import", "one_click", "staff")
# What a yes cannot do without, and what to do about it.
NEEDED = {
    "basis": "Say what it rests on: consent, soft_opt_in, implied or legitimate_interest.",
    "method": f"Say how he said so: {', '.join(METHODS)}.",
    "source": "Say where it was given, such as `checkout of shop.example` or `Canton Fair 2026, stand C14`.",
    "wording": "Send the exact text that he agreed to.",
    "wording_language": "Say in which language he read it, as a BCP 47 tag such as de or zh-Hans.",
    "obtained_at": "Say when he said so, as ISO 8601 with a zone.",
}
NEEDED_ON_A_PAGE = {
    "form_url": "Send the address of the page on which he said so.",
    "ip_address": "Send the network address from which he said so.",
}
NEEDED_CONFIRMED = {"confirmed_at": "Say when the owner of the address confirmed; without that it is no double opt-in."}
NEEDED_TO_END = {"method": NEEDED["method"], "source": "Say where or how he withdrew it."}

Word = Annotated[str, StringConstraints(strip_whitespace=True, max_length=24), shapes.CLEAN]


class PermissionIn(shapes.Incoming):
    purpose: Word
    state: Literal["granted", "withdrawn"] = "granted"
    channel: Word = EMAIL
    basis: Word = ""
    method: Word = ""
    source: shapes.Line = ""
    wording: shapes.Text = ""
    wording_language: shapes.Language = ""
    obtained_at: AwareDatetime | None = None
    expires_at: AwareDatetime | None = None
    form_url: Annotated[str, StringConstraints(max_length=500, pattern=r"^(https?://[^\s\x00]+)?$")] = ""
    form_version: Annotated[int, Field(ge=1, le=1_000_000)] | None = None
    ip_address: IPvAnyAddress | None = None
    user_agent: Annotated[str, StringConstraints(max_length=300), shapes.CLEAN] = ""
    confirmed_at: AwareDatetime | None = None
    historical_import: bool = Field(False, description="History: starts no journey.")


class PermissionOut(Schema):
    id: int
    contact_id: int
    purpose: str
    topic: str
    channel: str
    state: str
    basis: str
    jurisdiction: str
    method: str
    source: str
    wording: str
    wording_language: str
    form_url: str
    obtained_at: datetime
    confirmed_at: datetime | None
    expires_at: datetime | None
    recorded_at: datetime
    record_hash: str


@router.get("/contacts/{contact_id}/permissions", response=list[PermissionOut], summary="What he said, newest first")
def list_permissions(request: HttpRequest, contact_id: shapes.Id) -> Any:
    return consent_queries.history_of(contact_of(caller_with(request, Right.SEE), contact_id).pk)


@router.post("/contacts/{contact_id}/permissions", response={201: PermissionOut}, summary="Record a yes or a no")
def record_permission(request: HttpRequest, contact_id: shapes.Id, body: PermissionIn) -> Any:
    """A yes needs its proof; a no needs where and how, and holds from now on."""
    caller = caller_with(request, Right.EDIT_CUSTOMERS)
    contact, now = contact_of(caller, contact_id), clock.utc_now()
    _check(body, contact, now)
    proof = _proof(body, contact)
    if body.state == WITHDRAWN:
        said = consent_actions.withdraw(
            contact=contact, purpose=body.purpose, proof=proof, now=now, actor=caller, channel=body.channel
        )
    else:
        said = consent_actions.grant(
            contact=contact, purpose=body.purpose, proof=proof, now=now, obtained_at=body.obtained_at,
            expires_at=body.expires_at, actor=caller, historical=body.historical_import, channel=body.channel,
        )  # fmt: skip
    return Status(201, said)


def _check(body: PermissionIn, contact: Contact, now: datetime) -> None:
    if missing := [(field, remedy) for field, remedy in _needed(body).items() if not getattr(body, field)]:
        raise FieldMistakes(missing)
    for field, known in (("purpose", PURPOSES), ("channel", tuple(CHANNELS)), ("method", METHODS)):
        if getattr(body, field) not in known:
            raise FieldMistake(field, f"Write one of {', '.join(known)}.")
    if body.obtained_at and body.obtained_at > now:
        raise FieldMistake("obtained_at", "A permission cannot be from the future; send the moment at which he spoke.")
    if body.state == GRANTED:
        _check_basis(body, contact)


def _needed(body: PermissionIn) -> dict[str, str]:
    if body.state == WITHDRAWN:
        return NEEDED_TO_END
    on_a_page = NEEDED_ON_A_PAGE if body.method in ON_A_PAGE else {}
    return NEEDED | on_a_page | (NEEDED_CONFIRMED if body.method == "double_opt_in" else {})


def _check_basis(body: PermissionIn, contact: Contact) -> None:
    allowed = tuple(by_hand.bases_for(contact.country or contact.customer.country, body.purpose))
    if body.purpose != MARKETING:
        allowed = (*allowed, "contract", "legal_obligation")
    if body.basis not in allowed:
        raise FieldMistake("basis", f"For {body.purpose} to this country it rests on one of {', '.join(allowed)}.")


def _proof(body: PermissionIn, contact: Contact) -> Proof:
    return Proof(
        method=body.method, basis=body.basis or "consent", source=body.source, wording=body.wording,
        wording_language=body.wording_language, jurisdiction=contact.country or contact.customer.country,
        evidence={"door": "api"}, ip_address=str(body.ip_address) if body.ip_address else None,
        user_agent=body.user_agent, form_url=body.form_url, form_version=body.form_version,
        confirmed_at=body.confirmed_at,
    )  # fmt: skip
