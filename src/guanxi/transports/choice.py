"""Which transport is used: the installation's (GUANXI_SMTP_URL, or the drawer without one), or a sender's own."""

from __future__ import annotations

from pathlib import Path

from django.conf import settings

from guanxi.transports.base import Transport
from guanxi.transports.drawer import Drawer
from guanxi.transports.providers import of
from guanxi.transports.smtp import Smtp
from guanxi.transports.smtp_url import parse

__all__ = ["chosen", "drawer_folder", "of"]


def chosen() -> Transport:
    """A new transport by the settings; the caller closes it. Raises smtp_url.OddSmtpUrl."""
    if not settings.GUANXI_SMTP_URL:
        return Drawer(drawer_folder())
    server = parse(settings.GUANXI_SMTP_URL)
    return Smtp(server, extra_lanes=server.connections)


def drawer_folder() -> Path:
    """Where the drawer's .eml files lie."""
    return Path(settings.GUANXI_DATA) / "drawer"
