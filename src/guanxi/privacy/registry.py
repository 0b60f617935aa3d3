"""Every table of the house: what of a person it holds, what erasure does with it, and until when it is kept (RL-08).

A table that is missing here, or whose fate its keys do not bear out, fails tests/house/test_people_can_be_forgotten.py.
The columns need no list: in every row that stays, whatever text stands in any column is searched for the person.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class Fate(StrEnum):
    """What becomes of a row when its person is erased."""

    GOES = "goes"  # it is deleted with the contact
    NAMELESS = "nameless"  # it stays, its key to the contact emptied, and what speaks of the person taken out
    CLEANSED = "cleansed"  # it hangs on a customer or on nobody: what speaks of the person is taken out
    DROPPED = "dropped"  # it may hold persons who are no contacts (yet): a row that speaks of the person is deleted
    FINGERPRINT = "fingerprint"  # it stays, and holds a keyed fingerprint instead of the person
    STAFF = "staff"  # it is about our own people, for whom another law counts
    HOUSE = "house"  # figures, settings and texts of the firm: nothing of a reader


@dataclass(frozen=True, slots=True)
class Entry:
    """One table. `with_customer`: the row also goes when the customer himself is the person.

    `because` tells why a row stays; `keeps_for` names the span of retention.SPANS by which it ends.
    """

    model: str
    fate: Fate
    holds: str | Promise
    because: str | Promise = ""
    keeps_for: str = ""
    with_customer: bool = False
    guarded: bool = False  # the database lets nobody change it; consent.forgetting opens it for erasure


ACCOUNTS = _("Books must be kept, and turnover must stay true; without a name it is no longer about a person.")
TEAM_WORK = _("It is about the customer and the work of the firm, not about this person.")
TRACE = _("It proves what was done and by whom.")
OWN = _("Settings, figures and texts of the firm.")
CAMPAIGN = _("Settings, figures and texts of the firm's mailings.")

ENTRIES: tuple[Entry, ...] = (
    # firm, staff
    Entry("firm.Firm", Fate.HOUSE, OWN),
    Entry("firm.CultureOverride", Fate.HOUSE, OWN),
    Entry("firm.HouseRule", Fate.HOUSE, OWN),
    Entry("firm.Benchmark", Fate.HOUSE, OWN),
    Entry("staff.User", Fate.STAFF, _("Accounts of people who work here.")),
    Entry("staff.Invitation", Fate.STAFF, _("Invitations to people who shall work here."), keeps_for="invitations"),
    Entry("staff.ApiToken", Fate.STAFF, _("Fingerprints of keys for machines.")),
    Entry("staff.AuditEntry", Fate.CLEANSED, _("What staff did, with names and addresses where they belong to it."),
          because=TRACE, keeps_for="audit"),
    # ledger
    Entry("ledger.Customer", Fate.CLEANSED, _("The customer: name, country, address."), because=ACCOUNTS),
    Entry("ledger.Contact", Fate.GOES, _("The person: name, address, telephone, language, birthday.")),
    Entry("ledger.Identity", Fate.GOES, _("Numbers that shops and other systems give the person."), with_customer=True),
    Entry("ledger.Order", Fate.NAMELESS, _("Orders with amounts, shipment and dates."), because=ACCOUNTS),
    Entry("ledger.OrderLine", Fate.CLEANSED, _("What was ordered."), because=ACCOUNTS),
    Entry("ledger.Invoice", Fate.CLEANSED, _("Invoices."), because=ACCOUNTS),
    Entry("ledger.Payment", Fate.CLEANSED, _("Payments."), because=ACCOUNTS),
    Entry("ledger.ExchangeRate", Fate.HOUSE, OWN),
    Entry("ledger.Note", Fate.GOES, _("Notes, calls and meetings, encrypted."), with_customer=True),
    Entry("ledger.Trait", Fate.CLEANSED, _("What staff know of the customer."), because=TEAM_WORK),
    Entry("ledger.Referral", Fate.CLEANSED, _("Who introduced whom."), because=TEAM_WORK),
    Entry("ledger.StockLevel", Fate.CLEANSED, _("What the customer has left in stock."), because=TEAM_WORK),
    Entry("ledger.Merge", Fate.CLEANSED, _("Which customers were found to be one."), because=TEAM_WORK),
    Entry("ledger.NotTheSame", Fate.CLEANSED, _("Which customers were found to be different."), because=TEAM_WORK),
    Entry("ledger.Event", Fate.GOES, _("What happened: visits, mails, registrations, statements."), keeps_for="events"),
    Entry("catalogue.Product", Fate.HOUSE, OWN),
    Entry("catalogue.MarginReference", Fate.HOUSE, OWN),
    # consent
    Entry("consent.Permission", Fate.GOES, _("Permissions with their proof."), guarded=True),
    Entry("consent.Removal", Fate.GOES, _("Hashes of statements that an undone import took back."), guarded=True),
    Entry("consent.Opening", Fate.HOUSE, _("A key to the guard of permissions, while it is turned.")),
    Entry("consent.EvidenceFile", Fate.GOES, _("Cards, photos and recordings that prove a permission.")),
    Entry("consent.Suppression", Fate.FINGERPRINT, _("That an address gets nothing any more, as a fingerprint."),
          because=_("So that nobody writes to the person again; the fingerprint cannot be turned back.")),
    Entry("consent.Topic", Fate.HOUSE, CAMPAIGN),
    Entry("consent.ReaderChoice", Fate.GOES, _("How often and about what the person wants to read.")),
    Entry("consent.ContactChannel", Fate.GOES, _("Ways to reach the person beside mail, and which he likes best.")),
    Entry("consent.SubjectRequest", Fate.NAMELESS, _("What persons asked of us by law."), because=TRACE,
          keeps_for="requests"),
    Entry("consent.AddressChange", Fate.GOES, _("New addresses that the person gave, and the former ones.")),
    Entry("consent.SignUpForm", Fate.HOUSE, CAMPAIGN),
    Entry("consent.FormWording", Fate.HOUSE, CAMPAIGN),
    Entry("consent.SignUp", Fate.DROPPED, _("What somebody typed into a sign-up form."), keeps_for="sign_ups"),
    Entry("consent.YearlyCheck", Fate.GOES, _("When the yearly letter about the person's data goes out.")),
    Entry("consent.ConsentPolicy", Fate.HOUSE, OWN),
    Entry("consent.MemberPace", Fate.CLEANSED, _("How many mails a week the customer's standing allows."),
          because=ACCOUNTS),
    # supply, scoring, recommendations, tiering
    Entry("supply.Agreement", Fate.CLEANSED, _("Agreements with the customer."), because=ACCOUNTS),
    Entry("supply.Project", Fate.CLEANSED, _("Goods made to the customer's specification."), because=TEAM_WORK),
    Entry("supply.QualityCheck", Fate.CLEANSED, _("Checks of such goods."), because=TEAM_WORK),
    Entry("supply.Quotation", Fate.CLEANSED, _("Quotations."), because=ACCOUNTS),
    Entry("supply.JointShipment", Fate.CLEANSED, _("Shipments of several orders."), because=ACCOUNTS),
    Entry("supply.ProductionPicture", Fate.CLEANSED, _("Pictures of goods in production."), because=TEAM_WORK),
    Entry("scoring.ScoreRun", Fate.HOUSE, OWN),
    Entry("scoring.PredictionRun", Fate.HOUSE, OWN),
    Entry("scoring.RhythmAlert", Fate.CLEANSED, _("When the customer's orders fell behind."), because=ACCOUNTS),
    Entry("recommendations.ContentPiece", Fate.HOUSE, OWN),
    Entry("recommendations.Refusal", Fate.CLEANSED, _("What shall not be recommended to the customer."),
          because=TEAM_WORK),
    Entry("recommendations.AffinityRun", Fate.HOUSE, OWN),
    Entry("tiering.Scheme", Fate.HOUSE, OWN),
    Entry("tiering.SchemeRun", Fate.HOUSE, OWN),
    Entry("tiering.Standing", Fate.CLEANSED, _("The tier in which the customer stands, and why."), because=ACCOUNTS),
    Entry("tiering.StandingChange", Fate.CLEANSED, _("How the customer's tier changed, and why."), because=ACCOUNTS),
    Entry("tiering.Review", Fate.HOUSE, OWN),
    Entry("tiering.Proposal", Fate.CLEANSED, _("Proposed changes of tier and what people decided."), because=ACCOUNTS),
    Entry("tiering.SchemeVersion", Fate.HOUSE, OWN),
    Entry("tiering.SchemeDraft", Fate.HOUSE, OWN),
    # content, offers, budget, desk
    Entry("content.Template", Fate.HOUSE, CAMPAIGN),
    Entry("content.Letter", Fate.HOUSE, CAMPAIGN),
    Entry("content.LetterPolicy", Fate.HOUSE, CAMPAIGN),
    Entry("content.Picture", Fate.HOUSE, CAMPAIGN),
    Entry("offers.Offer", Fate.HOUSE, OWN),
    Entry("offers.OfferVersion", Fate.HOUSE, OWN),
    Entry("offers.PriceBreak", Fate.HOUSE, OWN),
    Entry("offers.FloorMargin", Fate.HOUSE, OWN),
    Entry("offers.Grant", Fate.NAMELESS, _("Personal codes of offers: which, since when, until when."),
          because=ACCOUNTS, with_customer=True),
    Entry("offers.Redemption", Fate.CLEANSED, _("The orders that codes were used for, and what that cost."),
          because=ACCOUNTS),
    Entry("budget.Budget", Fate.HOUSE, OWN),
    Entry("budget.Expense", Fate.CLEANSED, _("What was spent on the customer."), because=ACCOUNTS),
    Entry("budget.Placement", Fate.HOUSE, OWN),
    Entry("desk.Task", Fate.NAMELESS, _("Tasks of staff about the person."), because=TEAM_WORK, with_customer=True),
    # outbox, tracking, webhooks
    Entry("outbox.Sender", Fate.HOUSE, CAMPAIGN),
    Entry("outbox.Stream", Fate.HOUSE, CAMPAIGN),
    Entry("outbox.Tally", Fate.HOUSE, CAMPAIGN),
    Entry("outbox.Rest", Fate.HOUSE, CAMPAIGN),
    Entry("outbox.SendingPolicy", Fate.HOUSE, CAMPAIGN),
    Entry("outbox.PausedOrigin", Fate.HOUSE, CAMPAIGN),
    Entry("outbox.Message", Fate.GOES, _("Mails to the person: subject, values, fate."), keeps_for="letters"),
    Entry("outbox.Verdict", Fate.GOES, _("Why a mail to the person went, waited or stayed."), keeps_for="letters"),
    Entry("outbox.Attempt", Fate.GOES, _("What the person's mail server answered."), keeps_for="letters"),
    Entry("outbox.Frozen", Fate.GOES, _("Mails as they were rendered before their hand-over."), keeps_for="letters"),
    Entry("tracking.Hit", Fate.GOES, _("Openings and clicks of the person's mails."), keeps_for="hits"),
    Entry("tracking.HitSheet", Fate.DROPPED,
          _("Openings and clicks of the last moments, by the number of the mail, until each is written for itself.")),
    Entry("tracking.HitPage", Fate.HOUSE, _("Names of files of openings and clicks, while they are taken in.")),
    Entry("tracking.PageHit", Fate.GOES, _("Visits of pages that the person's mails lead to."), keeps_for="page_hits"),
    Entry("tracking.Site", Fate.HOUSE, OWN),
    Entry("tracking.Cart", Fate.GOES, _("Carts the person filled in the shop."), keeps_for="carts"),
    Entry("tracking.MaterialPrice", Fate.HOUSE, OWN),
    Entry("inbox.Mailbox", Fate.HOUSE, _("Mailboxes that are read, with sealed passwords.")),
    Entry("inbox.ProviderKey", Fate.HOUSE, _("Keys of mail providers, sealed.")),
    Entry("inbox.Arrival", Fate.DROPPED, _("Mails that came in: replies, bounces, complaints."), keeps_for="arrivals"),
    Entry("webhooks.Endpoint", Fate.HOUSE, _("Addresses of other programs, with sealed secrets.")),
    Entry("webhooks.Delivery", Fate.GOES, _("What was told to other programs."), keeps_for="deliveries"),
    # intake
    Entry("intake.Mapping", Fate.HOUSE, OWN),
    Entry("intake.ImportRun", Fate.CLEANSED, _("Imports: file names, figures, and the uploaded file."),
          because=_("It tells where the data came from; the uploaded file itself goes."), keeps_for="uploads"),
    Entry("intake.RejectedRow", Fate.DROPPED, _("Rows of imports that could not be used."), keeps_for="rejects"),
    Entry("intake.BeforeImage", Fate.DROPPED, _("What a row was before an import changed it."), keeps_for="images"),
    # segments, care, journeys, campaigns
    Entry("segments.Segment", Fate.CLEANSED, _("Groups and their rules."), because=TEAM_WORK),
    Entry("segments.Membership", Fate.GOES, _("The groups the person is in.")),
    Entry("segments.DayCount", Fate.HOUSE, OWN),
    Entry("care.TeamMember", Fate.STAFF, _("Who of the staff looks after the customer.")),
    Entry("care.StageCheck", Fate.CLEANSED, _("What was done for the customer at his stage."), because=TEAM_WORK),
    Entry("papers.Document", Fate.HOUSE, CAMPAIGN),
    Entry("papers.Given", Fate.GOES, _("The documents that were chosen for the person, and why.")),
    Entry("papers.Answer", Fate.GOES, _("The person's answers to questionnaires.")),
    Entry("papers.LocalContact", Fate.CLEANSED, _("Who helps buyers of a market on the spot."), because=TEAM_WORK),
    Entry("papers.CustomsPaper", Fate.CLEANSED, _("Papers for customs of an order."), because=ACCOUNTS),
    Entry("care.Gift", Fate.GOES, _("Gifts to the person.")),
    Entry("journeys.Journey", Fate.HOUSE, CAMPAIGN),
    Entry("journeys.Version", Fate.HOUSE, CAMPAIGN),
    Entry("journeys.Draft", Fate.HOUSE, CAMPAIGN),
    Entry("journeys.Enrolment", Fate.GOES, _("The journeys the person is or was in.")),
    Entry("journeys.Visit", Fate.GOES, _("The steps of these journeys.")),
    Entry("journeys.Refusal", Fate.CLEANSED, _("Why a customer did not enter a journey."), because=TEAM_WORK),
    Entry("campaigns.Campaign", Fate.CLEANSED, CAMPAIGN, because=TEAM_WORK),
    Entry("campaigns.Variant", Fate.HOUSE, CAMPAIGN),
    Entry("campaigns.HeldOut", Fate.GOES, _("The campaigns the person was kept out of by chance.")),
    Entry("campaigns.Recipient", Fate.GOES, _("The campaigns the person was to read.")),
    Entry("campaigns.Safeguards", Fate.HOUSE, CAMPAIGN),
    # privacy, pipeline
    Entry("privacy.Erasure", Fate.FINGERPRINT, _("That somebody was erased, when and why, as a fingerprint."),
          because=_("So that the erasure can be repeated after a backup was restored.")),
    Entry("privacy.Span", Fate.HOUSE, OWN),
    Entry("privacy.RetentionRun", Fate.HOUSE, _("How much was deleted when its time was over.")),
    Entry("privacy.RecordDetails", Fate.HOUSE, OWN),
    Entry("privacy.Breach", Fate.CLEANSED, _("Breaches of data protection and what was done."), because=TRACE),
    Entry("privacy.Assessment", Fate.CLEANSED, _("Assessments of risks for persons."), because=TRACE),
    Entry("privacy.Reading", Fate.STAFF, _("Who of the staff looked at which lists."), keeps_for="readings"),
    Entry("pipeline.DayRun", Fate.HOUSE, OWN),
    Entry("pipeline.Heartbeat", Fate.HOUSE, OWN),
    Entry("pipeline.Soundness", Fate.HOUSE, OWN),
    Entry("pipeline.KeptAnswer", Fate.DROPPED, _("Answers to machines, kept for a day."), keeps_for="answers"),
    Entry("pipeline.RehearsalRun", Fate.HOUSE, _("Figures of rehearsals, for a month; no customer is named.")),
    Entry("pipeline.Export", Fate.HOUSE, _("Copies of everything that staff asked for; erasure deletes their files."),
          keeps_for="exports"),
)  # fmt: skip

# Tables of libraries.
FOREIGN: tuple[Entry, ...] = (
    Entry("auth.Permission", Fate.HOUSE, OWN),
    Entry("auth.Group", Fate.HOUSE, OWN),
    Entry("contenttypes.ContentType", Fate.HOUSE, OWN),
    Entry("sessions.Session", Fate.DROPPED, _("Who of the staff is signed in, and what a page wanted to tell them."),
          keeps_for="sessions"),
    Entry("account.EmailAddress", Fate.STAFF, _("Addresses of people who work here.")),
    Entry("account.EmailConfirmation", Fate.STAFF, _("Addresses of people who work here.")),
    Entry("mfa.Authenticator", Fate.STAFF, _("Second factors of people who work here, sealed.")),
)  # fmt: skip

BY_MODEL = {entry.model: entry for entry in (*ENTRIES, *FOREIGN)}


def entry_of(label: str) -> Entry:
    """The entry of a table, such as `ledger.Contact`; what is not told here is taken for a table with persons."""
    return BY_MODEL.get(label, Entry(label, Fate.CLEANSED, label))
