"""Model instances from the columns of one query, for batches.

Django's own way sets every column of every model in a row, which took longer than all that was then done with them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeVar

from django.db import DEFAULT_DB_ALIAS
from django.db.models import Model
from django.db.models.base import ModelState

M = TypeVar("M", bound=Model)


def made(model: type[M], names: Sequence[str], values: Sequence[Any], **related: Model) -> M:
    """A stored instance that holds the columns `names` and the rows it points at; any other column is fetched when it
    is read.
    """
    instance, state = model.__new__(model), ModelState()
    state.adding, state.db, state.fields_cache = False, DEFAULT_DB_ALIAS, related
    instance.__dict__.update(zip(names, values, strict=True), _state=state)
    return instance
