"""The form of a campaign: audience, letters, moment, test; and what of it the action takes."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from guanxi.campaigns.actions import Choice
from guanxi.campaigns.audience import Whom
from guanxi.campaigns.models import ALL, CLICKS, MAIN, Campaign
from guanxi.campaigns.moments import INSTANT, LOCAL, NOW
from guanxi.campaigns.offering import FILLED, NAMED_BY
from guanxi.campaigns.personal import FREE
from guanxi.console.shipped_words import title_words
from guanxi.content import queries as content_queries
from guanxi.content.models import Template
from guanxi.offers.models import Offer
from guanxi.outbox.models import Sender
from guanxi.segments import queries as segments_queries

ARMS = ("letter_a", "letter_b", "letter_c", "letter_d")
EDITIONS = (1, 2, 3)
LONGEST_VALUE = 300
VALUE = "value:"

METRIC_CHOICES = [
    ("clicks", lazy("clicks of people")),
    ("replies", lazy("replies")),
    ("orders", lazy("orders")),
    ("opens", lazy("opens (only of readers who permit tracking)")),
]


class CampaignForm(forms.Form):
    """Everything about a draft; the second to fourth letter make a test of it."""

    title = forms.CharField(label=lazy("Name of the campaign"), max_length=120)
    whom = forms.ChoiceField(
        label=lazy("Audience"), choices=[("some", lazy("Segments and lists")), ("all", lazy("Everyone"))]
    )
    includes = forms.MultipleChoiceField(label=lazy("Goes to"), required=False)
    excludes = forms.MultipleChoiceField(label=lazy("But not to"), required=False)
    contact_choice = forms.ChoiceField(
        label=lazy("Contacts of a customer"),
        choices=[(MAIN, lazy("the one we write to first")), (ALL, lazy("all of them"))],
    )
    letter_a = forms.ModelChoiceField(
        Template.objects.none(), label=lazy("Letter"), empty_label=lazy("choose a letter")
    )
    letter_b = forms.ModelChoiceField(Template.objects.none(), label=lazy("Letter B"), required=False)
    letter_c = forms.ModelChoiceField(Template.objects.none(), label=lazy("Letter C"), required=False)
    letter_d = forms.ModelChoiceField(Template.objects.none(), label=lazy("Letter D"), required=False)
    sender = forms.ModelChoiceField(Sender.objects.none(), label=lazy("Sender"), required=False)
    timing = forms.ChoiceField(
        label=lazy("When"),
        choices=[
            (LOCAL, lazy("At a time on each reader's own clock")),
            (INSTANT, lazy("At one moment for all")),
            (NOW, lazy("At once")),
        ],
    )
    local_on = forms.DateField(label=lazy("Day"), required=False, widget=forms.DateInput({"type": "date"}, "%Y-%m-%d"))
    local_time = forms.TimeField(
        label=lazy("Time there"), required=False, widget=forms.TimeInput({"type": "time"}, "%H:%M")
    )
    when_past = forms.ChoiceField(
        label=lazy("Where that time is over already"),
        choices=[
            ("same_day", lazy("as soon as it fits, the same day")), ("next_day", lazy("at that time the next day")),
        ],
    )  # fmt: skip
    starts_at = forms.DateTimeField(
        label=lazy("Moment"), required=False,
        widget=forms.DateTimeInput({"type": "datetime-local"}, "%Y-%m-%dT%H:%M"), input_formats=["%Y-%m-%dT%H:%M"],
    )  # fmt: skip
    spread_minutes = forms.IntegerField(label=lazy("Spread over (minutes)"), min_value=0, max_value=1440, initial=0)
    alive_hours = forms.IntegerField(
        label=lazy("Worth sending for (hours)"), min_value=1, max_value=720, initial=24,
        help_text=lazy("24 is the default. Whoever would have to wait longer is left out, not written to late."),
    )  # fmt: skip
    order_days = forms.IntegerField(
        label=lazy("Count orders for (days)"), min_value=1, max_value=90, initial=14,
        help_text=lazy("14 is the default."),
    )  # fmt: skip
    holdout_percent = forms.IntegerField(
        label=lazy("Held out for comparison (%)"), min_value=0, max_value=50, initial=0, required=False,
        help_text=lazy("0 is the default. So many of the readers, drawn by chance, get nothing; only so one sees what "
                       "the campaign itself brought about."),
    )  # fmt: skip
    test_percent = forms.IntegerField(label=lazy("Readers in the test (%)"), min_value=1, max_value=100, initial=20)
    metric = forms.ChoiceField(label=lazy("The better letter is the one with more"), choices=METRIC_CHOICES)
    observe_hours = forms.IntegerField(
        label=lazy("Watch each mail for (hours)"), min_value=1, max_value=336, initial=24,
        help_text=lazy("24 is the default. It is fixed: whoever stops when it looks good finds what is not there."),
    )  # fmt: skip
    least_sample = forms.IntegerField(
        label=lazy("Fewest mails of each letter"), min_value=20, max_value=1_000_000, initial=100,
        help_text=lazy("100 is the default; below it nobody wins."),
    )  # fmt: skip
    without_winner = forms.ChoiceField(
        label=lazy("When no difference is found, the rest gets"),
        choices=[("first", lazy("letter A")), ("split", lazy("all letters in equal parts"))],
    )

    def __init__(self, *arguments: Any, zone: ZoneInfo, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.zone = zone
        segments = [(each.key, each) for each in segments_queries.all_segments()]
        keys = [(key, segment.title) for key, segment in segments]
        self.segments = [segment for _key, segment in segments]
        for name in ("includes", "excludes"):
            self.fields[name].choices = keys  # type: ignore[attr-defined]
        templates = content_queries.templates().exclude(kind="transactional").exclude(key=FREE)
        templates = templates.filter(archived_at__isnull=True)
        for name in ARMS:
            field: Any = self.fields[name]
            field.queryset, field.label_from_instance = templates, _letter_label
        senders: Any = self.fields["sender"]
        senders.queryset, senders.empty_label = Sender.objects.order_by("-is_default", "id"), _("the default sender")
        self._add_editions(templates, keys)

    def _add_editions(self, templates: Any, keys: list[tuple[str, str]]) -> None:
        for number in EDITIONS:
            self.fields[f"segment_{number}"] = forms.ChoiceField(
                label=_("Readers in"), choices=[("", "—"), *keys], required=False
            )
            letter = forms.ModelChoiceField(templates, label=_("get"), required=False)
            letter.label_from_instance = _letter_label  # type: ignore[assignment, method-assign]
            self.fields[f"edition_{number}"] = letter

    @property
    def editions(self) -> list[tuple[Any, Any]]:
        return [(self[f"segment_{number}"], self[f"edition_{number}"]) for number in EDITIONS]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        timing = cleaned.get("timing")
        if timing == LOCAL and not (cleaned.get("local_on") and cleaned.get("local_time")):
            self.add_error("local_on", _("Say the day and the hour."))
        if timing == INSTANT and not cleaned.get("starts_at"):
            self.add_error("starts_at", _("Say the day and the hour."))
        arms = [template for name in ARMS if (template := cleaned.get(name))]
        if len(set(arms)) < len(arms):
            self.add_error("letter_b", _("The letters of a test have to differ; duplicate the letter and change it."))
        for number in EDITIONS:
            if bool(cleaned.get(f"segment_{number}")) != bool(cleaned.get(f"edition_{number}")):
                self.add_error(f"edition_{number}", _("Choose both the segment and its letter, or neither."))
        return cleaned

    def letters(self) -> list[Choice]:
        """The chosen letters: arms first, then editions."""
        found = [Choice(template) for name in ARMS if (template := self.cleaned_data.get(name))]
        for number in EDITIONS:
            template = self.cleaned_data.get(f"edition_{number}")
            if template:
                found.append(Choice(template, self.cleaned_data[f"segment_{number}"]))
        return found

    def changes(self) -> dict[str, Any]:
        """What campaigns.actions takes; without a second letter there is no test."""
        told = dict(self.cleaned_data)
        names = (
            "title", "contact_choice", "sender", "timing", "local_on", "local_time", "when_past", "spread_minutes",
            "alive_hours", "metric", "observe_hours", "least_sample", "without_winner", "order_days",
        )  # fmt: skip
        changes = {name: told[name] for name in names}
        starts_at: datetime | None = told["starts_at"]
        return changes | {
            "starts_at": starts_at.replace(tzinfo=self.zone) if starts_at else None,
            "takes_everyone": told["whom"] == "all",
            "includes": told["includes"] if told["whom"] == "some" else [],
            "excludes": told["excludes"],
            "holdout_percent": told["holdout_percent"] or 0,
            "test_percent": told["test_percent"] if sum(bool(told.get(name)) for name in ARMS) > 1 else 0,
        }


def whom_in(data: QueryDict) -> Whom:
    """The audience of a form that is not finished yet, for the count beside it."""
    return Whom(
        takes_everyone=data.get("whom") == "all", includes=tuple(data.getlist("includes")),
        excludes=tuple(data.getlist("excludes")), contact_choice=data.get("contact_choice", MAIN),
    )  # fmt: skip


def letters_in(data: QueryDict) -> list[Template]:
    """The letters chosen in a form that is not finished yet."""
    names = [*ARMS, *(f"edition_{number}" for number in EDITIONS)]
    ids = [data.get(name, "") for name in names]
    return list(Template.objects.filter(pk__in=[int(each) for each in ids if each.isdecimal()]).order_by("pk"))


def values_in(data: QueryDict) -> dict[str, str]:
    """What was written for the names that the letters ask for."""
    return {
        name.removeprefix(VALUE): " ".join(data.get(name, "").split())[:LONGEST_VALUE]
        for name in data
        if name.startswith(VALUE)
    }


def wanted_values(letters: list[Template]) -> list[str]:
    """The names that these letters ask of the campaign; what an offer fills is asked for by the offer's name."""
    names = {name for each in letters for name in content_queries.required_values(each.key)}
    return sorted({NAMED_BY if name.startswith(FILLED) else name for name in names})


def offer_names() -> list[str]:
    """The offers whose codes can be handed out now."""
    return sorted(Offer.objects.filter(is_active=True).values_list("name", flat=True))


def initial_of(campaign: Campaign, zone: ZoneInfo) -> dict[str, Any]:
    """The form's fields as the campaign has them."""
    names = (
        "title", "contact_choice", "sender", "timing", "local_on", "local_time", "when_past", "spread_minutes",
        "alive_hours", "metric", "observe_hours", "least_sample", "without_winner", "order_days", "includes",
        "excludes", "holdout_percent",
    )  # fmt: skip
    initial = {name: getattr(campaign, name) for name in names}
    initial["whom"] = "all" if campaign.takes_everyone else "some"
    initial["starts_at"] = campaign.starts_at.astimezone(zone).replace(tzinfo=None) if campaign.starts_at else None
    initial["test_percent"] = campaign.test_percent or 20
    variants = list(campaign.variants.select_related("template"))
    arms = [each for each in variants if not each.segment_key]
    initial |= {name: arm.template for name, arm in zip(ARMS, arms, strict=False)}
    for number, each in enumerate([each for each in variants if each.segment_key][: len(EDITIONS)], start=1):
        initial |= {f"segment_{number}": each.segment_key, f"edition_{number}": each.template}
    return initial


def fresh_initial(now: datetime, zone: ZoneInfo) -> dict[str, Any]:
    """A new campaign: at nine, the day after tomorrow, on each reader's own clock."""
    day = (now.astimezone(zone) + timedelta(days=2)).date()
    return {
        "whom": "some", "contact_choice": MAIN, "timing": LOCAL, "local_on": day, "local_time": "09:00",
        "when_past": "same_day", "spread_minutes": 0, "alive_hours": 24, "order_days": 14, "test_percent": 20,
        "metric": CLICKS, "observe_hours": 24, "least_sample": 100, "without_winner": "first",
    }  # fmt: skip


def _letter_label(template: Template) -> str:
    return f"{title_words(template.title)} · {template.key}"
