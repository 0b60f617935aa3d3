"""The roles in the reader's language, each with a sentence about what it may do (staff.roles)."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

ROLE_NAMES = {
    "owner": pgettext_lazy("role", "Owner"),
    "admin": _("Administrator"),
    "manager": _("Manager"),
    "marketer": _("Marketer"),
    "sales": _("Sales"),
    "analyst": _("Analyst"),
    "auditor": _("Auditor"),
}
ROLE_SENTENCES = {
    "owner": _("Everything, also who else is an owner."),
    "admin": _("Everything but making owners."),
    "manager": _("All customers, tiers, journeys and mail; no settings, staff or keys."),
    "marketer": _("All customers, tiers, journeys and mail; assigns no customers."),
    "sales": _("His own customers: sees and edits them."),
    "analyst": _("Sees everything and exports; changes nothing."),
    "auditor": _("Sees everything and the audit trail; changes nothing."),
}
