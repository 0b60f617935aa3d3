"""Signatures as Standard Webhooks describes them."""

from __future__ import annotations

import base64

import pytest

from guanxi.webhooks import signatures
from tests import cast

# The example in the specification (standard-webhooks/spec, symmetric signatures).
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
BODY = b'{"test": 2432232314}'


class TestSignature:
    def test_is_the_one_of_the_specification(self) -> None:
        found = signatures.signature(SECRET, "msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330", BODY)

        assert found == "g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="

    @pytest.mark.parametrize("change", [{"body": BODY + b" "}, {"webhook_id": "other"}, {"stamp": "1614265331"}])
    def test_binds_id_moment_and_body(self, change: dict[str, object]) -> None:
        signed = {"webhook_id": "msg", "stamp": "1614265330", "body": BODY}

        assert signatures.signature(SECRET, **signed) != signatures.signature(SECRET, **signed | change)

    def test_needs_a_secret(self) -> None:
        with pytest.raises(ValueError, match="base64"):
            signatures.signature("whsec_!!", "msg", "1", BODY)


class TestHeaders:
    def test_carry_one_signature_per_secret(self) -> None:
        headers = signatures.headers_for(webhook_id="evt_1", at=cast.NOW, body=BODY, keys=[SECRET, "whsec_AAAA"])

        assert (headers["webhook-id"], headers["webhook-timestamp"]) == ("evt_1", str(int(cast.NOW.timestamp())))
        assert [each.partition(",")[0] for each in headers["webhook-signature"].split(" ")] == ["v1", "v1"]


class TestSecret:
    def test_is_random_and_long(self) -> None:
        first, second = signatures.new_secret(), signatures.new_secret()

        assert first != second
        assert len(base64.b64decode(first.removeprefix("whsec_"))) == 32
