"""The pages of data protection: requests, one person, erasing, retention, record, breaches, evidence."""

from __future__ import annotations

import io
import json
import zipfile
from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse

from guanxi.consent.models import SubjectRequest
from guanxi.consent.requests import open_request
from guanxi.console.reading_log import LISTS
from guanxi.kernel import clock
from guanxi.ledger.models import Contact
from guanxi.privacy import readings, retention
from guanxi.privacy.models import Assessment, Breach, Erasure, Reading, RecordDetails
from guanxi.staff.models import AuditEntry
from tests import cast
from tests.doors.console.access_world import all_routes

pytestmark = pytest.mark.django_db


@pytest.fixture
def owner(ada: Any, client_of: Any) -> Any:
    """Ada, who has typed her password a moment ago."""
    return client_of(ada)


class TestOnePerson:
    def test_is_shown_with_all_that_hangs_on_him(self, owner: Any, lena: Contact) -> None:
        cast.permit(lena)
        page = owner.get(reverse("contact_data", args=[lena.pk])).content.decode()

        assert "Permissions with their proof." in page
        assert "Download everything" in page

    def test_is_taken_out_whole_with_one_click(self, owner: Any, lena: Contact) -> None:
        """RL-08: JSON and CSV, audited."""
        cast.permit(lena)
        answer = owner.post(reverse("contact_data_export", args=[lena.pk]))

        with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
            names = set(archive.namelist())
            assert {"README.txt", "person.json", "ledger.contact.csv", "consent.permission.csv"} <= names
            assert "lena@alsterkontor.example" in archive.read("ledger.contact.csv").decode("utf-8-sig")
        assert AuditEntry.objects.get(act="person.exported").object_id == str(lena.pk)

    def test_is_erased_after_a_second_look(self, owner: Any, lena: Contact) -> None:
        """RL-10, RE-20: a page says what goes and what stays; the password is asked for once more."""
        look = owner.get(reverse("contact_erase", args=[lena.pk])).content.decode()
        assert "This goes for good" in look
        assert "All sums of orders" in look
        assert Contact.objects.filter(pk=lena.pk).exists()

        owner.post(reverse("contact_erase_now", args=[lena.pk]), {"reason": "Asked by mail."})
        assert not Contact.objects.filter(pk=lena.pk).exists()
        assert Erasure.objects.get().reason == "Asked by mail."

    def test_is_not_erased_without_a_fresh_password(self, ada: Any, signed_in: Any, lena: Contact) -> None:
        """RE-20."""
        answer = signed_in(ada).post(reverse("contact_erase_now", args=[lena.pk]), {"reason": "Asked."})

        assert answer.status_code == 302
        assert "reauthenticate" in answer["Location"]
        assert Contact.objects.filter(pk=lena.pk).exists()

    def test_is_not_erased_without_a_reason(self, owner: Any, lena: Contact) -> None:
        owner.post(reverse("contact_erase_now", args=[lena.pk]), {"reason": " "})

        assert Contact.objects.filter(pk=lena.pk).exists()


class TestRequests:
    def test_stand_with_the_days_that_are_left(self, owner: Any, lena: Contact) -> None:
        """RL-08: deadline timer of one month."""
        open_request(contact=lena, kind="erase", via="preferences", now=clock.utc_now() - timedelta(days=25))
        page = owner.get(reverse("privacy")).content.decode()

        assert "Lena Petersen" in page
        assert "in 2 days" in page

    def test_are_written_down_and_answered(self, owner: Any, lena: Contact) -> None:
        owner.post(reverse("contact_request", args=[lena.pk]), {"kind": "correct"})
        request = SubjectRequest.objects.get(kind="correct", via="staff")
        owner.post(reverse("privacy_answer", args=[request.pk]), {"outcome": "Corrected the telephone."})

        request.refresh_from_db()
        assert (request.state, request.outcome) == ("done", "Corrected the telephone.")


class TestSearching:
    def test_says_where_something_is_left(self, owner: Any, lena: Contact) -> None:
        page = owner.post(reverse("privacy_search"), {"text": "lena@alsterkontor.example"}).content.decode()
        assert "ledger_contact.email" in page

        page = owner.post(reverse("privacy_search"), {"text": "nobody@elsewhere.example"}).content.decode()
        assert "Nothing found" in page


class TestRetention:
    def test_shows_defaults_as_defaults(self, owner: Any) -> None:
        """RL-11."""
        page = owner.get(reverse("privacy_retention")).content.decode()

        assert page.count("our default") == len(retention.RULES)

    def test_is_changed_with_a_reason_only(self, owner: Any) -> None:
        owner.post(reverse("privacy_span"), {"key": "drawer", "days": 10, "reason": ""})
        assert retention.span_of("drawer") == 90
        owner.post(reverse("privacy_span"), {"key": "drawer", "days": 9999, "reason": "x"})
        assert retention.span_of("drawer") == 90

        owner.post(reverse("privacy_span"), {"key": "drawer", "days": 10, "reason": "Agreed with the works council."})
        assert retention.span_of("drawer") == 10
        assert AuditEntry.objects.get(act="retention.changed").details["was"] == 90


class TestTheRecord:
    def test_holds_what_the_firm_adds_and_leaves_as_a_file(self, owner: Any) -> None:
        """RL-12."""
        owner.post(reverse("privacy_record"), {"recipients": "Freight Ltd, Hamburg", "officer": "Ms Wu"})
        found = json.loads(owner.get(reverse("privacy_record_file", args=["json"])).content)
        workbook = owner.get(reverse("privacy_record_file", args=["xlsx"])).content

        assert RecordDetails.objects.get().officer == "Ms Wu"
        assert "Freight Ltd, Hamburg" in found["recipients"]
        assert workbook.startswith(b"PK")
        assert "Freight Ltd, Hamburg" in owner.get(reverse("privacy_record")).content.decode()

    def test_keeps_an_assessment_and_says_what_laws_ask(self, owner: Any) -> None:
        """RL-17, RL-18."""
        facts = {"title": "Mails from Ningbo to the EU", "occasion": "transfer_abroad", "purpose": "Orders.",
                 "impact": "Low.", "measures": "Consent, TLS.", "decided_on": "2026-05-01"}  # fmt: skip
        owner.post(reverse("privacy_assess"), facts)
        page = owner.get(reverse("privacy_record")).content.decode()

        assert Assessment.objects.get().review_on.isoformat() == "2027-05-01"
        assert "Mails from Ningbo to the EU" in page
        assert "Personal Information Protection Law" in page


class TestBreaches:
    def test_run_a_clock_of_72_hours(self, owner: Any) -> None:
        """RL-12."""
        noticed = clock.utc_now() - timedelta(hours=70, minutes=30)
        owner.post(reverse("privacy_breaches"), {"what": "A laptop.", "noticed_at": f"{noticed:%Y-%m-%dT%H:%M:%S}"})
        breach = Breach.objects.get()

        assert breach.due_at - breach.noticed_at == timedelta(hours=72)
        assert "1 hour left" in owner.get(reverse("privacy_breaches")).content.decode()

    def test_are_closed_with_an_answer_only(self, owner: Any, ada: Any) -> None:
        from guanxi.privacy import incidents

        breach = incidents.open_breach(what="A laptop.", noticed_at=cast.NOW, actor=ada, now=cast.NOW)
        owner.post(reverse("privacy_breach", args=[breach.pk]), {"close": "1"})
        assert Breach.objects.get().closed_at is None

        answer = {"close": "1", "not_reported_because": "Encrypted disk."}
        owner.post(reverse("privacy_breach", args=[breach.pk]), answer)
        assert Breach.objects.get().closed_at is not None


class TestTheEvidencePack:
    def test_answers_an_inspection_without_a_readers_name(self, owner: Any, lena: Contact) -> None:
        """G-10."""
        cast.permit(lena)
        answer = owner.post(reverse("privacy_evidence"))

        with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
            names = set(archive.namelist())
            whole = b"".join(archive.read(name) for name in names).decode("utf-8", "replace")
            permissions = archive.read("permissions.csv").decode("utf-8-sig").splitlines()
        assert {"record-of-processing.json", "audit.csv", "requests.csv", "registry.csv", "manifest.json"} <= names
        assert permissions[1].startswith("DE,email,marketing,granted,consent,double_opt_in,1,")
        assert "lena" not in whole.casefold()
        assert "petersen" not in whole.casefold()


class TestReadings:
    def test_are_counted_per_person_list_and_day(self, owner: Any, ada: Any, lena: Contact) -> None:
        """RL-12: who read what, for exports and bulk views."""
        for _ in range(3):
            owner.get(reverse("customers"))
        owner.get(reverse("home"))

        assert (readings.count_looks(), readings.count_looks()) == (3, 0)
        assert [(each.user, each.what, each.times) for each in Reading.objects.all()] == [(ada, "customers", 3)]

    def test_know_pages_that_exist(self) -> None:
        assert {route.name for route in all_routes()} >= LISTS
