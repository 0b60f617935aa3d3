"""Publishing, pausing, switching off."""

from __future__ import annotations

from typing import Any

import pytest

from guanxi.journeys import actions
from guanxi.journeys.models import Enrolment, Journey, Version, Visit
from guanxi.journeys.reading import GraphError
from guanxi.journeys.ready import library_texts
from guanxi.ledger.models import Contact

READY = ("j-04", "j-17")
pytestmark = pytest.mark.django_db


def text_of(key: str) -> str:
    return next(text for text in library_texts() if f"key: {key}\n" in text)


class TestInstallLibrary:
    def test_makes_the_ready_journeys_live(self, firm: Any) -> None:
        assert dict(Journey.objects.values_list("key", "state")) == {"j-04": "live", "j-17": "live"}

    def test_changes_nothing_when_nothing_has_changed(self, firm: Any, django_assert_max_num_queries: Any) -> None:
        with django_assert_max_num_queries(2):
            assert actions.install_library(now=firm.now, keys=READY) == 0

        assert Version.objects.count() == 2

    def test_brings_a_new_version_of_its_own(self, firm: Any) -> None:
        Version.objects.filter(journey__key="j-04").update(text=text_of("j-04").replace("Order news", "Old news"))

        assert actions.install_library(now=firm.now, keys=READY) == 1
        assert Journey.objects.get(key="j-04").live_version.number == 2

    def test_leaves_a_persons_version_alone(self, firm: Any) -> None:
        own = actions.publish(text=text_of("j-17").replace("30d", "40d", 1), now=firm.now)

        assert actions.install_library(now=firm.now, keys=READY) == 0
        assert Journey.objects.get(key="j-17").live_version == own


class TestPublish:
    def test_leaves_readers_under_way_on_their_version(self, firm: Any, lena: Contact, yuki: Contact) -> None:
        firm.tier(lena.customer, "dormant")
        firm.turn()
        actions.publish(text=text_of("j-17").replace("id: wake-up", "id: hello"), now=firm.now)
        firm.tier(yuki.customer, "dormant")
        firm.turn()

        versions = Enrolment.objects.order_by("id").values_list("version__number", flat=True)
        assert list(versions) == [1, 2]

    def test_refuses_what_cannot_run(self, firm: Any) -> None:
        with pytest.raises(GraphError):
            actions.publish(text="key: x", now=firm.now)

        assert not Journey.objects.filter(key="x").exists()


class TestSetState:
    def test_paused_lets_nobody_in_and_nobody_on(self, firm: Any, lena: Contact, yuki: Contact) -> None:
        firm.tier(lena.customer, "dormant")
        firm.turn()
        actions.set_state(journey=Journey.objects.get(key="j-17"), state="paused", now=firm.now)
        firm.tier(yuki.customer, "dormant")
        firm.later(days=15)

        assert firm.letters() == ["j-17.1"]
        actions.set_state(journey=Journey.objects.get(key="j-17"), state="live", now=firm.now)
        firm.later(days=13)
        assert firm.letters() == ["j-17.1"]
        firm.later(days=1)
        assert firm.letters() == ["j-17.1", "j-17.2"]

    def test_skips_nothing_for_having_been_paused(self, firm: Any, lena: Contact) -> None:
        """Pausing says what it does: people wait, nothing is skipped, and the distance between letters stays."""
        firm.tier(lena.customer, "dormant")
        firm.turn()
        firm.later(days=10)
        actions.set_state(journey=Journey.objects.get(key="j-17"), state="paused", now=firm.now)
        firm.later(days=100)
        actions.set_state(journey=Journey.objects.get(key="j-17"), state="live", now=firm.now)
        firm.later(days=4)
        firm.later(days=16)

        assert firm.letters() == ["j-17.1", "j-17.2", "j-17.3"]
        assert not Visit.objects.filter(outcome="skipped").exists()

    def test_off_lets_everybody_out(self, firm: Any, lena: Contact) -> None:
        firm.tier(lena.customer, "dormant")
        firm.turn()
        actions.set_state(journey=Journey.objects.get(key="j-17"), state="off", now=firm.now)
        firm.turn()

        assert Enrolment.objects.get().end_reason == "switched_off"

    def test_knows_no_other_state(self, firm: Any) -> None:
        with pytest.raises(ValueError, match="live, paused, off"):
            actions.set_state(journey=Journey.objects.get(key="j-17"), state="asleep", now=firm.now)
