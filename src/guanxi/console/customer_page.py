"""What the customer page says: facts from insights, and the words for tiers, clocks and moves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from guanxi.console.message_words import reason_words
from guanxi.console.preview_words import confidence_words, source_words
from guanxi.console.tier_words import (
    GateWords,
    RuleWords,
    cause_words,
    figures_words,
    gates_of,
    in_language,
    marks_of,
    outlook_of,
    rules_of,
)
from guanxi.insights import customer_facts, timeline
from guanxi.ledger.models import Customer
from guanxi.segments import queries as segments_queries
from guanxi.tiering import queries as tiering_queries
from guanxi.tiering.models import Standing
from guanxi.tiering.rules import OTHERWISE


@dataclass(frozen=True, slots=True)
class StandingWords:
    """One standing with its reasons, as the chips and the card show it.

    `by_figures` is the title of the tier that the latest figures ask for, when it is another one.
    """

    scheme_title: str
    is_default: bool
    tier: str
    title: str
    since_at: datetime
    reason: str
    is_by_rule: bool
    is_otherwise: bool
    rules: list[RuleWords] = field(default_factory=list)
    gates: list[GateWords] = field(default_factory=list)
    marks: list[str] = field(default_factory=list)
    outlook: list[str] = field(default_factory=list)
    label: str = ""
    axis: str = ""
    by_figures: str = ""
    protected_until: datetime | None = None

    @property
    def others(self) -> list[RuleWords]:
        """The rules that are neither the deciding one nor the nearest to a customer whom none fits."""
        return [rule for rule in self.rules if not (rule.decided or (self.is_otherwise and rule.is_nearest))]


def page_facts(customer: Customer, *, now: datetime) -> dict[str, Any]:
    """The context of the page: `facts`, `standings`, `default_standing`, `scores`, `clock_reason`."""
    facts = customer_facts.facts_of(customer, now=now)
    explained = {each.scheme.pk: each for each in tiering_queries.explanations_of(customer.pk)}
    kept = [each for each in tiering_queries.standings_of(customer.pk) if each.scheme.is_active]
    standings = [_words(standing, explained.get(standing.scheme_id)) for standing in kept]
    figures: Mapping[str, Any] = next((each.figures for each in explained.values()), {})
    return {
        "facts": facts,
        "standings": standings,
        "default_standing": next((each for each in standings if each.is_default), None),
        "other_standings": [each for each in standings if not each.is_default],
        "label": next((each.label for each in standings if each.label and each.axis == tiering_queries.LABELLED), ""),
        "scores": {name: figures.get(name) for name in ("r_score", "f_score", "m_score")} if figures else {},
        "clock_reason": clock_words(facts.clock),
        "clock_source": f"{source_words(facts.clock.source)} ({confidence_words(facts.clock.confidence)})",
        "segments": {
            each.segment.key: each.segment.title for each in segments_queries.segments_of(customer_id=customer.pk)
        },
    }


def _words(standing: Standing, explanation: tiering_queries.Explanation | None) -> StandingWords:
    titles = explanation.titles if explanation else dict(tiering_queries.tiers_of(standing.scheme))
    found = StandingWords(
        scheme_title=tiering_queries.title_of(standing.scheme),
        is_default=standing.scheme.is_default,
        tier=standing.tier,
        title=titles.get(standing.tier, standing.tier),
        since_at=standing.since_at,
        reason=standing.reason if standing.basis == "person" else figures_words(standing.figures),
        is_by_rule=standing.basis == "rule",
        is_otherwise=explanation.decision.rule == OTHERWISE if explanation else standing.rule == OTHERWISE,
        protected_until=standing.protected_until,
    )
    return _with_reasons(found, explanation) if explanation else found


def _with_reasons(found: StandingWords, explanation: tiering_queries.Explanation) -> StandingWords:
    """The standing with its rules, demands, remarks and what would change it."""
    decision, currency, figures = explanation.decision, explanation.currency, explanation.figures
    return replace(
        found,
        axis=explanation.read.axis,
        rules=rules_of(decision, titles=explanation.titles, currency=currency, scores=figures),
        gates=gates_of(decision, currency=currency, scores=figures),
        marks=marks_of(decision),
        outlook=outlook_of(explanation),
        label=in_language(explanation.read.labels.get(found.tier, {}), ""),
        by_figures=explanation.titles.get(decision.tier, decision.tier) if decision.tier != found.tier else "",
    )


def clock_words(clock: customer_facts.Clock) -> str:
    """Why one had better not write now."""
    if not clock.reasons:
        return ""
    reason = clock.reasons[0]
    return reason_words(reason.code, {"reasons": [{"code": reason.code, **reason.detail}]})


def worded(stretch: timeline.Stretch) -> timeline.Stretch:
    """The stretch with the tiers' titles and the causes of moves in the reader's language."""
    titles = _titles()
    items = []
    for item in stretch.items:
        if item.type == "tier":
            named = titles.get(item.facts["scheme_name"], {})
            facts = item.facts | {
                "from_title": named.get(item.facts["from"], ""),
                "to_title": named.get(item.facts["to"], ""),
                "cause_words": cause_words(item.facts["cause"]),
                "figures_words": figures_words(item.facts["figures"]),
            }
            items.append(replace(item, facts=facts))
        else:
            items.append(item)
    return replace(stretch, items=items)


def _titles() -> dict[str, dict[str, str]]:
    return {scheme.name: dict(tiering_queries.tiers_of(scheme)) for scheme in tiering_queries.kept_schemes()}
