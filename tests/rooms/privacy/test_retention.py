"""A job per table ends what is over, and counts it (RL-11)."""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.utils import translation

from guanxi.consent.models import Suppression
from guanxi.intake.models import ImportRun, RejectedRow
from guanxi.ledger import actions as ledger_actions
from guanxi.ledger.actions import record_event
from guanxi.ledger.models import Contact, Event, Order
from guanxi.privacy import retention
from guanxi.privacy.models import RetentionRun
from guanxi.privacy.registry import BY_MODEL
from guanxi.staff import actions as staff_actions
from tests import cast
from tests.rooms.privacy.planting import Planter

pytestmark = pytest.mark.django_db


def planted(lena: Contact, label: str) -> Any:
    return Planter(lena, name="Lena Petersen").row_of(apps.get_model(label))


class TestTheRules:
    def test_name_tables_and_moments_that_exist(self) -> None:
        """RL-11: every rule can run."""
        for rule in retention.RULES:
            assert bool(rule.model) != bool(rule.folder)
            assert 1 <= rule.days <= rule.most
            if rule.model:
                model = apps.get_model(rule.model)
                names = {field.name for field in model._meta.get_fields()}
                assert {rule.moment, *(name for name, _ in rule.blank)} <= names

    def test_stand_behind_every_span_of_the_registry(self) -> None:
        assert {entry.keeps_for for entry in BY_MODEL.values()} - {""} <= set(retention.BY_KEY)

    def test_keep_raw_networks_and_browsers_no_longer_than_30_days(self) -> None:
        """RL-11: raw IP and user agent at most 30 days, and no firm can lengthen it."""
        raw = [rule for rule in retention.RULES if {"user_agent", "network", "ip_address"} & dict(rule.blank).keys()]
        assert {rule.key for rule in raw} == {"hits", "sign_up_traces"}
        assert max(rule.most for rule in raw) == 30


class TestRunning:
    def test_blanks_what_an_opening_told_of_the_reader(self, lena: Contact) -> None:
        """RL-11."""
        hit = planted(lena, "tracking.Hit")
        counts = retention.run_retention(now=cast.NOW + timedelta(days=29))
        assert "hits" not in counts

        counts = retention.run_retention(now=cast.NOW + timedelta(days=31))
        hit.refresh_from_db()
        assert (counts["hits"], hit.network, hit.user_agent) == (1, "", "")

    def test_deletes_rows_and_keeps_the_figure(self, lena: Contact) -> None:
        planted(lena, "webhooks.Delivery")
        now = cast.NOW + timedelta(days=31)
        retention.run_retention(now=now)

        run = RetentionRun.objects.get(key="deliveries")
        assert (run.count, run.at, run.days, run.before_at) == (1, now, 30, cast.NOW + timedelta(days=1))
        assert retention.run_retention(now=now).get("deliveries") is None

    def test_lets_refused_rows_go_sooner_when_the_firm_says_so(self, lena: Contact, ada: Any) -> None:
        run = ImportRun.objects.create(
            file_name="a.csv", digest="x", kind="orders", source="file", state="done", started_at=cast.NOW
        )
        RejectedRow.objects.create(run=run, row=2, reason="x", expires_at=cast.NOW + timedelta(days=90))
        later = cast.NOW + timedelta(days=15)
        assert "rejects" not in retention.run_retention(now=later)

        retention.change_span(key="rejects", days=14, reason="Agreed.", actor=ada, now=cast.NOW)
        assert retention.run_retention(now=later)["rejects"] == 1

    def test_deletes_old_files_but_not_what_an_import_still_needs(self, data_folder: Path) -> None:
        for name in ("old.csv", "needed.csv", "new.csv"):
            (data_folder / "uploads").mkdir(exist_ok=True)
            path = data_folder / "uploads" / name
            path.write_text("x")
            age = 0 if name == "new.csv" else 100
            moment = (cast.NOW - timedelta(days=age)).timestamp()
            os.utime(path, (moment, moment))
        ImportRun.objects.create(
            file_name="needed.csv", stored_path="uploads/needed.csv", digest="x", kind="orders", source="file",
            state="running", started_at=cast.NOW,
        )  # fmt: skip

        assert retention.run_retention(now=cast.NOW)["uploads"] == 1
        assert sorted(path.name for path in (data_folder / "uploads").iterdir()) == ["needed.csv", "new.csv"]

    def test_ends_single_openings_but_not_what_was_bought(self, lena: Contact) -> None:
        long_ago = cast.NOW - timedelta(days=4 * 365)
        for name in ("email.opened", "order.placed"):
            record_event(
                name=name, occurred_at=long_ago, now=cast.NOW, source="x", customer=lena.customer, contact=lena,
                historical=True,
            )  # fmt: skip
        retention.run_retention(now=cast.NOW)

        assert [event.name for event in Event.objects.all()] == ["order.placed"]

    def test_is_changed_by_those_who_may(self, bo: Any) -> None:
        with pytest.raises(staff_actions.NotAllowed):
            retention.change_span(key="drawer", days=5, reason="x", actor=bo, now=cast.NOW)


class TestLapsedContacts:
    def test_are_erased_after_36_months_without_a_word_and_not_barred(self, lena: Contact) -> None:
        """DP-19, G-07: marketing data end 36 months after the last interaction; sums stay."""
        assert retention.months_of(retention.CONTACTS) == 36
        early, late = cast.NOW + timedelta(days=1090), cast.NOW + timedelta(days=1100)
        assert "contacts" not in retention.run_retention(now=early)

        assert retention.run_retention(now=late)["contacts"] == 1
        assert not Contact.objects.exists()
        assert not Suppression.objects.exists()

    @pytest.mark.parametrize("kind", ["click", "note", "permission", "order"])
    def test_stay_when_anything_was_heard(self, lena: Contact, kind: str) -> None:
        now = cast.NOW + timedelta(days=1100)
        lately = now - timedelta(days=30)
        if kind == "click":
            record_event(name="email.clicked", occurred_at=lately, now=now, source="x", customer=lena.customer,
                         contact=lena)  # fmt: skip
        elif kind == "note":
            ledger_actions.write_note(customer=lena.customer, author=None, kind="call", text="x", happened_at=lately,
                                      now=now)  # fmt: skip
        elif kind == "permission":
            cast.permit(lena, at=lately)
        else:
            Order.objects.create(customer=lena.customer, source="x", number="1", placed_at=lately, currency="EUR",
                                 amount=1, created_at=lately, updated_at=lately)  # fmt: skip

        assert "contacts" not in retention.run_retention(now=now)

    def test_are_not_kept_alive_by_mails_we_sent(self, lena: Contact) -> None:
        now = cast.NOW + timedelta(days=1100)
        record_event(name="email.sent", occurred_at=now - timedelta(days=2), now=now, source="x",
                     customer=lena.customer, contact=lena)  # fmt: skip

        assert retention.run_retention(now=now)["contacts"] == 1


class TestWhatReadersAreTold:
    def test_names_what_and_how_long_in_words(self) -> None:
        """G-07: the yearly letter states the retention."""
        with translation.override("en"):
            told = dict(retention.for_readers())

        assert told["Network and browser of openings and clicks"] == "30 days"
        assert told["Requests of persons, once answered"] == "3 years"
        assert any("until you ask us to delete" in long for long in told.values())
