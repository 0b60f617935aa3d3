"""What a rule may ask about: every field with its kind, the table it comes from and a sentence. Pure.

Tables and columns are those of `segments.tables`. A field of a contact asked of a customer means: at least one of his
contacts. Figures come from the measures, standings from the schemes, traits from the ledger's vocabulary.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from guanxi.consent.rules import PURPOSES
from guanxi.ledger.traits import TRAITS
from guanxi.scoring.measures import FIGURES

FieldKind = Literal["text", "number", "money", "date", "flag", "choice", "list", "attribute"]
Group = Literal["customer", "contact", "consent", "orders", "visits", "figures", "prediction", "traits", "other"]

OPERATORS: Mapping[FieldKind, tuple[str, ...]] = {
    "text": ("is", "is_not", "contains", "starts_with", "is_known", "is_unknown"),
    "number": ("at_least", "at_most", "between", "is_known", "is_unknown"),
    "money": ("at_least", "at_most", "between", "is_known", "is_unknown"),
    "date": (
        "in_last_days", "more_than_days_ago", "in_next_days", "anniversary_in_days", "on_or_after", "on_or_before",
        "is_known", "is_unknown",
    ),
    "flag": ("is_true", "is_false", "is_unknown"),
    "choice": ("any_of", "none_of", "is_known", "is_unknown"),
    "list": ("any_of", "none_of", "is_known", "is_unknown"),
    "attribute": ("is", "is_not", "contains", "at_least", "at_most", "is_known", "is_unknown"),
}  # fmt: skip
WITHOUT_VALUE = frozenset({"is_known", "is_unknown", "is_true", "is_false", "never"})
# What a customer or contact of whom nothing is known fulfils too.
HOLDS_WHEN_UNKNOWN = frozenset({"is_not", "none_of", "is_unknown"})

# Days of visits that make one come back without an order, and looks that make an interest (DP-03, DP-11).
VISIT_SPAN_DAYS = 30
INTEREST_SPAN_DAYS = 90
INTEREST_LOOKS = 3
MAIL_SPAN_DAYS = 365

CONSENT_STATES = ("granted", "pending", "withdrawn", "expired", "paused", "none")
KINDS = ("b2b", "b2c", "unknown")
AGE_BANDS = ("under_18", "18_24", "25_34", "35_44", "45_54", "55_64", "65_plus")
SEXES = ("f", "m", "x")
CUSTOM = "custom."


@dataclass(frozen=True, slots=True)
class Field:
    """`choices` are closed when given; `source` names what the choices of an open field are (countries, owners …)."""

    name: str
    kind: FieldKind
    group: Group
    table: str
    column: str
    sentence: str
    choices: tuple[str, ...] = ()
    source: str = ""

    @property
    def is_of_contact(self) -> bool:
        return self.table == "contacts"

    @property
    def operators(self) -> tuple[str, ...]:
        return OPERATORS[self.kind]


def _customer(name: str, kind: FieldKind, sentence: str, *, choices: tuple[str, ...] = (), source: str = "") -> Field:
    return Field(name, kind, "customer", "customers", name, sentence, choices, source)


def _contact(
    column: str, kind: FieldKind, sentence: str, *, choices: tuple[str, ...] = (), source: str = "",
    group: Group = "contact",
) -> Field:  # fmt: skip
    return Field(f"contact.{column}", kind, group, "contacts", column, sentence, choices, source)


CUSTOMER_FIELDS = (
    _customer("name", "text", "Name of the customer."),
    _customer("kind", "choice", "A firm (b2b), a person (b2c), or unknown.", choices=KINDS),
    _customer("country", "choice", "Country, ISO 3166-1 alpha-2.", source="countries"),
    _customer("region", "text", "State, province or region."),
    _customer("city", "text", "City."),
    _customer("trade", "text", "Line of business."),
    _customer("domain", "text", "Domain of the website or of the firm's mail."),
    _customer("source", "text", "Where the record came from."),
    _customer("owner", "choice", "Member of staff who looks after the customer, by number.", source="owners"),
    _customer("is_blocked", "flag", "Blocked by a person."),
    _customer("created_on", "date", "Day of entry."),
    _customer("founded_on", "date", "Founding day of the firm."),
    _customer("cooperation_since", "date", "Day since which we work together."),
    Field("tag", "list", "customer", "labels", "tag", "Tags of the customer.", source="tags"),
)
CONTACT_FIELDS = (
    _contact("language", "choice", "Language, else that of the country.", source="languages"),
    _contact("country", "choice", "Country, else that of the customer.", source="countries"),
    _contact("city", "text", "City."),
    _contact("position", "text", "Position in the firm."),
    _contact("birthday", "date", "Birthday."),
    _contact("is_primary", "flag", "The contact we write to first."),
    _contact("has_address", "flag", "Has an e-mail address."),
    _contact("created_on", "date", "Day of entry."),
    _contact("sex", "choice", "As volunteered; of b2c customers with a profiling permission only.", choices=SEXES),
    _contact("age_band", "choice", "As volunteered; of b2c customers with a profiling permission only.",
             choices=AGE_BANDS),
    _contact("style", "text", "As volunteered or inferred; of b2c customers with a profiling permission only."),
    *(_contact(f"{purpose}_consent", "choice", f"What the contact said to the purpose {purpose}.",
               choices=CONSENT_STATES, group="consent") for purpose in PURPOSES),
    _contact("is_mailable", "flag", "May get marketing mail today.", group="consent"),
    _contact("is_suppressed", "flag", "The address is on the suppression list.", group="consent"),
)  # fmt: skip
ORDER_FIELDS = (
    Field("first_order_on", "date", "orders", "order_days", "first_on", "Day of the first order."),
    Field("latest_order_on", "date", "orders", "order_days", "latest_on", "Day of the latest order."),
    Field("stock_below_safety", "flag", "orders", "stock", "is_below",
          "What the customer has left of an article is below his safety line."),
)  # fmt: skip
VISIT_FIELDS = (
    Field("category_interest", "list", "visits", "interest", "category",
          f"Categories looked at {INTEREST_LOOKS} times or more in {INTEREST_SPAN_DAYS} days.", source="categories"),
    Field("visit_days_without_order", "number", "visits", "visits", "days",
          f"Days with a visit in the last {VISIT_SPAN_DAYS} days and after the latest order."),
    Field("takes_part_in_mail", "flag", "visits", "mail_answers", "has_answered",
          f"A person opened, clicked or answered one of our mails in the last {MAIL_SPAN_DAYS} days."),
)  # fmt: skip
PREDICTION_FIELDS = (
    Field("chance_alive", "number", "prediction", "predictions", "chance_alive",
          "Chance that the customer will order again, 0 to 1."),
    Field("expected_orders", "number", "prediction", "predictions", "expected_orders", "Orders expected next."),
    Field("expected_value", "money", "prediction", "predictions", "expected_value", "Worth of the orders expected."),
    Field("chance_of_order_90_days", "number", "prediction", "predictions", "chance_of_order_90_days",
          "Chance of an order within 90 days, 0 to 1."),
    Field("days_until_next_order", "number", "prediction", "predictions", "days_until_next_order",
          "Days until the next order is expected."),
    Field("next_order_on", "date", "prediction", "predictions", "next_order_on",
          "Day on which the next order is expected."),
    Field("next_order_from", "date", "prediction", "predictions", "next_order_from",
          "First day of the span in which the next order is expected."),
    Field("next_order_to", "date", "prediction", "predictions", "next_order_to", "Last day of that span."),
)  # fmt: skip
# Traits are read from the ledger, where they are fresher than in the scores.
FIGURE_FIELDS = tuple(
    Field(
        name,
        "money" if figure.kind == "money" else "flag" if figure.kind == "flag" else "number",
        "figures",
        "scores",
        name,
        f"Figure of the measures: {figure.kind}, {figure.span}.",
    )
    for name, figure in FIGURES.items()
    if not name.startswith("trait_")
)
TRAIT_FIELDS = tuple(Field(f"trait.{name}", "flag", "traits", "traits", name, told) for name, told in TRAITS.items())

FIELDS: dict[str, Field] = {
    field.name: field
    for field in (
        *CUSTOMER_FIELDS, *CONTACT_FIELDS, *ORDER_FIELDS, *VISIT_FIELDS, *FIGURE_FIELDS, *PREDICTION_FIELDS,
        *TRAIT_FIELDS,
    )
}  # fmt: skip


def field_named(name: str) -> Field | None:
    """A field of the list, or `custom.NAME`: what an import carried beside the known columns."""
    if name.startswith(CUSTOM) and 0 < len(name) - len(CUSTOM) <= 80:
        return Field(
            name, "attribute", "other", "attributes", name.removeprefix(CUSTOM), "Imported beside the columns."
        )
    return FIELDS.get(name)
