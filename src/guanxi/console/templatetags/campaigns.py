"""What the pages of campaigns add. Load with `{% load campaigns %}`.

clock_day     {% clock_day row.at row.zone %}         "Wed 20 May, 09:00", by the reader's own clock
"""

from __future__ import annotations

from datetime import datetime

from django import template
from django.utils.html import format_html

from guanxi.console.templatetags.guanxi import day_and_time
from guanxi.culture.zones import zone_info

register = template.Library()


@register.simple_tag
def clock_day(value: datetime, zone_name: str) -> str:
    there = value.astimezone(zone_info(zone_name) or value.tzinfo)
    return format_html('<time datetime="{}" title="{}">{}</time>', there.isoformat(), zone_name, day_and_time(there))
