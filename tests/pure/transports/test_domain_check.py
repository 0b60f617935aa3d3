"""What the records of a sender's domain say, asked of an invented name system."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from guanxi.transports import spf
from guanxi.transports.dmarc import in_force, organisational_domain, walk
from guanxi.transports.domain_check import aliases_of, check, worst
from guanxi.transports.findings import Finding, Record, Setting, Unreachable
from guanxi.transports.spf import count_lookups

SPF, DMARC = ("bounce.firm.example", "TXT"), ("_dmarc.firm.example", "TXT")
KEY = "v=DKIM1; k=rsa; p=" + "A" * 392


@dataclass
class Zone:
    """Records by name; names in `silent` get no answer."""

    records: dict[tuple[str, str], list[str]] = field(default_factory=dict)
    silent: frozenset[str] = frozenset()
    asked: list[str] = field(default_factory=list)

    def _of(self, name: str, kind: str) -> list[str]:
        self.asked.append(name)
        if name in self.silent:
            raise Unreachable
        return self.records.get((name, kind), [])

    def txt(self, name: str) -> list[str]:
        return self._of(name, "TXT")

    def mx(self, name: str) -> list[str]:
        return self._of(name, "MX")

    def addresses(self, name: str) -> list[str]:
        chain = [name, *aliases_of(name, self)]
        return self._of(chain[-1], "A")

    def alias(self, name: str) -> list[str]:
        return self._of(name, "CNAME")

    def names_of(self, address: str) -> list[str]:
        return self._of(address, "PTR")


def good() -> dict[tuple[str, str], list[str]]:
    return {
        ("firm.example", "TXT"): ["v=spf1 mx include:relay.example -all"],
        ("relay.example", "TXT"): ["v=spf1 ip4:192.0.2.0/24 -all"],
        ("firm.example", "MX"): ["mx.firm.example"],
        ("k1._domainkey.firm.example", "TXT"): [KEY],
        ("_dmarc.firm.example", "TXT"): ["v=DMARC1; p=quarantine; rua=mailto:d@firm.example"],
        ("bounce.firm.example", "MX"): ["mx.firm.example"],
        ("bounce.firm.example", "TXT"): ["v=spf1 a:mail.firm.example ~all"],
        ("mail.firm.example", "A"): ["192.0.2.7"],
        ("192.0.2.7", "PTR"): ["mail.firm.example"],
        ("links.firm.example", "A"): ["192.0.2.8"],
    }


SETTING = Setting(
    "firm.example", {"k1": KEY}, return_domain="bounce.firm.example", relay_host="mail.firm.example",
    tracking_host="links.firm.example",
)  # fmt: skip


def codes(changes: dict[tuple[str, str], list[str]] | None = None, setting: Setting = SETTING) -> dict[str, str]:
    return {found.code: found.state for found in check(setting, Zone(good() | (changes or {})))}


class TestCheck:
    def test_finds_nothing_wrong_where_nothing_is(self) -> None:
        """RP-13, RP-31, RP-33: SPF and DKIM, DMARC at least none, aligned, PTR, TLS of the tracking domain."""
        found = check(SETTING, Zone(good()))

        assert worst(found) == "ok"
        assert [each.about for each in found] == ["spf", "dkim", "dmarc", "return_path", "ptr", "mx", "tracking"]

    @pytest.mark.parametrize(
        ("record", "values", "code"),
        [
            (("bounce.firm.example", "TXT"), [], "spf_missing"),
            (("bounce.firm.example", "TXT"), ["v=spf1 -all", "v=spf1 ~all"], "spf_twice"),
            (("bounce.firm.example", "TXT"), ["v=spf1 +all"], "spf_open"),
            (("bounce.firm.example", "TXT"), ["v=spf1 all"], "spf_open"),
            (("bounce.firm.example", "TXT"), ["v=spf1 mx"], "spf_no_end"),
            (("bounce.firm.example", "TXT"), ["v=spf1 " + "mx " * 11 + "-all"], "spf_too_many"),
            (("bounce.firm.example", "TXT"), ["v=spf1 a:x.example a:y.example a:z.example -all"], "spf_void"),
            (("k1._domainkey.firm.example", "TXT"), [], "dkim_missing"),
            (("k1._domainkey.firm.example", "TXT"), ["v=DKIM1; p="], "dkim_revoked"),
            (("k1._domainkey.firm.example", "TXT"), ["v=DKIM1; p=" + "B" * 392], "dkim_other_key"),
            (("_dmarc.firm.example", "TXT"), [], "dmarc_missing"),
            (("_dmarc.firm.example", "TXT"), ["v=DMARC1; rua=mailto:x@y.example"], "dmarc_no_policy"),
            (("_dmarc.firm.example", "TXT"), ["v=DMARC1; p=none"], "dmarc_no_reports"),
            (("_dmarc.firm.example", "TXT"), ["v=DMARC1; p=none; pct=50; rua=mailto:x@y.z"], "dmarc_old_tags"),
            (("_dmarc.firm.example", "TXT"), ["v=DMARC1; p=none; rua=mailto:x@y.z"], "dmarc_watching"),
            (("_dmarc.firm.example", "TXT"), ["v=DMARC1; p=reject; t=y; rua=mailto:x@y.z"], "dmarc_watching"),
            (("_dmarc.firm.example", "TXT"), ["v=DMARC1; p=none", "v=DMARC1; p=reject"], "dmarc_twice"),
            (("bounce.firm.example", "TXT"), ["v=spf1 ip4:198.51.100.0/24 -all"], "spf_not_named"),
            (("k1._domainkey.firm.example", "TXT"), [KEY, KEY], "dkim_twice"),
            (("mx.firm.example", "CNAME"), ["mail.firm.example"], "mx_alias"),
            (("links.firm.example", "CNAME"), ["gone.provider.example"], "tracking_dangling"),
            (("bounce.firm.example", "MX"), [], "return_no_mx"),
            (("192.0.2.7", "PTR"), [], "ptr_missing"),
            (("192.0.2.7", "PTR"), ["other.example"], "ptr_not_confirmed"),
            (("mail.firm.example", "A"), [], "relay_unknown"),
            (("firm.example", "MX"), [], "mx_missing"),
            (("firm.example", "MX"), ["."], "mx_null"),
            (("links.firm.example", "A"), [], "tracking_unknown"),
        ],
    )
    def test_names_what_is_wrong(self, record: tuple[str, str], values: list[str], code: str) -> None:
        assert code in codes({record: values})

    @pytest.mark.parametrize(
        ("relay", "is_local", "term", "ptr"),
        [
            ("out.relay.example", False, "include:relay.example", "ptr_providers"),
            ("smtp.nowhere.example", False, "a:smtp.nowhere.example", "ptr_providers"),
            ("smtp.notfirm.example", False, "a:smtp.notfirm.example", "ptr_providers"),
            ("mail.firm.example", False, "a:mail.firm.example", "ptr_good"),
            ("", True, "mx", "ptr_local"),
        ],
    )
    def test_names_the_server_that_sends(self, relay: str, is_local: bool, term: str, ptr: str) -> None:
        """RP-13: a provider's names where he has some, else the server's address; nothing of a local one is guessed.

        What lies below a domain belongs to it, with or without a DMARC record.
        """
        setting = Setting("firm.example", relay_host=relay, relay_is_local=is_local)
        found = check(setting, Zone(good() | {("firm.example", "TXT"): [], DMARC: []}))

        assert Record("firm.example", "TXT", f"v=spf1 {term} ~all") in [each.paste for each in found]
        assert ptr in [each.code for each in found]

    def test_gives_the_record_to_paste(self) -> None:
        found = check(SETTING, Zone({}))
        pasted = {each.about: each.paste for each in found if each.paste}

        assert {"spf", "dkim", "dmarc"} <= set(pasted)
        assert pasted["dkim"].value == KEY  # type: ignore[union-attr]
        assert pasted["dmarc"].name == "_dmarc.firm.example"  # type: ignore[union-attr]

    @pytest.mark.parametrize(
        ("record", "values", "pasted"),
        [
            (SPF, ["v=spf1 mx -all", "v=spf1 include:relay.example mx ~all"],
             Record(*SPF, "v=spf1 mx include:relay.example ~all")),
            (SPF, ["v=spf1 mx +all"], Record(*SPF, "v=spf1 mx ~all")),
            (SPF, ["v=spf1 a:mail.firm.example"],
             Record(*SPF, "v=spf1 a:mail.firm.example ~all")),
            (SPF, ["v=spf1 a:mail.firm.example a:x.example a:y.example include:z.example -all"],
             Record(*SPF, "v=spf1 a:mail.firm.example -all")),
            (SPF, ["v=spf1 ip4:198.51.100.0/24 -all"],
             Record(*SPF, "v=spf1 a:mail.firm.example ip4:198.51.100.0/24 -all")),
            (DMARC, ["v=DMARC1; p=reject; adkim=s"],
             Record(*DMARC, "v=DMARC1; p=reject; rua=mailto:dmarc@firm.example; adkim=s")),
            (DMARC, ["v=DMARC1; p=none; t=y; rua=mailto:x@y.z"],
             Record(*DMARC, "v=DMARC1; p=quarantine; rua=mailto:x@y.z")),
            (DMARC, ["v=DMARC1; p=reject; sp=none; t=y; rua=mailto:x@y.z"],
             Record(*DMARC, "v=DMARC1; p=reject; rua=mailto:x@y.z; sp=quarantine")),
            (DMARC, ["v=DMARC1; p=reject; pct=50; rua=mailto:x@y.z"],
             Record(*DMARC, "v=DMARC1; p=reject; rua=mailto:x@y.z")),
            (DMARC, ["v=DMARC1; p=reject", "v=DMARC1; p=none; rua=mailto:x@y.z"],
             Record(*DMARC, "v=DMARC1; p=reject; rua=mailto:x@y.z")),
            (("192.0.2.7", "PTR"), [], Record("7.2.0.192.in-addr.arpa", "PTR", "mail.firm.example.")),
            (("firm.example", "MX"), [], Record("firm.example", "MX", "10 mail.firm.example.")),
            (("mx.firm.example", "CNAME"), ["mail.firm.example"],
             Record("firm.example", "MX", "10 mail.firm.example.")),
        ],
    )  # fmt: skip
    def test_gives_the_record_that_mends_it(self, record: tuple[str, str], values: list[str], pasted: Record) -> None:
        """RP-13: what was right in the record stays."""
        assert pasted in [found.paste for found in check(SETTING, Zone(good() | {record: values}))]

    def test_names_the_terms_that_ask_too_much(self) -> None:
        ten = " ".join(f"a:h{n}.example" for n in range(10))
        records = {
            SPF: ["v=spf1 include:big.example a:mail.firm.example -all"],
            ("big.example", "TXT"): [f"v=spf1 {ten} ~all"],
        }

        [found] = [each for each in check(SETTING, Zone(good() | records)) if each.code == "spf_too_many"]

        assert (found.detail["lookups"], found.detail["terms"]) == (
            "12",
            "include:big.example (11), a:mail.firm.example (1)",
        )

    def test_a_long_way_to_the_tracking_host_is_told(self) -> None:
        """A chain of aliases: the record leads straight to its end; one that runs in a circle ends."""
        chain = {(f"a{n}.example", "CNAME"): [f"a{n + 1}.example"] for n in range(4)}
        chain |= {("links.firm.example", "CNAME"): ["a0.example"], ("a4.example", "A"): ["192.0.2.9"]}
        circle = {("links.firm.example", "CNAME"): ["b.example"], ("b.example", "CNAME"): ["links.firm.example"]}

        [found] = [each for each in check(SETTING, Zone(good() | chain)) if each.about == "tracking"]

        assert (found.code, found.paste) == ("tracking_chain", Record("links.firm.example", "CNAME", "a4.example."))
        assert "tracking_dangling" in codes(circle)

    @pytest.mark.parametrize(
        ("record", "named"),
        [
            ("v=spf1 ip4:192.0.2.0/24 -all", True), ("v=spf1 a:mail.firm.example/24 -all", True),
            ("v=spf1 include:relay.example -all", True), ("v=spf1 redirect=relay.example", True),
            ("v=spf1 mx -all", False), ("v=spf1 -ip4:192.0.2.7 -all", False), ("v=spf1 exists:%{i}.x.example", True),
            ("v=spf1 ip4:nonsense ip6:2001:db8::/32 -all", False), ("v=spf1 include:circle.example -all", False),
        ],
    )  # fmt: skip
    def test_knows_whether_a_record_names_the_server(self, record: str, named: bool) -> None:
        zone = Zone(good() | {("circle.example", "TXT"): ["v=spf1 include:circle.example -all"]})

        assert spf.names(record, "192.0.2.7", "firm.example", zone) is named

    def test_says_when_nobody_answers_and_goes_on(self) -> None:
        """RS-22: deadlines; no answer is no verdict."""
        found = check(SETTING, Zone(good(), silent=frozenset({"_dmarc.firm.example"})))

        assert Finding("dmarc", "unknown", "no_answer") in found
        assert "spf_good" in {each.code for each in found}

    def test_short_keys_http_and_foreign_domains_are_told(self) -> None:
        """RP-12: 2048 bits at least."""
        short = "v=DKIM1; p=" + "A" * 216
        setting = Setting("firm.example", {"k1": short}, "return.provider.example", tracking_host="t.else.example",
                          is_tracking_https=False)  # fmt: skip
        found = codes(
            {("k1._domainkey.firm.example", "TXT"): [short], ("return.provider.example", "MX"): ["m"]}, setting
        )

        assert {"dkim_short", "return_not_aligned", "tracking_no_https"} <= set(found)


class TestCountLookups:
    def test_follows_includes_and_counts_each_question(self) -> None:
        """RP-13: RFC 7208, 4.6.4: at most ten questions, those of includes among them."""
        zone = Zone(
            {("a.example", "TXT"): ["v=spf1 include:b.example mx -all"], ("b.example", "TXT"): ["v=spf1 a ~all"]}
        )

        count = count_lookups("v=spf1 ip4:192.0.2.1 include:a.example redirect=b.example", "firm.example", zone)

        assert count.lookups == 5

    def test_does_not_run_in_circles(self) -> None:
        zone = Zone({("a.example", "TXT"): ["v=spf1 include:a.example include:a.example -all"]})

        assert count_lookups("v=spf1 include:a.example -all", "firm.example", zone).lookups == 3


class TestWalk:
    def test_goes_up_to_the_record_of_the_parent(self) -> None:
        """RP-13: RFC 9989, 4.10: the tree walk."""
        zone = Zone({("_dmarc.example", "TXT"): ["v=DMARC1; p=reject; psd=y"],
                     ("_dmarc.firm.example", "TXT"): ["v=DMARC1; p=none"]})  # fmt: skip

        assert [policy.domain for policy in walk("news.shop.firm.example", zone)] == ["firm.example", "example"]
        assert organisational_domain("news.shop.firm.example", zone) == "firm.example"

    def test_judges_by_the_own_record_or_that_of_the_owner(self) -> None:
        """RP-13: RFC 9989, 4.10.1: what stands between them, or at the registry, is not in force."""
        zone = Zone({("_dmarc.example", "TXT"): ["v=DMARC1; p=reject; psd=y; np=reject"],
                     ("_dmarc.shop.firm.example", "TXT"): ["v=DMARC1; p=none"],
                     ("_dmarc.firm.example", "TXT"): ["v=DMARC1; p=reject; sp=quarantine"]})  # fmt: skip
        judged = {
            domain: in_force(domain, walk(domain, zone))
            for domain in ("news.shop.firm.example", "shop.firm.example", "other.example")
        }

        assert {domain: policy and policy.domain for domain, policy in judged.items()} == {
            "news.shop.firm.example": "firm.example", "shop.firm.example": "shop.firm.example", "other.example": None,
        }  # fmt: skip

    def test_asks_at_most_eight_times(self) -> None:
        zone = Zone({})

        walk(".".join("abcdefghijklmnop") + ".example", zone)

        assert len(zone.asked) == 8

    def test_stops_where_a_domain_says_it_is_its_own(self) -> None:
        zone = Zone({("_dmarc.firm.example", "TXT"): ["v=DMARC1; p=none; psd=n"],
                     ("_dmarc.example", "TXT"): ["v=DMARC1; p=reject"]})  # fmt: skip

        assert organisational_domain("a.firm.example", zone) == "firm.example"
        assert "_dmarc.example" not in zone.asked
