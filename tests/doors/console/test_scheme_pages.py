"""The schemes in the console: gallery, preview, editor, draft, comparison, and what people record of a customer."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from shutil import copytree
from typing import Any

import pytest
from django.db import transaction
from django.test import Client, override_settings

from guanxi.ledger import actions as ledger_actions
from guanxi.ledger.facts import LineFacts
from guanxi.ledger.models import Contact, Trait
from guanxi.scoring import actions as scoring_actions
from guanxi.staff.models import AuditEntry, User
from guanxi.tiering import actions as tiering_actions
from guanxi.tiering import documents
from guanxi.tiering.models import Scheme, SchemeDraft, SchemeVersion, Standing
from tests import cast
from tests.cast import NOW

pytestmark = pytest.mark.django_db
FIRM = "/tiers/schemes/rfm-firm/"
BORDER = "rules/0/when/order_count_window/at_least/percentile"


@pytest.fixture(scope="module")
def computed_folder(
    django_db_setup: None, django_db_blocker: Any, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Path]:
    """Lena ordered three times, Yuki never; their standings by every preset that is on at the start.

    Computed once, in a transaction around those of the tests; the files of it lie in the folder.
    """
    folder = tmp_path_factory.mktemp("computed")
    with django_db_blocker.unblock(), transaction.atomic(), override_settings(GUANXI_DATA=folder):
        compute(lena=cast.lena(), yuki=cast.yuki())
        cast.ada()
        yield folder
        transaction.set_rollback(True)


def compute(*, lena: Contact, yuki: Contact) -> None:
    tiering_actions.install_presets(now=NOW)
    for number in range(3):
        ledger_actions.record_order(
            customer=lena.customer, number=f"A-{number}", placed_at=NOW - timedelta(days=10 * number), currency="USD",
            now=NOW, lines=[LineFacts(quantity=Decimal(1), unit_price=Decimal(100))],
        )  # fmt: skip
    run = scoring_actions.run_scores(as_of=NOW, now=NOW)
    tiering_actions.apply_scores(run=run, now=NOW)


@pytest.fixture
def computed(computed_folder: Path, data_folder: Path, signed_in: Any) -> Client:
    """The owner's client, before that world."""
    copytree(computed_folder, data_folder, dirs_exist_ok=True)
    client: Client = signed_in(User.objects.get(role="owner"))
    return client


@pytest.fixture
def lena(computed: Client) -> Contact:
    return Contact.objects.get(given_name="Lena")


@pytest.fixture
def yuki(computed: Client) -> Contact:
    return Contact.objects.get(given_name="由紀")


def text_of(name: str = "rfm-firm") -> str:
    return Scheme.objects.get(name=name).document


class TestTheGallery:
    def test_shows_every_scheme_and_which_are_applied(self, computed: Client) -> None:
        page = computed.get("/tiers/schemes/").content.decode()

        assert all(name in page for name in documents.preset_names())
        assert page.count(">applied<") == len(documents.ACTIVE_PRESETS) - 1
        assert page.count(">not applied<") == len(documents.preset_names()) - len(documents.ACTIVE_PRESETS)

    def test_is_read_only_for_who_may_only_look(self, computed: Client, bo: Any, signed_in: Any) -> None:
        looking = signed_in(bo)

        assert "Put in force" not in looking.get(FIRM).content.decode()
        assert looking.post(FIRM + "save/", {"document": text_of()}).status_code == 403


class TestThePreview:
    """CN-06: nothing is put in force that was not shown before, with customers and money per class."""

    def test_shows_classes_with_customers_and_money(self, computed: Client) -> None:
        page = computed.get(FIRM).content.decode()

        assert "What it does" in page
        assert "$300" in page
        assert "within 10 %" in page
        assert "· default" in page  # a border as it was shipped

    def test_follows_a_slider_and_writes_nothing(self, computed: Client) -> None:
        answer = computed.post(
            FIRM + "try/", {"document": text_of("rfm-firm"), "b:rules/3/when/order_count/is": "3"},
            headers={"HX-Request": "true"},
        )  # fmt: skip
        page = answer.content.decode()

        assert "not saved yet" in page
        assert "order_count: {is: 3}" in page
        assert "# CN-09" in page  # comments stay where they are
        assert text_of() == documents.preset_text("rfm-firm")

    def test_says_who_would_move_with_names(self, computed: Client, yuki: Contact) -> None:
        text = text_of().replace("order_count: {is: 0}", "order_count: {is: 99}")

        page = computed.post(FIRM + "try/", {"document": text}).content.decode()

        assert "1 customer with" in page
        assert yuki.customer.name in page

    @pytest.mark.parametrize(
        ("posted", "sentence"),
        [
            ({"document": "name: [" }, "Line 1"),
            ({"b:rules/3/when/order_count/is": "many"}, "will not do; write a number"),
            ({"act": "remove:rules/99/when"}, "will not do"),
        ],
    )  # fmt: skip
    def test_says_what_will_not_do(self, computed: Client, posted: dict[str, str], sentence: str) -> None:
        page = computed.post(FIRM + "try/", {"document": text_of()} | posted).content.decode()

        assert sentence in page

    def test_buttons_change_the_same_text(self, computed: Client) -> None:
        def after(**posted: str) -> str:
            page = computed.post(FIRM + "try/", {"document": text_of()} | posted).content.decode()
            return page.split("<textarea")[1].split("</textarea>")[0]

        assert "margin_index: {at_least: 0}" in after(
            act="condition:rules/0/when", **{"f:rules/0/when": "margin_index"}
        )
        assert "spend_window" not in after(act="remove:rules/0/when/spend_window").split("- tier: developing")[0]
        assert after(act="up:rules/1").index("tier: developing") < after(act="up:rules/1").index("tier: high")
        assert "name: high-" in after(act="rule", new_tier="high")
        assert "Finest" in after(**{"t:tiers/high/en": "Finest"})
        assert "above: 1" in after(**{"o:rules/2/when/order_count/at_least": "above"})


class TestSaving:
    def test_keeps_the_version_the_reason_and_the_audit_line(self, computed: Client) -> None:
        text = text_of().replace("order_count: {is: 0}", "order_count: {is: 99}")

        computed.post(FIRM + "save/", {"document": text, "reason": "A trial", "how": "now"})

        scheme = Scheme.objects.get(name="rfm-firm")
        assert (scheme.version, scheme.document) == (2, text)
        kept = SchemeVersion.objects.filter(scheme=scheme).order_by("version")
        assert [(each.version, each.reason) for each in kept] == [(1, ""), (2, "A trial")]
        assert AuditEntry.objects.get(act="scheme.saved").details["reason"] == "A trial"
        assert "A trial" in computed.get(FIRM + "?tab=versions").content.decode()

    def test_asks_for_a_reason(self, computed: Client) -> None:
        text = text_of().replace("order_count: {is: 0}", "order_count: {is: 99}")

        answer = computed.post(FIRM + "save/", {"document": text, "how": "now"})

        assert answer.status_code == 400
        assert "Say in a few words why" in answer.content.decode()
        assert text_of() == documents.preset_text("rfm-firm")

    def test_names_the_line_of_a_mistake_and_keeps_what_was_written(self, computed: Client) -> None:
        text = text_of().replace("order_count: {is: 0}", "order_count: {is: none}")

        answer = computed.post(FIRM + "save/", {"document": text, "reason": "x", "how": "now"})

        line = next(number for number, each in enumerate(text.splitlines(), 1) if "is: none" in each)
        assert f"Line {line}," in answer.content.decode()
        assert "is: none" in answer.content.decode()

    def test_refuses_schemes_that_wait_for_each_other(self, computed: Client) -> None:
        text = text_of().replace("order_count: {is: 0}", "standing: {service-level: vip}")

        answer = computed.post(FIRM + "save/", {"document": text, "reason": "x", "how": "now"})

        assert "wait for each other" in answer.content.decode()


class TestADraftBeside:
    def test_runs_beside_until_it_is_switched_to_with_a_reason(self, computed: Client) -> None:
        text = text_of().replace("order_count: {is: 0}", "order_count: {is: 99}")

        computed.post(FIRM + "save/", {"document": text, "how": "beside"})
        draft = SchemeDraft.objects.get()
        assert draft.outcome["moving"] == 1
        assert text_of() == documents.preset_text("rfm-firm")
        page = computed.get(FIRM).content.decode()
        assert "A draft runs beside these rules" in page

        computed.post(FIRM + "draft/", {"to": "switch", "reason": ""})
        assert SchemeDraft.objects.exists()
        computed.post(FIRM + "draft/", {"to": "switch", "reason": "It was right"})
        assert not SchemeDraft.objects.exists()
        assert text_of() == text

    def test_may_be_discarded(self, computed: Client) -> None:
        computed.post(FIRM + "save/", {"document": text_of() + "\n", "how": "beside"})

        computed.post(FIRM + "draft/", {"to": "discard"})

        assert not SchemeDraft.objects.exists()


class TestSwitching:
    def test_on_applies_at_once_and_off_stops(self, computed: Client) -> None:
        address = "/tiers/schemes/rfm-003-cells/"

        computed.post(address + "switch/", {"to": "on"})
        assert Standing.objects.filter(scheme__name="rfm-003-cells").count() == 2

        computed.post(address + "switch/", {"to": "default"})
        assert Scheme.objects.get(is_default=True).name == "rfm-003-cells"
        computed.post(FIRM + "switch/", {"to": "off"})
        assert not Scheme.objects.get(name="rfm-firm").is_active


class TestComparing:
    def test_two_schemes_as_a_cross_table(self, computed: Client) -> None:
        page = computed.get("/tiers/compare/?a=lifecycle&b=stage").content.decode()

        assert "Growing" in page
        assert "Trial" in page
        assert "$300" in page


class TestTheCustomerPage:
    """T-30, T-34, D-29: every member of the team sees where a customer stands on every axis, and his label."""

    def test_shows_three_coordinates_and_the_label(
        self, computed: Client, lena: Contact, bo: Any, signed_in: Any
    ) -> None:
        page = signed_in(bo).get(f"/customers/{lena.customer_id}/").content.decode()

        assert "A – core – weekly follow-up" in page
        assert "Stage of the cooperation" in page
        assert "Product need" in page

    def test_says_what_would_change_it(self, computed: Client, lena: Contact) -> None:
        page = computed.get(f"/customers/{lena.customer_id}/").content.decode()

        told = page[page.index("Stage of the cooperation") :]
        assert "To become Stable cooperation: " in told
        assert "time since the first order 0 months (at least 12 months, missed by 12 months)" in told
        assert "Without a new order" in page

    def test_takes_traits_with_their_reason(self, computed: Client, lena: Contact) -> None:
        """D-13, D-14: relationship and sensitivity facts are recorded with a reason and shown."""
        address = f"/customers/{lena.customer_id}/"

        computed.post(address + "trait/", {"name": "price_sensitive", "value": "yes", "reason": "Said so at the fair"})

        assert Trait.objects.get().name == "price_sensitive"
        page = computed.get(address).content.decode()
        assert "Said so at the fair" in page
        assert lena.customer.events.filter(name="trait.set").exists()

    def test_a_named_vip_needs_an_end(self, computed: Client, lena: Contact) -> None:
        """CN-33: VIP service by hand has a reason and an end."""
        named = {"name": "named_vip", "value": "yes", "reason": "The founder's friend"}

        computed.post(f"/customers/{lena.customer_id}/trait/", named)
        assert not Trait.objects.exists()

        computed.post(f"/customers/{lena.customer_id}/trait/", named | {"until_on": "2099-01-01"})
        assert str(Trait.objects.get(name="named_vip").until_on) == "2099-01-01"
