"""What else holds of persons' data: little is asked, a break is survived, an erased reader gets nothing more."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from guanxi.ledger.models import Contact
from guanxi.outbox.models import Message
from guanxi.privacy import erasing, files, residue
from guanxi.privacy.models import Erasure
from guanxi.tiering.models import Proposal, Standing, StandingChange
from tests import cast

pytestmark = pytest.mark.django_db

# Everything a contact can hold. A further column needs a purpose first (G-01, G-05): trade, greeting or the right hour.
ASKED = {
    "customer", "given_name", "family_name", "full_name", "honorific", "position", "gender", "email", "email_key",
    "phone", "language", "country", "city", "time_zone", "birthday", "keeps_ramadan_hold", "is_primary", "fields",
    "batch", "created_at", "updated_at", "id",
}  # fmt: skip


class TestWhatIsAsked:
    def test_is_what_trade_needs_and_no_more(self) -> None:
        """G-01, G-05: a new personal column does not come in unseen; nothing of family or private life."""
        assert {field.name for field in Contact._meta.concrete_fields} <= ASKED

    def test_leaves_only_name_and_address_required(self) -> None:
        """G-01."""
        required = {
            field.name for field in Contact._meta.concrete_fields
            if not field.blank and not field.null and not field.has_default() and not field.primary_key
        }  # fmt: skip

        assert required == {"customer", "created_at", "updated_at"}


class TestTierMoves:
    @pytest.mark.parametrize("model", [Standing, StandingChange, Proposal])
    def test_are_explained_by_inputs_and_rule(self, model: Any) -> None:
        """RL-13: inputs, rule and version are kept with each move; a person decides otherwise by name."""
        names = {field.name for field in model._meta.get_fields()}

        assert {"figures", "rule", "reason"} <= names
        if model is not Proposal:
            assert "scheme_version" in names
        if model is not Standing:
            assert "decided_by" in names


class TestABreak:
    def test_between_rows_and_files_is_made_good(
        self, lena: Contact, data_folder: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """RL-10: killed after the commit, the next turn of a worker finishes it."""
        (data_folder / "drawer").mkdir()
        letter = data_folder / "drawer" / "a.eml"
        letter.write_text("To: lena@alsterkontor.example\n\nHallo")
        with monkeypatch.context() as broken:
            broken.setattr(files, "forget_files", lambda person: (_ for _ in ()).throw(KeyboardInterrupt))
            with pytest.raises(KeyboardInterrupt):
                erasing.erase(contact=lena, reason="She asked.", now=cast.NOW)
        assert (Erasure.objects.get().state, letter.exists()) == ("rows_gone", True)
        assert "lena" not in str(Erasure.objects.get().__dict__["leftovers"]).casefold()

        assert erasing.finish_due(now=cast.NOW) == 1
        assert (Erasure.objects.get().state, letter.exists()) == ("done", False)
        assert residue.search(["lena@alsterkontor.example"]) == []

    def test_in_the_middle_of_the_rows_leaves_everything_as_it_was(
        self, lena: Contact, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(erasing.scrubbing, "scrub", lambda person: (_ for _ in ()).throw(RuntimeError))
        cast.permit(lena)
        with pytest.raises(RuntimeError):
            erasing.erase(contact=lena, reason="She asked.", now=cast.NOW)

        assert Contact.objects.get().permissions.count() == 1
        assert not Erasure.objects.exists()


class TestAnErasedReader:
    def test_gets_none_of_the_mails_that_waited(self, lena: Contact) -> None:
        """RL-10, RT-10: messages go with the person."""
        from tests.rooms.privacy.planting import Planter

        Planter(lena, name="Lena Petersen").row_of(Message)
        erasing.erase(contact=lena, reason="She asked.", now=cast.NOW)

        assert not Message.objects.exists()


class TestOfOthers:
    def test_a_longer_name_or_number_is_somebody_elses(self, lena: Contact) -> None:
        """RL-10: whole words only."""
        from guanxi.privacy.scrubbing import eraser_of

        clean: Callable[[Any], Any] = eraser_of(["Lena Petersen", "494076543", "a@b.de"]).clean
        kept = [
            "Lena Petersens", "Magdalena Petersen", "1494076543", "494076543210", "la@b.de", "a@b.den", "x.a@b.de",
            "a@b.de.cn",
        ]  # fmt: skip

        assert [clean(text) for text in kept] == kept
        assert clean({"to": ["LENA  Petersen, <a@b.de>."]}) == {"to": ["[erased], <[erased]>."]}
