"""The words of forecasts, alerts and recommendations in the reader's language."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.formats import number_format
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from guanxi.kernel import places


def alert_words(kind: str, figures: Mapping[str, Any]) -> str:
    """Why a customer is at risk."""
    if kind == "shrunk":
        return _("The last three orders are worth %(percent)s %% of the six before") % {
            "percent": number_format(round(figures["order_value_ratio"] * 100), 0)
        }
    return _("Orders about every %(cycle)s days; %(days)s days have passed, %(cycles)s of his own cycles") % {
        "cycle": number_format(round(figures["cycle_days"]), 0),
        "days": number_format(figures["days_since_last_order"], 0),
        "cycles": number_format(round(figures["cycles_since_last_order"], 1), 1),
    }


def opportunity_words(kind: str, figures: Mapping[str, Any]) -> str:
    """Why more is possible with a customer."""
    if kind == "growing":
        count = figures["growing_quarter_count"]
        return ngettext(
            "Bought more than before for %(count)d quarter in a row",
            "Bought more than before for %(count)d quarters in a row", count,
        ) % {"count": count}  # fmt: skip
    if kind == "reorders_soon":
        count = figures["early_reorder_count"]
        return ngettext(
            "%(count)d reorder within three months of the first order",
            "%(count)d reorders within three months of the first order", count,
        ) % {"count": count}  # fmt: skip
    if figures["order_count"] == 1:
        return _("A small first order, then nothing for %(days)s days") % {
            "days": number_format(figures["days_since_last_order"], 0)
        }
    return _("A small first order, then about %(days)s days between orders") % {
        "days": number_format(round(figures["median_gap_days"]), 0)
    }


def opportunity_titles() -> dict[str, tuple[str, str]]:
    """Title and meaning of each kind of opportunity."""
    return {
        "growing": (_("Growing"), _("More spend in each of at least three quarters")),
        "reorders_soon": (_("Reorder soon"), _("At least two reorders within three months of the first order")),
        "silent_after_sample": (_("Silent after a sample"), _("A small first order, then long gaps")),
    }


def basis_words(basis: str) -> str:
    """Whose cycle times the next order (CN-60)."""
    return {
        "own": _("by his own rhythm"),
        "category": _("by the usual rhythm of his category"),
        "firm": _("by the usual rhythm of all customers"),
    }.get(basis, "")


def fit_words(note: str) -> str:
    """What a model says of its fit; a note this page does not know is shown as it is."""
    known = {
        "too few data": _("There are too few orders to tell."),
        "only roughly": _("Single parameters are told only roughly; the forecast rests on what they make together."),
        "no inner optimum": _("The likelihood has no inner optimum: these customers behave in another way."),
        "did not come to an end": _("The search for the optimum did not come to an end."),
        "depend on how often": _("Amounts depend on how often somebody orders, of which the model knows nothing."),
        "not finite": _("Amounts scatter so widely that a customer without a repeat order has no expected amount."),
    }
    return next((words for part, words in known.items() if part in note), note)


def reason_words(kind: str, because: Mapping[str, Any]) -> str:
    """Why an article is recommended."""
    told = {"lift": 0, **because}
    if told.get("country"):
        told["country"] = places.country_name(told["country"], get_language() or "en")
    told["lift"] = number_format(told["lift"], 1)
    if kind == "next_purchase" and told.get("buyers_there"):
        return _(
            "Goes with %(with)s of the trial order: %(together)s customers bought both, %(buyers_there)s in "
            "%(country)s buy it"
        ) % told  # fmt: skip
    if kind == "popular_near":
        return _near_words(told)
    words = {
        "complementary": _("Goes with %(with)s: %(together)s of its %(buyers)s buyers took it too"),
        "next_purchase": _("Goes with %(with)s of the trial order: %(together)s customers bought both"),
        "viewed": _("Goes with %(with)s, looked at lately: %(together)s customers bought both"),
        "new": _("New in %(category)s, a category he cares for"),
        "affinity": _("Best seller in %(category)s, a category he cares for"),
        "popular": _("Bought by %(buyers)s customers lately"),
    }
    return words[kind] % told


def _near_words(told: Mapping[str, Any]) -> str:
    if told.get("country") and told.get("trade"):
        return _("Bought by %(buyers)s customers in %(country)s in the same trade") % told
    if told.get("country"):
        return _("Bought by %(buyers)s customers in %(country)s") % told
    return _("Bought by %(buyers)s customers in the same trade") % told


def content_words(because: Mapping[str, str]) -> str:
    """Why a content piece is recommended."""
    parts = []
    if because.get("trade"):
        parts.append(_("for the trade %(trade)s") % because)
    if because.get("country"):
        parts.append(
            _("for %(country)s") % {"country": places.country_name(because["country"], get_language() or "en")}
        )
    if because.get("region"):
        parts.append(_("for the region %(region)s") % {"region": region_names().get(because["region"], "")})
    if because.get("category"):
        parts.append(_("about %(category)s, which he looked at or bought") % because)
    return ", ".join(parts) or _("for every reader")


def region_names() -> dict[str, str]:
    return {
        "middle_east": _("Middle East"), "gulf": _("Gulf"), "europe": _("Europe"),
        "north_america": _("North America"), "latin_america": _("Latin America"), "africa": _("Africa"),
        "southeast_asia": _("Southeast Asia"), "east_asia": _("East Asia"), "south_asia": _("South Asia"),
        "central_asia": _("Central Asia"), "oceania": _("Oceania"),
    }  # fmt: skip


def kind_names() -> dict[str, str]:
    """Kinds of content."""
    return {
        "guide": _("Guide"), "case": _("Case"), "document": _("Document"), "article": _("Article"),
        "video": _("Video"),
    }  # fmt: skip
