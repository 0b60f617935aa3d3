"""Personal data hangs on Contact or expires, so that forgetting a person is one delete (house B3.8)."""

from __future__ import annotations

from collections.abc import Iterator

from django.apps import apps
from django.db import models

from guanxi.ledger.models import Contact

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
