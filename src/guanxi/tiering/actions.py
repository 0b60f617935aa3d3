"""Schemes kept and applied; what moved becomes a standing, a change and an event."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from django.db import transaction

from guanxi.kernel.money import NoRate
from guanxi.ledger import queries as ledger_queries
from guanxi.scoring import actions as scoring_actions
from guanxi.scoring.measures import FIGURES
from guanxi.scoring.models import ScoreRun
from guanxi.tiering import applying, documents, rules
from guanxi.tiering.models import Scheme


def install_presets(*, now: datetime) -> None:
    """Put the schemes that ship with the product beside those that are there. Idempotent.

    Only the default preset is applied by itself; the others wait until somebody switches them on.
    """
    for name in documents.preset_names():
        if Scheme.objects.filter(name=name).exists():
            continue
        is_chosen = name == documents.DEFAULT_PRESET
        Scheme.objects.create(
            name=name,
            title=documents.read_preset(name).title.get("en", name),
            document=documents.preset_text(name),
            is_active=is_chosen,
            is_default=is_chosen and not Scheme.objects.filter(is_default=True).exists(),
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
    """Decide for every customer by every active scheme and write what moved.

    Answers per scheme how many customers got a first standing and how many moved, or `skipped` with the reason when
    the scheme cannot be applied. The same run again changes nothing.
    """
    answers: dict[str, dict[str, int | str]] = {}
    for record in Scheme.objects.filter(is_active=True).order_by("name"):
        scheme = documents.read_scheme(record.document)
        try:
            rate = _rate(scheme, run)
        except NoRate as error:
            answers[record.name] = {"skipped": str(error)}
            continue
        first, moved = applying.apply_scheme(
            record=record, scheme=scheme, run=_run_for(scheme, run, now), rate=rate, now=now
        )
        answers[record.name] = {"first": first, "moved": moved}
    return answers


def _run_for(scheme: rules.Scheme, run: ScoreRun, now: datetime) -> ScoreRun:
    """`run`, or one over the scheme's own window when it looks at figures of another one."""
    looks_at_window = any(FIGURES[figure].span == "window" for figure in rules.figures_of(scheme))
    if not looks_at_window or scheme.window_days == run.window_days:
        return run
    return scoring_actions.run_scores(as_of=run.as_of, now=now, window_days=scheme.window_days)


def _rate(scheme: rules.Scheme, run: ScoreRun) -> Decimal:
    """What one unit of the run's currency is worth in the scheme's. Raises NoRate."""
    if not rules.has_amounts(scheme) or scheme.currency == run.currency:
        return Decimal(1)
    table = ledger_queries.rate_table(scheme.currency, [run.currency])
    return table.rate_for(run.currency, run.as_of.date()).value
