"""Template tags of the console. Load with `{% load guanxi %}`.

icon          {% icon "users" %}                      a drawing of Tabler's set, by name; `npm run vendor` collects them
moment        {% moment order.placed_at %}            "3 hours ago"; the full moment in the firm's zone as a tooltip
clock_there   {% clock_there now "Asia/Tokyo" %}      "Wed 17:00", the reader's own clock
money         {{ order.amount|money:order.currency }} as the language of the page writes it
whole_money   {{ total|whole_money:"USD" }}           the same without cents, for sums
share         {{ 0.123|share }}                       "12.3 %"
tier_chip     {% tier_chip "dormant" "Dormant" %}     coloured by the tier's name; the title is optional
day           {{ invoice.due_on|day }}                a date as the language of the page writes it
entry         {{ titles|entry:tier }}                 of a mapping, by a variable; the key itself when absent
country       {{ customer.country|country }}          the country's name in the language of the page
pager         {% pager page %}                        of a django.core.paginator.Page; keeps the other query parameters
control       {{ field|control }}                     a form's field in the look of the console (partials/field.html)
unpriced      {% unpriced %}                          which orders count without money, with the way to a rate
chart         {% chart "spend" option height=280 %}   ECharts from a plain dict; colours `@accent` are CSS variables
"""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_datetime, format_timedelta
from babel.numbers import format_currency, format_percent
from django import template
from django.core.paginator import Page
from django.forms import BoundField
from django.template.loader_tags import BLOCK_CONTEXT_KEY
from django.templatetags.static import static
from django.utils.html import format_html, json_script, strip_tags
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext, to_locale

from guanxi.firm import queries as firm_queries
from guanxi.kernel import clock, places
from guanxi.ledger import currencies
from guanxi.staff.roles import Right

register = template.Library()

# Known tiers by what they ask for: gold for the best, green growing, blue promising, amber fading, grey asleep.
TIER_TONES = {
    "vip": "best", "high": "best", "high_value": "best", "champion": "best", "champions": "best", "a": "best",
    "developing": "growing", "loyal": "growing", "growing": "growing", "active": "growing", "b": "growing",
    "prospect": "promising", "potential": "promising", "new": "promising", "lead": "promising",
    "at_risk": "fading", "fading": "fading", "sleeping": "fading", "cooling": "fading",
    "top": "best", "all_high": "best", "mature": "best", "stable": "best", "engaged": "growing", "attentive": "growing",
    "new_big": "growing", "frequent_small": "growing", "trial": "promising", "first_order": "promising",
    "big_ticket_infrequent": "promising", "not_yet": "plain", "declining": "fading", "valuable_slipping": "fading",
    "ignores_but_buys": "fading", "reads_but_sleeps": "fading", "lapsed": "asleep", "lapsed_big": "asleep",
    "lapsed_frequent_small": "asleep", "gone": "asleep", "low_cost": "asleep",
    "dormant": "asleep", "lost": "asleep", "inactive": "asleep", "churned": "asleep",
}  # fmt: skip


# Where a digit meets a Chinese character; our own texts have a blank there, those of CLDR none.
BETWEEN_SCRIPTS = re.compile(r"(?<=\d)(?=[\u4e00-\u9fff])|(?<=[\u4e00-\u9fff])(?=\d)")


def page_locale() -> Locale:
    """Babel's locale for the language of the page."""
    try:
        return Locale.parse(to_locale(get_language() or "en"))
    except (UnknownLocaleError, ValueError):
        return Locale("en")


def tone_of(tier: str) -> str:
    """The CSS tone of a tier: --gx-<tone>, .tier-<tone>."""
    return TIER_TONES.get(tier.lower().replace("-", "_").replace(" ", "_"), "plain")


def firm_zone() -> ZoneInfo:
    return ZoneInfo(firm_queries.the_firm().time_zone)


@register.simple_tag(takes_context=True)
def words_of_block(context: template.Context, name: str) -> str:
    """The text of a template block once more, for the window's title."""
    block = context.render_context[BLOCK_CONTEXT_KEY].get_block(name)
    return " ".join(html.unescape(strip_tags(block.render(context))).split()) if block else ""


@register.simple_tag
def icon(name: str, classes: str = "") -> SafeString:
    return format_html(
        '<svg class="icon {}" aria-hidden="true"><use href="{}#{}"></use></svg>',
        classes,
        static("vendor/icons.svg"),
        name,
    )


@register.simple_tag(takes_context=True)
def moment(context: template.Context, value: datetime | None) -> str | SafeString:
    if value is None:
        return "—"
    locale, zone = page_locale(), context.get("firm_zone") or firm_zone()
    distance = value - (context.get("now") or clock.utc_now())
    words = BETWEEN_SCRIPTS.sub(" ", format_timedelta(distance, add_direction=True, locale=locale, threshold=1.2))
    full = format_datetime(value, "medium", tzinfo=zone, locale=locale)
    return format_html('<time datetime="{}" title="{} {}">{}</time>', value.isoformat(), full, zone.key, words)


def day_and_time(there: datetime) -> str:
    """ "Wed 20 May, 09:00" by the clock of its own zone."""
    # Translators: weekday, day, month and time as Unicode writes their patterns (CLDR), in the order of your language.
    return format_datetime(there, gettext("EEE d MMM, HH:mm"), tzinfo=there.tzinfo, locale=page_locale())


@register.simple_tag
def clock_there(value: datetime, zone_name: str) -> SafeString:
    there = value.astimezone(ZoneInfo(zone_name))
    words = format_datetime(there, "EEE HH:mm", tzinfo=there.tzinfo, locale=page_locale())
    return format_html('<time datetime="{}" title="{}">{}</time>', there.isoformat(), zone_name, words)


@register.filter
def money(amount: Decimal | float | None, currency: str) -> str:
    if amount is None:
        return "—"
    return format_currency(amount, currency, locale=page_locale())


@register.filter
def whole_money(amount: Decimal | float | None, currency: str) -> str:
    if amount is None:
        return "—"
    whole = Decimal(amount).quantize(Decimal(1))
    return format_currency(whole, currency, "¤#,##0", locale=page_locale(), currency_digits=False)


@register.filter
def share(value: Decimal | float | None) -> str:
    return "—" if value is None else format_percent(value, "#,##0.#%", locale=page_locale())


@register.filter
def day(value: date | None) -> str:
    return "—" if value is None else format_date(value, "medium", locale=page_locale())


@register.filter
def entry(mapping: Mapping[str, Any], key: str) -> Any:
    return mapping.get(key, key)


@register.filter
def country(code: str) -> str:
    return places.country_name(code, get_language() or "en") if code else "—"


CONTROLS = {"checkbox": "form-check-input", "select": "form-select", "nullbooleanselect": "form-select"}


@register.filter
def control(field: BoundField) -> SafeString:
    given = field.field.widget.attrs.get("class", "")
    classes = f"{CONTROLS.get(field.widget_type, 'form-control')} {given}".strip()
    return field.as_widget(attrs={"class": classes})


@register.inclusion_tag("console/partials/tier_chip.html")
def tier_chip(tier: str, title: str = "") -> dict[str, Any]:
    return {"tone": tone_of(tier), "title": title or tier.replace("_", " ")}


@register.inclusion_tag("console/partials/unpriced.html", takes_context=True)
def unpriced(context: template.Context) -> dict[str, Any]:
    return {
        "waiting": currencies.unpriced(),
        "into": firm_queries.the_firm().reporting_currency,
        "may_enter": context["request"].user.may(Right.IMPORT),
    }


@register.inclusion_tag("console/partials/pager.html", takes_context=True)
def pager(context: template.Context, page: Page[Any], parameter: str = "page") -> dict[str, Any]:
    request = context["request"]

    def address(number: int) -> str:
        query = request.GET.copy()
        query[parameter] = str(number)
        return f"?{query.urlencode()}"

    numbers = page.paginator.get_elided_page_range(page.number, on_each_side=1, on_ends=1)
    links = [(number, address(number) if isinstance(number, int) else "") for number in numbers]
    return {
        "page": page,
        "links": links,
        "before": address(page.previous_page_number()) if page.has_previous() else "",
        "after": address(page.next_page_number()) if page.has_next() else "",
    }


@register.simple_tag
def chart(name: str, option: dict[str, Any], height: int = 260, label: str = "") -> SafeString:
    return format_html(
        '{}<div class="chart" role="img" aria-label="{}" data-chart="chart-{}" style="height:{}px"></div>',
        json_script(option, f"chart-{name}"),
        label or name,
        name,
        height,
    )
