"""What a list of people says of their permissions, and of the addresses that must get no mail (RL-07, RL-10)."""

from __future__ import annotations

import ipaddress
from collections import defaultdict
from collections.abc import Mapping
from datetime import UTC
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from guanxi.consent import actions as consent_actions
from guanxi.consent.channels import CHANNELS, EMAIL, PHONE
from guanxi.consent.rules import MARKETING, MARKETING_BASES, PURPOSES
from guanxi.consent.statements import Proof, Statement
from guanxi.intake.fields import STATE_WORDS
from guanxi.intake.loading import Loading, rows_of

# Foreign reasons for silence by ours; whoever complained or cannot be reached gets no mail at all.
REASONS = {
    "unsubscribed": ("unsubscribed", "marketing"), "unsubscribe": ("unsubscribed", "marketing"),
    "user_suppressed": ("import", "marketing"), "cleaned": ("hard_bounce", "all"), "bounced": ("hard_bounce", "all"),
    "hard_bounce": ("hard_bounce", "all"), "hardbounce": ("hard_bounce", "all"),
    "invalid_email": ("hard_bounce", "all"), "spam_complaint": ("complaint", "all"), "complaint": ("complaint", "all"),
    "blocklisted": ("import", "all"), "blacklisted": ("import", "all"), "suppressed": ("import", "marketing"),
}  # fmt: skip
BASES = frozenset({*MARKETING_BASES, "contract", "legal_obligation"})
BASIS_WORDS = {
    "opt_in": "consent", "explicit_consent": "consent", "express_consent": "consent", "express": "consent",
    "einwilligung": "consent", "同意": "consent", "implied_consent": "implied", "existing_customer": "soft_opt_in",
    "soft_optin": "soft_opt_in", "legitimate_interests": "legitimate_interest", "正当利益": "legitimate_interest",
    "合同": "contract", "vertrag": "contract",
}  # fmt: skip
CHANNEL_WORDS = {
    "mail": EMAIL, "newsletter": EMAIL, "邮件": EMAIL, "telephone": PHONE, "call": PHONE, "电话": PHONE, "text": "sms",
    "textmessage": "sms", "短信": "sms", "weixin": "wechat", "微信": "wechat", "letter": "post", "邮寄": "post",
}  # fmt: skip
NO_SILENCE = frozenset({"", "[]", "no", "false", "0", "none", "never", "enabled", "disabled", "active", "subscribed"})
NO_STATE = (
    "The file says on what basis, but not whether anybody permits mails, so no permission was recorded; add a column "
    "Consent State with granted or withdrawn."
)
ROWS_SHOWN = 10
CELLS = (
    "email", "buyer", "row", "state", "basis", "obtained_at", "obtained_at_offset", "consent_source", "purpose",
    "method", "wording", "ip_address", "channel",
)  # fmt: skip


def load_suppressions(loading: Loading, table: pa.Table) -> None:
    """Addresses that must get no mail, before anything else of them is written."""
    if "suppression" not in table.column_names or "email" not in table.column_names:
        return
    names = [name for name in ("email", "suppression", "suppression_detail") if name in table.column_names]
    named = table.select(names).filter(pc.and_(pc.is_valid(table["email"]), pc.is_valid(table["suppression"])))
    batch = loading.batch
    for rows in rows_of(named):
        for row in rows:
            for word in _words(row["suppression"]):
                reason, scope = REASONS.get(word, ("import", "marketing"))
                detail = row.get("suppression_detail") or ("" if word in REASONS else word)
                consent_actions.suppress(
                    address=row["email"], reason=reason, scope=scope, detail=detail, now=batch.now, batch=batch.id
                )
                loading.tally.others_created += 1
                loading.tally.suppressed += 1


def _words(text: str) -> list[str]:
    """HARD_BOUNCE out of ["HARD_BOUNCE"]; nothing for a word that says that nothing is wrong."""
    words = (word.strip(" []\"'").casefold().replace(" ", "_") for word in text.split(","))
    return [word for word in words if word not in NO_SILENCE]


def load_statements(
    loading: Loading, table: pa.Table, contact_ids: Mapping[str, int], customer_ids: Mapping[str, int]
) -> None:
    """Permissions that stand beside their person. One without time, source or basis proves nothing and is not
    recorded, so that the person gets no advertising (RL-07).
    """
    named = set(table.column_names)
    if {"basis", "consent_source"} <= named and "state" not in named:
        loading.note(NO_STATE)
    if not {"email", "state"} <= named:
        return
    chosen = table.select([name for name in CELLS if name in table.column_names])
    without_time = unproven = 0
    lacking: defaultdict[str, list[int]] = defaultdict(list)
    for rows in rows_of(chosen):
        statements = []
        for row in rows:
            state = STATE_WORDS.get(row["state"] or "", "")
            contact_id, customer_id = contact_ids.get(row["email"] or ""), customer_ids.get(row["buyer"] or "")
            if not state or contact_id is None or customer_id is None or channel_in(row) not in CHANNELS:
                continue
            if state != "withdrawn" and (lacks := _lacks(row)):
                unproven += 1
                for field in lacks:
                    lacking[field].append(row["row"])
                continue
            statement = _statement(loading, row, state, contact_id, customer_id)
            if statement is None:
                without_time += 1
                lacking["obtained_at"].append(row["row"])
            statements += [statement] if statement else []
        loading.tally.others_created += consent_actions.grant_many(
            rows=statements, now=loading.batch.now, batch=loading.batch.id, historical=loading.batch.is_historical
        )
    if unproven:
        loading.note(
            f"{unproven:,} permissions name no source or no legal basis and were not recorded; "
            "such people get no advertising."
        )
    if without_time:
        loading.note(
            f"{without_time:,} permissions name no time at which they were given and were not recorded; "
            "such people get no advertising."
        )
    for field, numbers in lacking.items():
        shown = ", ".join(map(str, numbers[:ROWS_SHOWN])) + (" …" if len(numbers) > ROWS_SHOWN else "")
        heading = loading.plan.mapping.heading_of(field)
        loading.note(f"{heading} is missing or cannot be in rows {shown}; fill it in and import the file again.")


def _lacks(row: Mapping[str, Any]) -> list[str]:
    """What a permission cannot be proven without (RL-07)."""
    return ["basis"] * (basis_in(row) not in BASES) + ["consent_source"] * (not row.get("consent_source"))


def _statement(
    loading: Loading, row: dict[str, Any], state: str, contact_id: int, customer_id: int
) -> Statement | None:
    said_at = loading.moment(row, "obtained_at")
    if said_at is None and state == "withdrawn":
        said_at = loading.batch.now
    if said_at is None or said_at > loading.batch.now:
        return None
    ip = _ip(row.get("ip_address"))
    proof = Proof(
        method=row.get("method") or ("form" if ip and state == "granted" else "import"),
        basis=basis_in(row) if basis_in(row) in BASES else "consent", source=row.get("consent_source") or "import",
        wording=row.get("wording") or "", evidence={"import": loading.batch.id, "row": row["row"]}, ip_address=ip,
    )  # fmt: skip
    purpose = row.get("purpose") or MARKETING
    return Statement(
        contact_id=contact_id, customer_id=customer_id, purpose=purpose if purpose in PURPOSES else MARKETING,
        state=state, obtained_at=said_at.astimezone(UTC), proof=proof, channel=channel_in(row),
    )  # fmt: skip


def basis_in(row: Mapping[str, Any]) -> str:
    """The legal basis as we call it; one we do not know is left as it is."""
    word = str(row.get("basis") or "").casefold().replace("-", "_").replace(" ", "_")
    return BASIS_WORDS.get(word, word)


def channel_in(row: Mapping[str, Any]) -> str:
    """The way a row names, as we call it; mail when it names none. One we do not know is left as it is."""
    word = str(row.get("channel") or EMAIL).casefold().replace("-", "").replace(" ", "")
    return CHANNEL_WORDS.get(word, word)


def _ip(text: str | None) -> str | None:
    try:
        return str(ipaddress.ip_address(text)) if text else None
    except ValueError:
        return None
