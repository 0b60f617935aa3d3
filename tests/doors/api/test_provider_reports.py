"""Reports of mail providers: proof, size, once, in any order."""

from __future__ import annotations

import base64
import gzip
import hashlib
import hmac
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.x509.oid import NameOID
from django.test import Client

from guanxi.api import provider_reports
from guanxi.consent.models import Suppression
from guanxi.content.models import Template
from guanxi.inbox import actions
from guanxi.inbox.models import Arrival, ProviderKey
from guanxi.inbox.providers import PROVIDERS
from guanxi.kernel import clock
from guanxi.ledger.models import Contact, Event
from guanxi.outbox.models import Message

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
SECRET = "a long secret"
TOPIC = "arn:aws:sns:eu-west-1:123456789012:mail"
EC_KEY = ec.generate_private_key(ec.SECP256R1())
RSA_KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
CERTIFICATE_URL = "https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-abc.pem"


@pytest.fixture
def at() -> datetime:
    return clock.utc_now()


@pytest.fixture
def message(lena: Contact, at: datetime) -> Message:
    template = Template.objects.create(key="t", title="T", kind="marketing", created_at=at)
    return Message.objects.create(
        idempotency_key="one", contact=lena, customer=lena.customer, template=template, kind="marketing",
        origin_kind="campaign", origin_id="1", state="accepted", due_at=at, not_before=at, expires_at=at + HOUR,
        proposed_at=at - HOUR, handed_at=at - HOUR, accepted_at=at - HOUR, provider_id="prov-1",
        rfc_message_id="<one@firm.example>",
    )  # fmt: skip


@pytest.fixture
def keys(db: None, at: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every provider is in use."""
    public = EC_KEY.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    for provider in PROVIDERS:
        secret = {"sendgrid": base64.b64encode(public).decode(), "ses": TOPIC}.get(provider, SECRET)
        actions.set_provider_key(provider=provider, secret=secret, now=at)
    monkeypatch.setattr(provider_reports, "certificate", lambda url: certificate(at))


def certificate(at: datetime) -> bytes:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "sns.amazonaws.com")])
    made = x509.CertificateBuilder(name, name, RSA_KEY.public_key(), 1, at - HOUR, at + HOUR).sign(
        RSA_KEY, hashes.SHA256()
    )
    return made.public_bytes(serialization.Encoding.PEM)


def bodies(email: str, at: datetime, *, event_id: str = "e1") -> dict[str, Any]:
    """A report of a dead address, as each provider writes it."""
    stamp = int(at.timestamp())
    said = "550 5.1.1 user unknown"
    return {
        "postmark": {"RecordType": "Bounce", "Type": "HardBounce", "ID": event_id, "MessageID": "prov-1",
                     "Email": email, "BouncedAt": at.isoformat(), "Details": said},
        "mailgun": {"event-data": {"event": "failed", "severity": "permanent", "id": event_id, "timestamp": stamp,
                                   "recipient": email, "delivery-status": {"code": 550, "message": said},
                                   "message": {"headers": {"message-id": "one@firm.example"}}}},
        "sendgrid": [{"event": "bounce", "type": "bounce", "sg_event_id": event_id, "timestamp": stamp,
                      "email": email, "sg_message_id": "prov-1.filter-1", "status": "5.1.1", "reason": said}],
        "brevo": {"event": "hard_bounce", "id": event_id, "email": email, "ts_event": stamp,
                  "message-id": "<one@firm.example>", "reason": said},
        "directmail": {"id": event_id, "type": "dm:Deliver:Fail", "time": at.isoformat(),
                       "data": {"rcpt": email, "env_id": "prov-1", "err_msg": said}},
        "ses": {"Type": "Notification", "MessageId": event_id, "TopicArn": TOPIC, "Timestamp": at.isoformat(),
                "SignatureVersion": "2", "SigningCertURL": CERTIFICATE_URL, "Message": json.dumps({
                    "notificationType": "Bounce", "mail": {"messageId": "prov-1", "timestamp": at.isoformat()},
                    "bounce": {"bounceType": "Permanent", "bounceSubType": "General", "timestamp": at.isoformat(),
                               "bouncedRecipients": [{"emailAddress": email, "status": "5.1.1",
                                                      "diagnosticCode": f"smtp; {said}"}]}})},
    }  # fmt: skip


def sealed(provider: str, body: Any, at: datetime) -> tuple[bytes, dict[str, str]]:
    """The body and headers with the provider's own proof, made at `at`."""
    stamp = str(int(at.timestamp()))
    if provider == "mailgun":
        signature = hmac.new(SECRET.encode(), f"{stamp}tok".encode(), hashlib.sha256).hexdigest()
        body = body | {"signature": {"timestamp": stamp, "token": "tok", "signature": signature}}
    if provider == "ses":
        body = body | {"Timestamp": at.isoformat()}
        names = ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type")
        text = "".join(f"{name}\n{body[name]}\n" for name in names if name in body).encode()
        signed = RSA_KEY.sign(text, padding.PKCS1v15(), hashes.SHA256())
        body = body | {"Signature": base64.b64encode(signed).decode()}
    raw = json.dumps(body).encode()
    if provider == "sendgrid":
        signature = base64.b64encode(EC_KEY.sign(stamp.encode() + raw, ec.ECDSA(hashes.SHA256()))).decode()
        return raw, {
            "X-Twilio-Email-Event-Webhook-Signature": signature, "X-Twilio-Email-Event-Webhook-Timestamp": stamp,
        }  # fmt: skip
    if provider in ("postmark", "brevo", "directmail"):
        return raw, {"Authorization": f"Bearer {SECRET}"}
    return raw, {}


def post(provider: str, raw: bytes, headers: dict[str, str]) -> int:
    return Client().post(f"/v1/hooks/{provider}", raw, content_type="application/json", headers=headers).status_code


@pytest.fixture
def tell(keys: None, message: Message, at: datetime) -> Callable[..., int]:
    def tell_it(provider: str, *, when: datetime = at, **changes: Any) -> int:
        return post(provider, *sealed(provider, bodies(message.contact.email, at, **changes)[provider], when))

    return tell_it


def effects() -> tuple[int, int, int]:
    return Suppression.objects.count(), Event.objects.count(), Arrival.objects.count()


@pytest.mark.parametrize("provider", PROVIDERS)
class TestEveryProvider:
    def test_tells_of_a_dead_address(self, tell: Callable[..., int], provider: str) -> None:
        assert tell(provider) == 204

        assert Suppression.objects.get().reason == "hard_bounce"
        assert Event.objects.get(name="email.bounced").properties["reason"] == "user_unknown"
        assert ProviderKey.objects.get(provider=provider).heard_at is not None

    def test_without_proof_has_no_effect(self, keys: None, message: Message, at: datetime, provider: str) -> None:
        """RS-23: unsigned is refused."""
        raw = json.dumps(bodies(message.contact.email, at)[provider]).encode()

        assert post(provider, raw, {}) == 403
        assert effects() == (0, 0, 0)

    def test_with_a_wrong_proof_has_no_effect(
        self, tell: Callable[..., int], at: datetime, provider: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """RS-23: signed with another key is refused."""
        monkeypatch.setattr(f"{__name__}.SECRET", "another secret")
        monkeypatch.setattr(f"{__name__}.EC_KEY", ec.generate_private_key(ec.SECP256R1()))
        known = certificate(at)
        monkeypatch.setattr(provider_reports, "certificate", lambda url: known)
        monkeypatch.setattr(f"{__name__}.RSA_KEY", rsa.generate_private_key(public_exponent=65537, key_size=2048))

        assert tell(provider) == 403
        assert effects() == (0, 0, 0)

    def test_with_the_proof_of_another_provider_has_no_effect(
        self, keys: None, message: Message, at: datetime, provider: str
    ) -> None:
        """RS-23: what proves one provider proves no other."""
        others = [name for name in PROVIDERS if PROVIDERS[name].PROOF != PROVIDERS[provider].PROOF]
        for other in others:
            raw, headers = sealed(other, bodies(message.contact.email, at)[other], at)
            assert post(provider, raw, headers) in (400, 403)
        assert effects() == (0, 0, 0)

    def test_without_a_key_is_refused(self, tell: Callable[..., int], provider: str) -> None:
        """RS-23: closed when nothing is set."""
        actions.delete_provider_key(provider=provider)

        assert tell(provider) == 403
        assert effects() == (0, 0, 0)

    def test_repeated_has_no_effect_again(self, tell: Callable[..., int], provider: str) -> None:
        """RS-23, RS-24, RD-12: the same event id counts once."""
        assert (tell(provider), tell(provider)) == (204, 204)

        assert effects() == (1, 1, 1)

    def test_about_another_reader_is_set_apart(self, keys: None, message: Message, at: datetime, provider: str) -> None:
        raw, headers = sealed(provider, bodies("yuki@nambabussan.example", at)[provider], at)

        assert post(provider, raw, headers) == 204
        assert (Suppression.objects.count(), Arrival.objects.get().state) == (0, "quarantined")


class TestAnOldReport:
    @pytest.mark.parametrize("provider", ["mailgun", "sendgrid"])
    def test_is_refused_after_five_minutes(self, tell: Callable[..., int], at: datetime, provider: str) -> None:
        """RS-23: the moment that is signed may differ by five minutes."""
        assert tell(provider, when=at - timedelta(minutes=6)) == 403
        assert tell(provider, when=at + timedelta(minutes=6)) == 403
        assert tell(provider, when=at - timedelta(minutes=4)) == 204

    def test_of_amazon_is_taken_while_it_is_still_tried(self, tell: Callable[..., int], at: datetime) -> None:
        assert tell("ses", when=at - timedelta(minutes=50)) == 204
        assert tell("ses", when=at - timedelta(hours=2)) == 403


class TestAmazon:
    def test_signed_with_sha_1_is_refused(self, keys: None, message: Message, at: datetime) -> None:
        """RS-23: the algorithm is ours, not the request's."""
        body = bodies(message.contact.email, at)["ses"] | {"SignatureVersion": "1"}

        assert post("ses", *sealed("ses", body, at)) == 403

    @pytest.mark.parametrize(
        "url", ["https://evil.example/a.pem", "http://sns.eu-west-1.amazonaws.com/SimpleNotificationService-a.pem",
                "https://sns.eu-west-1.amazonaws.com.evil.example/SimpleNotificationService-a.pem"],
    )  # fmt: skip
    def test_with_a_certificate_from_elsewhere_is_refused(
        self, keys: None, message: Message, at: datetime, url: str
    ) -> None:
        """RS-22, RS-23: no address of the request's is called."""
        body = bodies(message.contact.email, at)["ses"] | {"SigningCertURL": url}

        assert post("ses", *sealed("ses", body, at)) == 403

    def test_of_another_topic_is_refused(self, keys: None, message: Message, at: datetime) -> None:
        body = bodies(message.contact.email, at)["ses"] | {"TopicArn": f"{TOPIC}-other"}

        assert post("ses", *sealed("ses", body, at)) == 403


class TestSizes:
    def test_too_long_too_deep_and_broken_are_refused(self, keys: None, at: datetime) -> None:
        """RS-24: at most 256 KB compressed and 1 MB inflated, while inflating; depth 6, 100 properties, 4 KB a text."""
        headers = {"Authorization": f"Bearer {SECRET}"}
        deep = b'{"a":' * 8 + b"1" + b"}" * 8
        cases = [
            b"x" * (1024 * 1024 + 1), deep, json.dumps({"a": "b" * 5000}).encode(),
            json.dumps({str(n): n for n in range(101)}).encode(), b"\xff\xfe", b'{"a": NaN}', b'{"a": "\\ud800"}',
        ]  # fmt: skip

        assert [post("postmark", case, headers) for case in cases] == [400] * len(cases)
        assert effects() == (0, 0, 0)

    def test_a_bomb_is_not_inflated(self, keys: None) -> None:
        """RS-24: the bound holds while inflating."""
        bomb = gzip.compress(b"0" * 100_000_000)

        assert len(bomb) < 256 * 1024
        assert post("postmark", bomb, {"Content-Encoding": "gzip", "Authorization": f"Bearer {SECRET}"}) == 400

    def test_a_compressed_report_is_read(self, keys: None, message: Message, at: datetime) -> None:
        raw, headers = sealed("postmark", bodies(message.contact.email, at)["postmark"], at)

        assert post("postmark", gzip.compress(raw), headers | {"Content-Encoding": "gzip"}) == 204
        assert Suppression.objects.count() == 1


class TestOtherReports:
    def test_a_complaint_stops_marketing(self, keys: None, message: Message, at: datetime) -> None:
        """RP-27, RP-32: by webhook as by mail."""
        body = [{"event": "spamreport", "sg_event_id": "s", "timestamp": int(at.timestamp()),
                 "email": message.contact.email, "sg_message_id": "prov-1.x"}]  # fmt: skip

        post("sendgrid", *sealed("sendgrid", body, at))

        assert list(Suppression.objects.values_list("scope", "reason")) == [("marketing", "complaint")]

    def test_a_delivery_settles_a_mail_of_unknown_fate(self, keys: None, message: Message, at: datetime) -> None:
        Message.objects.update(state="uncertain", accepted_at=None)
        body = {"event": "delivered", "id": "d", "email": message.contact.email, "ts_event": int(at.timestamp()),
                "message-id": "<one@firm.example>"}  # fmt: skip

        post("brevo", *sealed("brevo", body, at))

        message.refresh_from_db()
        assert message.state == "accepted"

    def test_a_spam_block_is_no_dead_address(self, keys: None, message: Message, at: datetime) -> None:
        body = {"RecordType": "Bounce", "Type": "HardBounce", "ID": 5, "MessageID": "prov-1",
                "Email": message.contact.email, "Details": "554 5.7.1 blocked using spamhaus"}  # fmt: skip

        post("postmark", *sealed("postmark", body, at))

        assert (Suppression.objects.count(), Event.objects.get().properties["class"]) == (0, "soft")

    def test_a_try_that_is_repeated_condemns_nobody(self, keys: None, message: Message, at: datetime) -> None:
        """RP-17: a greylisting server says "user unknown" too; 4xx is not the last word."""
        body = {"event-data": {"event": "failed", "id": "f", "timestamp": int(at.timestamp()), "severity": "temporary",
                               "recipient": message.contact.email,
                               "message": {"headers": {"message-id": "one@firm.example"}},
                               "delivery-status": {"code": 450, "message": "4.1.1 User unknown"}}}  # fmt: skip

        post("mailgun", *sealed("mailgun", body, at))

        assert (Suppression.objects.count(), Event.objects.get().properties["class"]) == (0, "soft")

    def test_an_unsubscription_by_the_providers_own_link_counts(
        self, keys: None, message: Message, at: datetime
    ) -> None:
        body = {"event-data": {"event": "unsubscribed", "id": "u", "timestamp": at.timestamp(),
                               "recipient": message.contact.email,
                               "message": {"headers": {"message-id": "one@firm.example"}}}}  # fmt: skip

        post("mailgun", *sealed("mailgun", body, at))

        assert Suppression.objects.get().reason == "unsubscribed"

    def test_a_topic_to_be_confirmed_waits_for_a_person(self, keys: None, at: datetime) -> None:
        body = {"Type": "SubscriptionConfirmation", "MessageId": "c", "TopicArn": TOPIC, "Token": "t",
                "Timestamp": at.isoformat(), "SubscribeURL": "https://sns.eu-west-1.amazonaws.com/?x",
                "Message": "m", "SignatureVersion": "2", "SigningCertURL": CERTIFICATE_URL}  # fmt: skip
        names = ("Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type")
        text = "".join(f"{name}\n{body[name]}\n" for name in names).encode()
        signed = base64.b64encode(RSA_KEY.sign(text, padding.PKCS1v15(), hashes.SHA256())).decode()

        assert post("ses", json.dumps(body | {"Signature": signed}).encode(), {}) == 204
        assert Arrival.objects.get().text.startswith("https://sns.")

    def test_an_unknown_provider_is_refused(self, keys: None) -> None:
        assert post("nobody", b"{}", {"Authorization": f"Bearer {SECRET}"}) == 403

    @pytest.mark.parametrize("stamp", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "9" * 400])
    def test_a_moment_outside_of_time_is_no_proof(self, stamp: str, keys: None) -> None:
        """RS-23: whoever has no key gets a refusal, whatever he writes."""
        headers = {"X-Twilio-Email-Event-Webhook-Signature": "", "X-Twilio-Email-Event-Webhook-Timestamp": stamp}

        assert post("sendgrid", b"[]", headers) == 403

    def test_a_length_that_is_no_number_is_refused(self, keys: None) -> None:
        """RS-24"""
        answer = Client().post("/v1/hooks/brevo", b"{}", content_type="application/json", CONTENT_LENGTH="abc")

        assert answer.status_code == 400

    def test_times_are_read_as_written(self) -> None:
        from guanxi.inbox.providers.base import moment

        expected = datetime(2026, 11, 2, 9, tzinfo=UTC)
        assert {moment(each) for each in (1793610000, "1793610000", 1793610000000, "2026-11-02T09:00:00Z")} == {
            expected
        }
        assert moment("nonsense") is None


class TestReports:
    def test_in_any_order_and_repeated_end_the_same(self, tell: Callable[..., int], message: Message) -> None:
        """RT-18 in small, RD-12: a hundred reports, a third of them twice, in any order."""
        import random

        seed = 18
        print(f"seed {seed}")
        numbers = [f"e{number}" for number in range(30)]
        told = numbers + numbers[:10]
        random.Random(seed).shuffle(told)

        assert {tell("postmark", event_id=number) for number in told} == {204}
        assert effects() == (1, 1, 30)
