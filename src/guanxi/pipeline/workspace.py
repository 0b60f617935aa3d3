"""Creates a workspace, or brings it up to the version of the code."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings

from guanxi.content import actions as content_actions
from guanxi.journeys import actions as journeys_actions
from guanxi.offers import actions as offers_actions
from guanxi.pipeline import tables
from guanxi.tiering import actions as tiering_actions


def bring_up_to_date(*, now: datetime) -> None:
    """Make the data folder and the tables, and install what ships with the code: schemes, letters, offers, journeys.

    The ready journeys are live from the start: history never starts one (RD-13), so nothing is written to anybody
    before something new happens.
    """
    settings.GUANXI_DATA.mkdir(parents=True, exist_ok=True)
    tables.bring_up_to_date()
    tiering_actions.install_presets(now=now)
    content_actions.install_library(now=now)
    offers_actions.install_library(now=now)
    journeys_actions.install_library(now=now)
