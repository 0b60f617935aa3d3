"""Which transport this installation uses: the mail server of GUANXI_SMTP_URL, or the drawer without one."""

from __future__ import annotations

from pathlib import Path

from django.conf import settings

from guanxi.transports.base import Transport
from guanxi.transports.drawer import Drawer
from guanxi.transports.smtp import Smtp


def chosen() -> Transport:
    """A new transport by the settings; the caller closes it. Raises smtp_url.OddSmtpUrl."""
    return Smtp(settings.GUANXI_SMTP_URL) if settings.GUANXI_SMTP_URL else Drawer(drawer_folder())


def drawer_folder() -> Path:
    """Where the drawer's .eml files lie."""
    return Path(settings.GUANXI_DATA) / "drawer"
