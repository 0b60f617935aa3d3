"""`guanxi tier --explain`: why a customer stands in his tier, how far the next one is, and what would change it."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from guanxi.cli.tier_answer import Answer
from guanxi.cli.tier_words import WORDS
from guanxi.kernel.titles import in_language
from guanxi.tiering import rules, words
from guanxi.tiering.outlook import Outlook, outlook
from guanxi.tiering.outlook_words import outlook_words
from guanxi.tiering.rules import Check, Decision, GateOutcome, Scheme
from guanxi.tiering.words import Language


@dataclass(frozen=True, slots=True)
class Explained:
    """One customer by one scheme."""

    customer: str
    scheme: Scheme
    decision: Decision
    outlook: Outlook
    language: Language
    stands_in: str | None = None

    @property
    def reason(self) -> str:
        return words.reason(self.decision, self.scheme.currency, self.language)

    @property
    def title(self) -> str:
        """The tier's title, or its bare name."""
        return in_language(self.scheme.tiers.get(self.decision.tier, {}), self.language) or self.decision.tier

    @property
    def label(self) -> str:
        """The readable label of his tier (T-34), where the scheme has one."""
        return in_language(self.scheme.labels.get(self.decision.tier, {}), self.language)

    def sentences(self) -> list[str]:
        """What would change the tier."""
        return outlook_words(self.outlook, self.scheme.tiers, self.scheme.currency, self.language)


def explain(answer: Answer, customer: str) -> list[Explained]:
    """By every scheme of the answer, the chosen one first; stops the command when nobody is called so."""
    name, customer_id = answer.found(customer)
    found = []
    for overview in (answer.overview, *answer.others):
        figures = answer.figures_of(customer_id, overview.scheme)
        decision = rules.decide(figures, overview.scheme)
        told, stands_in = outlook(figures, overview.scheme, decision), answer.stands_in(customer_id, overview.scheme)
        found.append(Explained(name, overview.scheme, decision, told, answer.language, stands_in))
    return found


def document(explained: list[Explained]) -> dict[str, Any]:
    """The part of the JSON answer; further schemes stand in `others`."""
    first, *others = (_document(each) for each in explained)
    return first | {"others": others} if others else first


def print_explained(explained: list[Explained]) -> None:
    """As text on the terminal."""
    for each in explained:
        _print(each, is_first=each is explained[0])


def _document(explained: Explained) -> dict[str, Any]:
    decision, currency, language = explained.decision, explained.scheme.currency, explained.language
    kept = {} if explained.stands_in is None else {"stands_in": explained.stands_in}
    return kept | {
        "customer": explained.customer,
        "scheme": explained.scheme.name,
        "tier": decision.tier,
        "title": explained.title,
        "label": explained.label,
        "rule": decision.rule,
        "reason": explained.reason,
        "outlook": explained.sentences(),
        "gates": [_gate_document(gate, currency, language) for gate in decision.gates],
        "marks": [in_language(mark.title, language) for mark in decision.marks],
        "rules": [
            {
                "rule": outcome.rule,
                "tier": outcome.tier,
                "passed": outcome.passed,
                "decided": outcome.decided,
                "checks": [_check_document(check, currency, language) for check in outcome.checks],
            }
            for outcome in decision.outcomes
        ],
    }


def _gate_document(gate: GateOutcome, currency: str, language: Language) -> dict[str, Any]:
    return {
        "gate": gate.name,
        "title": in_language(gate.title, language),
        "state": gate.state,
        "checks": [_check_document(check, currency, language) for check in gate.checks],
    }


def _check_document(check: Check, currency: str, language: Language) -> dict[str, Any]:
    told = words.check_words(check, currency, language)
    fields = check._asdict() | {"missed_by": check.missed_by, "words": told}
    del fields["source"]
    return {key: float(value) if isinstance(value, Decimal) else value for key, value in fields.items()}


def _print(explained: Explained, *, is_first: bool) -> None:
    decision, scheme, language = explained.decision, explained.scheme, explained.language
    told = WORDS[language]
    who = explained.customer if is_first else scheme.name
    print("\n" + told["because"].format(who=who, tier=decision.tier, reason=explained.reason))
    if explained.label:
        print(f"  {explained.label}")
    if explained.stands_in is not None:
        print("  " + told["stands_in"].format(tier=explained.stands_in))
    for sentence in explained.sentences():
        print(f"  {sentence}")
    if not is_first:
        return
    for outcome in decision.outcomes:
        verdict = told["decides" if outcome.decided else "fits" if outcome.passed else "is_missed"]
        print("  " + told["verdict"].format(rule=outcome.rule, tier=outcome.tier, verdict=verdict))
        for check in outcome.checks:
            verdict = told["passed" if check.passed else "missed"]
            print(f"    {verdict}  {words.check_words(check, scheme.currency, language)}")
    for gate in decision.gates:
        print("  " + told[f"demand_{gate.state}"].format(title=in_language(gate.title, language)))
    end = told["and_decides"] if decision.rule == rules.OTHERWISE else ""
    print("  " + told["otherwise"].format(tier=scheme.otherwise) + end)
