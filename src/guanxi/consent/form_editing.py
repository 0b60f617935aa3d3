"""Changes to sign-up forms. What a form says is never changed: each change of a text makes a new version."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from guanxi.consent.chain import text_hash
from guanxi.consent.models import FormWording, SignUpForm, Topic
from guanxi.consent.topics import KEY

# Beside the address, and nothing else: what is not needed to write to a buyer is not asked (G-01, G-02, G-13).
ASKABLE = ("name", "company")


class BadForm(ValueError):
    """The form cannot be kept; `field` names what is wrong."""

    def __init__(self, field: str) -> None:
        self.field = field
        super().__init__(f"The field {field} of this form cannot be kept as it is.")


@dataclass(frozen=True, slots=True)
class Text:
    """What a form says in one language; `wording` is what the reader agrees to."""

    title: str
    wording: str
    intro: str = ""


@transaction.atomic
def save_form(
    *,
    key: str,
    name: str,
    texts: Mapping[str, Text],
    now: datetime,
    topics: Sequence[str] = (),
    asks: Sequence[str] = (),
    tag: str = "",
    redirect_url: str = "",
    allowed_origins: Sequence[str] = (),
    is_active: bool = True,
) -> SignUpForm:
    """Make the form, or change the one of this key. Raises BadForm, e.g. for a redirect outside `allowed_origins`."""
    spoken = {language: text for language, text in texts.items() if text.title.strip() and text.wording.strip()}
    known = set(Topic.objects.values_list("key", flat=True))
    for field, is_fine in (
        ("key", bool(KEY.fullmatch(key)) and len(key) <= 60),
        ("name", bool(name.strip())),
        ("wording", bool(spoken)),
        ("topics", known.issuperset(topics)),
        ("asks", set(ASKABLE).issuperset(asks)),
        ("redirect_url", not redirect_url or is_within(redirect_url, allowed_origins)),
    ):
        if not is_fine:
            raise BadForm(field)
    fields = {
        "name": name.strip()[:120], "topics": list(topics), "asks": [each for each in ASKABLE if each in asks],
        "tag": tag.strip()[:60], "redirect_url": redirect_url, "is_active": is_active, "languages": sorted(spoken),
    }  # fmt: skip
    form, _ = SignUpForm.objects.update_or_create(
        key=key, defaults=fields, create_defaults=fields | {"created_at": now}
    )
    _keep_texts(form, spoken, now)
    return form


def is_within(url: str, origins: Sequence[str]) -> bool:
    """Whether an address lies on one of our own pages; anything else would let a form lead readers anywhere."""
    return any(origin and (url == origin or url.startswith(origin.rstrip("/") + "/")) for origin in origins)


def _keep_texts(form: SignUpForm, texts: Mapping[str, Text], now: datetime) -> None:
    kept = {each.language: each for each in form.wordings.filter(version=form.version)}
    told = {language: Text(row.title, row.wording, row.intro) for language, row in kept.items()}
    if told == dict(texts):
        return
    form.version += 1 if kept else 0
    form.save(update_fields=["version"])
    FormWording.objects.bulk_create(
        FormWording(
            form=form, version=form.version, language=language, title=text.title.strip(), intro=text.intro.strip(),
            wording=text.wording.strip(), wording_hash=text_hash(text.wording.strip()), created_at=now,
        )
        for language, text in texts.items()
    )  # fmt: skip


def wordings_of(form: SignUpForm) -> dict[str, FormWording]:
    """What the form says today, by language."""
    return {each.language: each for each in form.wordings.filter(version=form.version)}
