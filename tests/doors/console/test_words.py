"""Codes of journeys, permissions and the audit trail as words, and the marks between them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.humanize.templatetags.humanize import intcomma
from django.utils import translation

from guanxi.consent.rules import PURPOSES
from guanxi.console import audit_words, consent_words, journey_words, message_words, phrases
from guanxi.journeys import conditions
from guanxi.journeys.graph import read_graph
from guanxi.journeys.steps.base import Times
from guanxi.staff.models import AuditEntry
from guanxi.tiering import actions as tiering_actions
from guanxi.transports import base
from tests import cast
from tests.house.source import PACKAGE


def says(name: str, value: str) -> str:
    return journey_words.condition_words(conditions.Condition((conditions.Test(name=name, values=(value,)),)))


class TestJourneys:
    def test_call_a_tier_by_its_title(self, db: None) -> None:
        tiering_actions.install_presets(now=cast.NOW)

        with translation.override("zh-hans"):
            assert says("to", "dormant") == "新层级为休眠客户"

    @pytest.mark.parametrize(
        ("name", "value", "words"),
        [
            ("kind", "meeting", "the kind is Meeting"),
            ("verdict", "human", "the click is that of a person"),
            ("customer_kind", "b2b", "the kind of customer is Company"),
            ("language", "ja", "the language is Japanese"),
            ("kind", "some_other", "the kind is some other"),
        ],
    )
    def test_call_a_value_by_its_name(self, name: str, value: str, words: str) -> None:
        assert says(name, value) == words

    @pytest.mark.parametrize("key", ["j-04", "j-17"])
    def test_show_no_codes_and_no_western_marks_to_a_chinese_reader(self, db: None, key: str) -> None:
        tiering_actions.install_presets(now=cast.NOW)
        graph = read_graph((PACKAGE / "journeys" / "library" / f"{key}.yaml").read_text(encoding="utf-8"))

        with translation.override("zh-hans"):
            entry = journey_words.entry_words(graph)
            windows = [line for step in graph.steps.values() for line in journey_words.window_words(step.frame.times)]
        told = [*entry.triggers, entry.rule, *entry.exits, *windows]

        assert [line for line in told if any(mark in line for mark in "(),:") or "dormant" in line] == []

    def test_put_a_span_and_its_base_together(self) -> None:
        with translation.override("zh-hans"):
            words = journey_words.window_words(Times(not_before=timedelta(days=14)), is_first=True)

        assert words == ["14 天后（自进入旅程起）"]


class TestTheAuditTrail:
    def test_words_the_details_of_an_act(self) -> None:
        assert audit_words.detail_words({"role": "owner", "email": "a@firm.example", "reason": ""}) == (
            "E-mail address: a@firm.example, Role: Owner"
        )

    def test_names_the_changed_fields(self) -> None:
        with translation.override("zh-hans"):
            assert audit_words.detail_words({"fields": ["country", "name"]}) == "更改项：国家/地区，公司名称"

    def test_tells_the_role_from_the_owner_of_a_customer(self) -> None:
        with translation.override("zh-hans"):
            assert audit_words.detail_words({"role": "owner"}) == "角色：所有者"

    def test_leaves_unknown_details_alone(self) -> None:
        assert audit_words.detail_words({"moon": 3}) == "moon: 3"

    def test_names_accounts_also_those_that_are_gone(self, ada: Any) -> None:
        entries = [AuditEntry(object_kind="user", object_id=str(number)) for number in (ada.pk, 987)]
        entries.append(AuditEntry(object_kind="token", object_id="5"))

        assert set(audit_words.objects_of(entries).values()) == {ada.email, "account 987", "key 5"}

    def test_calls_the_installation_by_its_name(self) -> None:
        with translation.override("zh-hans"):
            assert audit_words.who_words(AuditEntry(actor_label="installation")) == "系统"


class TestPermissions:
    def test_name_every_purpose(self) -> None:
        assert set(PURPOSES) == set(consent_words.PURPOSES)

    def test_word_the_evidence(self) -> None:
        assert consent_words.evidence_words({"page": "preferences", "form": "https://a.example"}) == [
            "page: preferences",
            "form: https://a.example",
        ]


class TestMarks:
    def test_are_wide_in_chinese(self) -> None:
        with translation.override("zh-hans"):
            assert phrases.with_aside("甲", "乙") == "甲（乙）"
            assert phrases.labelled("甲", "乙") == "甲：乙"
            assert phrases.listed(["甲", "乙"]) == "甲，乙"

    def test_part_thousands_in_both_languages(self) -> None:
        for language in ("en", "zh-hans"):
            with translation.override(language):
                assert intcomma(1234567) == "1,234,567"


def test_every_outcome_of_a_hand_over_has_words() -> None:
    outcomes = {
        base.ACCEPTED, base.DEFERRED, base.RATE_LIMITED, base.FAILED, base.BLOCKED, base.UNCERTAIN, base.KEPT_BACK,
    }  # fmt: skip

    assert set(message_words.ATTEMPT_NAMES) == outcomes
