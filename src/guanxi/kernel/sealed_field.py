"""A column whose texts lie sealed in the database (RE-01, RE-02, RE-07, RS-42).

    class Sender(models.Model):
        uid = models.UUIDField(default=uuid4, unique=True, editable=False)
        password = SealedTextField(blank=True)

The attribute is the open text; the column holds `v1.<kid>.…`, bound to model, field and the row's `uid`. A text whose
key is gone reads as Unreadable, and saving the row keeps it as it lies there.

Nothing can be searched, sorted or grouped by such a column, and only whole rows can be written: `update(password=…)`
and `filter(password=…)` are refused, since the seal needs the row.
"""

from __future__ import annotations

from typing import Any

from django import forms
from django.core import checks
from django.db import models
from django.db.models.query_utils import DeferredAttribute
from django.utils.translation import gettext

from guanxi.kernel import keys
from guanxi.kernel.sealing import BrokenSeal


class SealedText(str):
    """What lies in the column."""

    __slots__ = ()


class Unreadable(str):
    """What is shown instead of a text that cannot be opened; `sealed` is what lies in the column."""

    sealed: SealedText

    def __new__(cls, sealed: SealedText) -> Unreadable:
        text = super().__new__(cls, gettext("unreadable"))
        text.sealed = sealed
        return text

    def __reduce__(self) -> tuple[Any, ...]:
        return Unreadable, (self.sealed,)


def readable(text: str) -> str:
    """The text, for whoever must use it and not only show it. Raises BrokenSeal."""
    if isinstance(text, Unreadable):
        raise BrokenSeal
    return text


class SealedAttribute(DeferredAttribute):
    """Opens the text whenever it is read, so that it does not lie open in memory longer than that."""

    field: SealedTextField

    def __get__(self, instance: Any, cls: Any = None) -> Any:
        value = super().__get__(instance, cls)
        return self.field.opened(instance, value) if isinstance(value, SealedText) else value

    def __set__(self, instance: Any, value: Any) -> None:
        instance.__dict__[self.field.attname] = value.sealed if isinstance(value, Unreadable) else value


class SealedTextField(models.TextField):  # type: ignore[type-arg]
    """`is_secret` texts are write-only: forms never show them, and an empty answer leaves them as they are."""

    descriptor_class = SealedAttribute
    description = "Text that lies sealed in the database"

    def __init__(self, *args: Any, is_secret: bool = True, **options: Any) -> None:
        self.is_secret = is_secret
        super().__init__(*args, **options)

    def deconstruct(self) -> Any:
        name, path, args, options = super().deconstruct()
        return name, path, args, options if self.is_secret else options | {"is_secret": False}

    def check(self, **options: Any) -> list[checks.CheckMessage]:
        fields = {field.name: field for field in self.model._meta.local_concrete_fields}
        uid = fields.get("uid")
        if isinstance(uid, models.UUIDField) and uid.unique:
            return super().check(**options)
        message = "A row with sealed columns needs uid = UUIDField(default=uuid4, unique=True)."
        return [*super().check(**options), checks.Error(message, obj=self, id="kernel.E001")]

    # The column

    def from_db_value(self, value: str | None, *_: Any) -> str | None:
        return SealedText(value) if value else value

    def pre_save(self, model_instance: models.Model, add: bool) -> Any:
        value = model_instance.__dict__.get(self.attname)
        if value and not isinstance(value, SealedText):
            value = self.sealed(model_instance, str(value))
            model_instance.__dict__[self.attname] = value
        return value

    def get_prep_value(self, value: Any) -> Any:
        if value in (None, "") or isinstance(value, SealedText):
            return value
        raise TypeError(f"{self} is sealed per row: save the row instead; it cannot be searched by its text.")

    def sealed(self, row: models.Model, text: str) -> SealedText:
        return SealedText(keys.ring().seal(self._purpose(), self._place(row), text))

    def opened(self, row: models.Model, sealed: SealedText) -> str:
        try:
            return keys.ring().open(self._purpose(), self._place(row), sealed)
        except BrokenSeal:
            return Unreadable(sealed)

    def _purpose(self) -> str:
        return f"field/{self.model._meta.label_lower}.{self.name}"

    def _place(self, row: Any) -> str:
        return f"{self.model._meta.label_lower}|{self.name}|{row.uid}"

    # Forms

    def value_from_object(self, obj: models.Model) -> Any:
        return "" if self.is_secret else super().value_from_object(obj)

    def save_form_data(self, instance: models.Model, data: Any) -> None:
        is_kept = data in (None, "") if self.is_secret else False
        now = getattr(instance, self.attname)
        if not is_kept and not (isinstance(now, Unreadable) and data == str(now)):
            super().save_form_data(instance, data)

    def formfield(self, **options: Any) -> Any:
        if self.is_secret:
            options = {"required": False, "widget": forms.PasswordInput(render_value=False)} | options
        return super().formfield(**options)
