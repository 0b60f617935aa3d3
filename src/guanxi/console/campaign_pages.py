"""Campaigns: the list, writing one with a live count, its checks, and the buttons that send, pause and stop it."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import URLPattern, path
from django.utils.translation import gettext as _

from guanxi.campaigns import actions, audience, checking, forecast, queries
from guanxi.campaigns.actions import CampaignMistake, NotConfirmed, NotReady
from guanxi.campaigns.models import Campaign
from guanxi.campaigns.states import IllegalMove
from guanxi.console import campaign_forms as forms
from guanxi.console import campaign_words as words
from guanxi.console.access import act, delicate, firm_of, member_of, page
from guanxi.console.parts import number_in, page_number
from guanxi.insights import campaign_results
from guanxi.kernel import clock
from guanxi.staff.roles import Right

PAGE_SIZE = 25
FATES = ("going", "later", "skipped", "refused")


@page(right=Right.SEE_ALL)
def campaigns(request: HttpRequest) -> HttpResponse:
    found = Paginator(queries.all_campaigns(), PAGE_SIZE).get_page(page_number(request.GET))
    rows = campaign_results.overview(found.object_list)
    zone = _zone(request)
    context = {
        "campaigns_page": found,
        "rows": [
            (row, *words.state_words(row.campaign), words.audience_words(row.campaign),
             words.moment_words(row.campaign, zone))
            for row in rows
        ],
        "may_send": member_of(request).may(Right.SEND),
        "may_set": member_of(request).may(Right.MANAGE_SETTINGS),
        "safeguards": actions.safeguards(),
    }  # fmt: skip
    return render(request, "console/campaigns/list.html", context)


# Writing one


@page(right=Right.SEND, post=Right.SEND)
def campaign_new(request: HttpRequest) -> HttpResponse:
    return _edit(request, None)


@page(right=Right.SEND, post=Right.SEND)
def campaign_edit(request: HttpRequest, campaign_id: int) -> HttpResponse:
    campaign = campaign_of(campaign_id)
    if not campaign.is_draft:
        messages.error(request, _("Only a draft can be changed; take it back first."))
        return redirect("campaign", campaign.pk)
    return _edit(request, campaign)


def _edit(request: HttpRequest, campaign: Campaign | None) -> HttpResponse:
    zone, now = _zone(request), clock.utc_now()
    initial = forms.initial_of(campaign, zone) if campaign else forms.fresh_initial(now, zone)
    form = forms.CampaignForm(request.POST or None, initial=initial, zone=zone)
    if request.method == "POST" and form.is_valid():
        try:
            saved = _save(request, campaign, form)
        except CampaignMistake as mistake:
            form.add_error(mistake.field if mistake.field in form.fields else None, str(mistake))
        else:
            return redirect("campaign_check", saved.pk)
    context = _edit_context(request, campaign, form)
    return render(request, "console/campaigns/edit.html", context, status=422 if form.errors else 200)


def _save(request: HttpRequest, campaign: Campaign | None, form: forms.CampaignForm) -> Campaign:
    now, user = clock.utc_now(), member_of(request)
    changes = form.changes() | {"values": forms.values_in(request.POST)}
    if campaign is None:
        title = changes.pop("title")
        return actions.draft(title=title, letters=form.letters(), by=user, now=now, changes=changes)
    actions.change(campaign=campaign, changes=changes, letters=form.letters(), now=now)
    return campaign


def _edit_context(request: HttpRequest, campaign: Campaign | None, form: forms.CampaignForm) -> dict[str, Any]:
    letters = forms.letters_in(request.POST) if form.is_bound else _letters_of(campaign)
    given = forms.values_in(request.POST) if form.is_bound else dict(campaign.values) if campaign else {}
    return {
        "campaign": campaign,
        "form": form,
        "chosen": [str(each) for each in form["includes"].value() or []],
        "left_out": [str(each) for each in form["excludes"].value() or []],
        "values": [(name, given.get(name, "")) for name in forms.wanted_values(letters)],
        "offer_names": forms.offer_names(),
        "zone": _zone(request).key,
    }


def _letters_of(campaign: Campaign | None) -> list[Any]:
    return [each.template for each in campaign.variants.select_related("template")] if campaign else []


@act(right=Right.SEND)
def campaign_count(request: HttpRequest) -> HttpResponse:
    """The part beside the form: how many readers, and how many customers nobody can write to."""
    whom = forms.whom_in(request.POST)
    context = {
        "whom": whom,
        "readers": audience.contacts_of(whom).count(),
        "homeless": audience.customers_without_address(whom),
        "coverage": forecast.coverage(whom, now=clock.utc_now()).most_common(),
    }
    return render(request, "console/campaigns/_count.html", context)


@act(right=Right.SEND)
def campaign_values(request: HttpRequest) -> HttpResponse:
    """The part under the letters: what they ask of the campaign."""
    given = forms.values_in(request.POST)
    wanted = forms.wanted_values(forms.letters_in(request.POST))
    values = [(name, given.get(name, "")) for name in wanted]
    return render(request, "console/campaigns/_values.html", {"values": values, "offer_names": forms.offer_names()})


# Before it leaves


@page(right=Right.SEE_ALL)
def campaign_check(request: HttpRequest, campaign_id: int) -> HttpResponse:
    campaign = campaign_of(campaign_id)
    if campaign.has_begun:
        return redirect("campaign", campaign.pk)
    return _check(request, campaign)


def _check(request: HttpRequest, campaign: Campaign, *, mistake: str = "", status: int = 200) -> HttpResponse:
    zone, user = _zone(request), member_of(request)
    report = checking.check(campaign, now=clock.utc_now())
    rules = actions.safeguards()
    found = report.forecast
    context = {
        "campaign": campaign,
        "summary": summary_of(campaign, zone),
        "report": report,
        "forecast": found,
        "told": words.told(report.findings, zone),
        "refused": [(words.refusal(reason), found.scaled(count)) for reason, count in found.refused.most_common()],
        "totals": {fate: found.total(fate) for fate in FATES} | {"held_out": found.scaled(found.held_out)},
        "countries": [
            (code, *(found.scaled(getattr(line, fate)) for fate in FATES)) for code, line in words.by_size(found)
        ],
        "languages": [(tag, found.scaled(count)) for tag, count in found.languages.most_common() if tag],
        "chart": words.hours_chart(found, zone),
        "needs_number": report.readers > rules.confirm_above,
        "needs_second": rules.asks_second_person and report.readers > rules.second_person_above,
        "may_send": user.may(Right.SEND),
        "is_first": campaign.is_of(user),
        "mistake": mistake,
        "zone": zone.key,
    }
    return render(request, "console/campaigns/check.html", context, status=status)


def summary_of(campaign: Campaign, zone: ZoneInfo) -> dict[str, Any]:
    """The card that says what the campaign is."""
    state, tone = words.state_words(campaign)
    return {
        "state": state,
        "tone": tone,
        "audience": words.audience_words(campaign),
        "moment": words.moment_words(campaign, zone),
        "variants": list(campaign.variants.select_related("template")),
        "metric": words.METRICS[campaign.metric],
        "segments": words.segment_titles(campaign),
    }


@act(right=Right.SEND)
def campaign_schedule(request: HttpRequest, campaign_id: int) -> HttpResponse:
    """Let it go; a large one asks for the password once more and for the number (RE-20)."""
    campaign = campaign_of(campaign_id)
    if audience.contacts_of(audience.whom_of(campaign)).count() > actions.safeguards().confirm_above:
        return _schedule_delicately(request, campaign)
    return _schedule(request, campaign)


def _schedule(request: HttpRequest, campaign: Campaign) -> HttpResponse:
    number = "".join(each for each in request.POST.get("confirmed", "") if each.isdecimal())
    try:
        done = actions.schedule(
            campaign=campaign, by=member_of(request), now=clock.utc_now(), confirmed=number_in(number) or None
        )
    except NotConfirmed as mistake:
        told = _("Write %(readers)s to confirm that so many readers are meant.") % {"readers": mistake.readers}
        return _check(request, campaign, mistake=told, status=422)
    except NotReady:
        return _check(request, campaign, mistake=_("Mend what the checks found first."), status=422)
    except CampaignMistake as mistake:
        messages.error(request, words.mistake_words(mistake))
    else:
        messages.success(request, _("“%(title)s”: %(state)s.") % {"title": done, "state": words.state_words(done)[0]})
    return redirect("campaign", campaign.pk)


_schedule_delicately = delicate(_schedule)


@act(right=Right.SEND)
def campaign_approve(request: HttpRequest, campaign_id: int) -> HttpResponse:
    campaign = campaign_of(campaign_id)
    try:
        actions.approve(campaign=campaign, by=member_of(request), now=clock.utc_now())
    except NotReady:
        return _check(request, campaign, mistake=_("Mend what the checks found first."), status=422)
    except CampaignMistake as mistake:
        messages.error(request, words.mistake_words(mistake))
    return redirect("campaign", campaign.pk)


# Under way


@act(right=Right.SEND)
def campaign_take_back(request: HttpRequest, campaign_id: int) -> HttpResponse:
    return _do(request, campaign_id, actions.take_back)


@act(right=Right.SEND)
def campaign_pause(request: HttpRequest, campaign_id: int) -> HttpResponse:
    return _do(request, campaign_id, actions.pause)


@act(right=Right.SEND)
def campaign_resume(request: HttpRequest, campaign_id: int) -> HttpResponse:
    return _do(request, campaign_id, actions.resume)


@act(right=Right.SEND)
def campaign_stop(request: HttpRequest, campaign_id: int) -> HttpResponse:
    return _do(request, campaign_id, actions.stop)


@act(right=Right.SEND)
def campaign_decide(request: HttpRequest, campaign_id: int) -> HttpResponse:
    return _do(request, campaign_id, actions.decide_winner, label=request.POST.get("label", ""))


def _do(request: HttpRequest, campaign_id: int, action: Any, **arguments: Any) -> HttpResponse:
    try:
        action(campaign=campaign_of(campaign_id), by=member_of(request), now=clock.utc_now(), **arguments)
    except (CampaignMistake, IllegalMove):
        messages.error(request, _("That is not possible any more; this is how it stands now."))
    return redirect("campaign", campaign_id)


@act(right=Right.SEND)
def campaign_copy(request: HttpRequest, campaign_id: int) -> HttpResponse:
    source = campaign_of(campaign_id)
    title = _("%(title)s (copy)") % {"title": source.title[:100]}
    made = actions.copy(campaign=source, title=title, by=member_of(request), now=clock.utc_now())
    return redirect("campaign_edit", made.pk)


@act(right=Right.SEND)
def campaign_delete(request: HttpRequest, campaign_id: int) -> HttpResponse:
    campaign = campaign_of(campaign_id)
    try:
        actions.delete_draft(campaign=campaign)
    except CampaignMistake:
        messages.error(request, _("Only a draft can be deleted."))
        return redirect("campaign", campaign_id)
    messages.success(request, _("“%(title)s” is deleted.") % {"title": campaign.title})
    return redirect("campaigns")


@act(right=Right.MANAGE_SETTINGS)
@delicate
def campaign_safeguards(request: HttpRequest) -> HttpResponse:
    asks = request.POST.get("asks_second_person") == "on"
    actions.set_safeguards(asks_second_person=asks, by=member_of(request), now=clock.utc_now())
    messages.success(request, _("Saved."))
    return redirect("campaigns")


def campaign_of(campaign_id: int) -> Campaign:
    return get_object_or_404(Campaign, pk=campaign_id)


def _zone(request: HttpRequest) -> ZoneInfo:
    return ZoneInfo(firm_of(request).time_zone)


urlpatterns: list[URLPattern] = [
    path("campaigns/", campaigns, name="campaigns"),
    path("campaigns/new/", campaign_new, name="campaign_new"),
    path("campaigns/count/", campaign_count, name="campaign_count"),
    path("campaigns/values/", campaign_values, name="campaign_values"),
    path("campaigns/safeguards/", campaign_safeguards, name="campaign_safeguards"),
    path("campaigns/<int:campaign_id>/edit/", campaign_edit, name="campaign_edit"),
    path("campaigns/<int:campaign_id>/check/", campaign_check, name="campaign_check"),
    path("campaigns/<int:campaign_id>/schedule/", campaign_schedule, name="campaign_schedule"),
    path("campaigns/<int:campaign_id>/approve/", campaign_approve, name="campaign_approve"),
    path("campaigns/<int:campaign_id>/take-back/", campaign_take_back, name="campaign_take_back"),
    path("campaigns/<int:campaign_id>/pause/", campaign_pause, name="campaign_pause"),
    path("campaigns/<int:campaign_id>/resume/", campaign_resume, name="campaign_resume"),
    path("campaigns/<int:campaign_id>/stop/", campaign_stop, name="campaign_stop"),
    path("campaigns/<int:campaign_id>/decide/", campaign_decide, name="campaign_decide"),
    path("campaigns/<int:campaign_id>/copy/", campaign_copy, name="campaign_copy"),
    path("campaigns/<int:campaign_id>/delete/", campaign_delete, name="campaign_delete"),
]
