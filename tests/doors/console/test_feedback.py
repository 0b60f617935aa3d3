"""D-17: what a customer says of his market or of new products is recorded and found again."""

from typing import Any

import pytest

from guanxi.ledger.models import Note

pytestmark = pytest.mark.django_db


class TestFeedback:
    """D-17."""

    def test_is_written_down_and_found_again(self, ada: Any, signed_in: Any, lena: Any, yuki: Any) -> None:
        client = signed_in(ada)
        for contact, kind, text in (
            (lena, "feedback", "Retailers here ask for bamboo lids."),
            (yuki, "feedback", "Smaller packs sell better."),
            (yuki, "note", "Bamboo samples sent."),
        ):
            client.post(f"/customers/{contact.customer_id}/notes/", {"kind": kind, "text": text})

        page = client.get("/feedback/?q=bamboo").content.decode()

        assert Note.objects.filter(kind="feedback").count() == 2
        assert "bamboo lids" in page
        assert "Smaller packs" not in page
        assert "samples sent" not in page
        assert "samples sent" in client.get("/feedback/?q=bamboo&kind=all").content.decode()

    def test_of_a_colleagues_customer_stays_his(self, staff: dict[str, Any], signed_in: Any, lena: Any) -> None:
        signed_in(staff["owner"]).post(f"/customers/{lena.customer_id}/notes/", {"kind": "feedback", "text": "Hush."})

        assert "Hush." not in signed_in(staff["sales"]).get("/feedback/").content.decode()
