"""Schemes kept and applied; what moved becomes a standing, a change and an event."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from django.db import transaction

from guanxi.kernel.money import NoRate
from guanxi.ledger import queries as ledger_queries
from guanxi.scoring import actions as scoring_actions
from guanxi.scoring import queries as scoring_queries
from guanxi.scoring.measures import FIGURES
from guanxi.scoring.models import ScoreRun
from guanxi.tiering import applying, documents, rules
from guanxi.tiering.grammar import Occasion, in_order
from guanxi.tiering.models import Review, Scheme, SchemeRun


def install_presets(*, now: datetime) -> None:
    """Put the schemes that ship with the product beside those that are there. Idempotent.

    Those of documents.ACTIVE_PRESETS are applied by themselves; the others wait until somebody switches them on.
    """
    for name in documents.preset_names():
        if Scheme.objects.filter(name=name).exists():
            continue
        Scheme.objects.create(
            name=name,
            title=documents.read_preset(name).title.get("en", name),
            document=documents.preset_text(name),
            is_active=name in documents.ACTIVE_PRESETS,
            is_default=name == documents.DEFAULT_PRESET and not Scheme.objects.filter(is_default=True).exists(),
            updated_at=now,
        )


def save_scheme(*, text: str, now: datetime) -> Scheme:
    """Keep a scheme under its own name, as a new version when the text has changed. Raises SchemeError."""
    read = documents.read_scheme(text)
    with transaction.atomic():
        scheme, is_new = Scheme.objects.get_or_create(
            name=read.name,
            defaults={
                "title": read.title.get("en", read.name),
                "document": text,
                "is_active": False,
                "updated_at": now,
            },
        )
        if not is_new and scheme.document != text:
            scheme.title, scheme.document = read.title.get("en", read.name), text
            scheme.version += 1
            scheme.updated_at = now
            scheme.save()
    return scheme


def set_default_scheme(*, scheme: Scheme, now: datetime) -> None:
    """Make it the scheme that pages and journeys speak of; it is switched on too."""
    with transaction.atomic():
        Scheme.objects.filter(is_default=True).exclude(pk=scheme.pk).update(is_default=False, updated_at=now)
        Scheme.objects.filter(pk=scheme.pk).update(is_default=True, is_active=True, updated_at=now)


def apply_scores(*, run: ScoreRun, now: datetime) -> dict[str, dict[str, int | str]]:
    """Decide for every customer by every active scheme and write what moved by itself.

    Answers per scheme how many customers got a first standing and how many moved, or `skipped` with the reason when
    the scheme cannot be applied. The same run again changes nothing.
    """
    answers: dict[str, dict[str, int | str]] = {}
    schemes = active_schemes()
    # Before the first standing is written, since standings are events and events are measured too.
    runs = {record.name: run_for(scheme, run, now=now) for record, scheme in schemes}
    for record, scheme in schemes:
        try:
            rate, usable = rate_for(scheme, run)
        except NoRate as error:
            answers[record.name] = {"skipped": str(error)}
            continue
        first, moved = applying.apply_scheme(
            record=record,
            scheme=usable,
            run=runs[record.name],
            rate=rate,
            now=now,
            occasions=_occasions(record),
        )
        answers[record.name] = {"first": first, "moved": moved}
    return answers


def active_schemes() -> list[tuple[Scheme, rules.Scheme]]:
    """Those that are switched on, each after the ones whose standings it asks for. Raises grammar.Circular."""
    records = {record.name: record for record in Scheme.objects.filter(is_active=True)}
    read = {name: documents.read_scheme(record.document) for name, record in records.items()}
    return [(records[name], read[name]) for name in in_order(read)]


def _occasions(record: Scheme) -> set[Occasion]:
    """What the moves of a scheme are tried at now: the half-yearly ones once after each screen has opened (M-08)."""
    screen = Review.objects.filter(kind="half_year").order_by("-period_until_on").first()
    is_screened = not screen or SchemeRun.objects.filter(scheme=record, applied_at__gt=screen.opened_at).exists()
    return {"run", "order", "review"} if is_screened else {"run", "order", "review", "half_year"}


def run_for(scheme: rules.Scheme, run: ScoreRun, *, now: datetime) -> ScoreRun:
    """`run`, or one of the same moment and rows over the scheme's own window when it looks at another one."""
    looks_at_window = any(FIGURES[figure].span == "window" for figure in rules.figures_of(scheme, and_moves=True))
    if not looks_at_window or scheme.window_days == run.window_days:
        return run
    same = ScoreRun.objects.filter(
        as_of=run.as_of, window_days=scheme.window_days, fingerprint=run.fingerprint, currency=run.currency
    ).last()
    if same and scoring_queries.scores_path(same).exists():
        return same
    return scoring_actions.run_scores(as_of=run.as_of, now=now, window_days=scheme.window_days)


def rate_for(scheme: rules.Scheme, run: ScoreRun) -> tuple[Decimal, rules.Scheme]:
    """What one unit of the run's currency is worth in the scheme's, and the scheme without the moves that want a rate
    nobody knows. Raises NoRate when its rules want one."""
    if scheme.currency == run.currency:
        return Decimal(1), scheme
    table = ledger_queries.rate_table(scheme.currency, [run.currency])
    try:
        return table.rate_for(run.currency, run.as_of.date()).value, scheme
    except NoRate:
        if rules.has_amounts(scheme):
            raise
        return Decimal(1), rules.without_amounts_in_moves(scheme)
