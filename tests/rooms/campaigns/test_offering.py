"""A campaign that hands each reader his own code of an offer."""

from __future__ import annotations

from datetime import datetime

import pytest

from guanxi.campaigns import checking
from guanxi.ledger.models import Contact
from guanxi.offers import actions as offers_actions
from guanxi.offers import queries as offers_queries
from guanxi.offers.models import Grant, Offer
from guanxi.outbox.models import Message
from guanxi.staff.models import User
from tests.rooms.campaigns import world

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("firm")]
HTML = '{{ offer.code }} {{ offer.words }} <a href="{{ links.unsubscribe }}">stop</a>'
OFFER = "name: ten\ngives: {percent_off: 10}\ncode: {prefix: TEN}\n"


@pytest.fixture(autouse=True)
def _letter_and_offer(firm: None, now: datetime) -> None:
    world.a_letter("coupon", now=now, html=HTML, text="{{ offer.terms }}\n{{ links.unsubscribe }}\n")
    offers_actions.save_offer(text=OFFER, now=now)


def switched_on(now: datetime) -> None:
    offers_actions.switch_offer(offer=Offer.objects.get(), is_active=True, now=now)


class TestACampaignWithAnOffer:
    def test_gives_each_reader_his_own_code(self, ada: User, lena: Contact, yuki: Contact, now: datetime) -> None:
        """X-32, T-41: the cost of a campaign's codes is counted by the campaign."""
        switched_on(now)
        campaign = world.begin(world.a_campaign(letters=["coupon"], values={"offer.name": "ten"}), ada)

        codes = {each.contact_id: each.code for each in Grant.objects.all()}
        assert {each.contact_id: each.values["offer"]["code"] for each in Message.objects.all()} == codes
        assert len(set(codes.values())) == 2
        assert offers_queries.cost_by_origin("campaign")[str(campaign.pk)].codes == 2

    def test_is_checked_before_it_leaves(self, lena: Contact, now: datetime) -> None:
        def found(**values: str) -> dict[str, checking.Finding]:
            campaign = world.a_campaign(letters=["coupon"], values=values)
            return {each.code: each for each in checking.check(campaign, now=now).findings if each.level == "error"}

        assert found()["no_values"].detail["names"] == ["offer.code", "offer.terms", "offer.words"]
        assert found(**{"offer.name": "ten"})["offer_off"].detail["key"] == "ten"
        switched_on(now)
        assert found(**{"offer.name": "ten"}) == {}
