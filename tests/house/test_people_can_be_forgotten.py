"""Personal data hangs on Contact or expires, so that forgetting a person is one delete (house B3.8)."""

from __future__ import annotations

from collections.abc import Iterator

from django.apps import apps
from django.db import models

from guanxi.ledger.models import Contact
from guanxi.privacy.paths import way_to
from guanxi.privacy.registry import BY_MODEL, ENTRIES, Entry, Fate

PERSONAL = {
    "email", "email_key", "given_name", "family_name", "full_name", "honorific", "phone", "birthday", "gender",
    "ip_address", "user_agent", "network", "anonymous_id", "content", "evidence",
}  # fmt: skip
# Our own people and the firm's addresses are no contacts; a suppression keeps a keyed fingerprint only.
OTHER_LAW = {"staff.User", "staff.Invitation"}
GOES_WITH_THE_PERSON = (models.CASCADE,)
KEEPS_THE_ROW = (models.SET_NULL,)


def our_models() -> Iterator[type[models.Model]]:
    return (model for model in apps.get_models() if model.__module__.startswith("guanxi."))


def unforgettable(model: type[models.Model]) -> str:
    """Why this table would keep a person who is to be forgotten, or nothing."""
    for field in relations(model):
        if field.related_model is Contact and on_delete(field) not in GOES_WITH_THE_PERSON + KEEPS_THE_ROW:
            return f"{model._meta.label}.{field.name}: the erasure rule must be CASCADE or SET_NULL"
    personal = sorted(PERSONAL.intersection(field.name for field in model._meta.get_fields()))
    if not personal or model is Contact or model._meta.label in OTHER_LAW:
        return ""
    if "expires_at" in {field.name for field in model._meta.get_fields()} or goes_with_a_contact(model):
        return ""
    return f"{model._meta.label}: holds {', '.join(personal)}, but neither goes with a Contact nor expires"


def goes_with_a_contact(model: type[models.Model]) -> bool:
    """Whether a chain of CASCADE leads from this table to Contact, as Hit → Message → Contact."""
    for field in relations(model):
        if on_delete(field) in GOES_WITH_THE_PERSON:
            target = field.related_model
            if target is Contact or (target is not model and isinstance(target, type) and goes_with_a_contact(target)):
                return True
    return False


def relations(model: type[models.Model]) -> list[models.ForeignKey]:  # type: ignore[type-arg]
    return [field for field in model._meta.get_fields() if isinstance(field, models.ForeignKey)]


def on_delete(field: models.ForeignKey) -> object:  # type: ignore[type-arg]
    return field.remote_field.on_delete


def planted(name: str, **fields: models.Field) -> type[models.Model]:  # type: ignore[type-arg]
    """A table that exists in no database; it is taken out of Django's registry again at once."""
    meta = type("Meta", (), {"app_label": "ledger"})
    model = type(name, (models.Model,), {"__module__": "guanxi.ledger.models", "Meta": meta, **fields})
    del apps.all_models["ledger"][name.lower()]
    apps.clear_cache()
    return model


def untold(model: type[models.Model]) -> str:
    """Why the registry of the privacy room does not cover this table, or nothing (RL-08)."""
    entry = BY_MODEL.get(model._meta.label)
    if entry is None:
        return f"{model._meta.label}: has no entry in privacy/registry.py"
    return ill_told(model, entry)


def ill_told(model: type[models.Model], entry: Entry) -> str:
    """Why the keys of the table do not bear out its fate, or nothing."""
    hangs = model is Contact or goes_with_a_contact(model)
    empties = any(field.related_model is Contact and on_delete(field) in KEEPS_THE_ROW for field in relations(model))
    reason = ""
    if hangs != (entry.fate is Fate.GOES) and entry.fate is not Fate.DROPPED:
        reason = "goes with a contact by its keys, or does not, and its fate says otherwise"
    if empties and entry.fate not in (Fate.NAMELESS, Fate.FINGERPRINT):
        reason = "stays without its contact, and its fate says otherwise"
    if entry.fate in (Fate.NAMELESS, Fate.CLEANSED, Fate.FINGERPRINT) and not entry.because:
        reason = "stays, and no reason is told"
    if entry.fate is Fate.HOUSE and way_to(model, Contact):
        reason = "is said to hold nothing of a reader, and a key leads to one"
    return f"{model._meta.label}: {reason}" if reason else ""


class TestTheRegistry:
    def test_tells_every_table(self) -> None:
        """RL-08: a new table without an entry fails."""
        assert [reason for model in our_models() if (reason := untold(model))] == []

    def test_tells_no_table_that_is_gone(self) -> None:
        known = {model._meta.label for model in our_models()}
        assert [entry.model for entry in ENTRIES if entry.model not in known] == []

    def test_a_planted_table_is_found(self) -> None:
        key = models.ForeignKey(Contact, on_delete=models.CASCADE, related_name="+")

        assert "has no entry" in untold(planted("PlantedVisit", reader=key))

    def test_a_planted_wrong_fate_is_found(self) -> None:
        key = models.ForeignKey(Contact, on_delete=models.CASCADE, related_name="+")
        visit = planted("PlantedVisit", reader=key)

        assert "its fate says otherwise" in ill_told(visit, Entry("x", Fate.CLEANSED, "x", because="x"))
        assert "a key leads to one" in ill_told(visit, Entry("x", Fate.HOUSE, "x"))
        assert "no reason" in ill_told(planted("PlantedBill"), Entry("x", Fate.CLEANSED, "x"))


class TestForgetting:
    def test_reaches_every_table(self) -> None:
        assert [reason for model in our_models() if (reason := unforgettable(model))] == []

    def test_goes_along_chains(self) -> None:
        assert goes_with_a_contact(apps.get_model("tracking", "Hit"))

    def test_a_planted_table_of_addresses_is_found(self) -> None:
        leads = planted("PlantedLead", email=models.EmailField())

        assert "neither goes with a Contact nor expires" in unforgettable(leads)

    def test_a_planted_table_that_expires_is_fine(self) -> None:
        assert not unforgettable(planted("PlantedRow", email=models.EmailField(), expires_at=models.DateTimeField()))

    def test_a_planted_key_that_protects_a_person_is_found(self) -> None:
        key = models.ForeignKey(Contact, on_delete=models.PROTECT, related_name="+")

        assert "CASCADE or SET_NULL" in unforgettable(planted("PlantedBill", reader=key))
