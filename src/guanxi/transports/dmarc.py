"""DMARC: what holds SPF and DKIM together, by the tree walk of RFC 9989. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from guanxi.transports.findings import OK, WARNING, WRONG, Finding, Record, Resolver, Setting, tags_of

# RFC 9989, section 4.10: the tree walk asks at most eight times.
MOST_STEPS = 8
# Tags of RFC 7489 that RFC 9989 no longer knows.
OLD_TAGS = ("pct", "rf", "ri")


@dataclass(frozen=True, slots=True)
class Policy:
    """A DMARC record and the domain it was found at."""

    domain: str
    tags: dict[str, str]

    @property
    def psd(self) -> str:
        """y: the domain of a registry, below which firms have theirs; n: a firm's own; u: not said."""
        return self.tags.get("psd", "u").lower()


def walk(domain: str, resolver: Resolver) -> list[Policy]:
    """The records on the way from the domain to the root, as RFC 9989 walks it: at most eight questions."""
    labels = domain.lower().rstrip(".").split(".")
    found: list[Policy] = []
    steps = 0
    while labels and steps < MOST_STEPS:
        steps += 1
        name = ".".join(labels)
        records = [tags_of(text) for text in resolver.txt(f"_dmarc.{name}") if is_dmarc(text)]
        if len(records) == 1:
            found.append(Policy(name, records[0]))
            if found[-1].psd in ("y", "n"):
                break
        # A long name is cut to seven labels at once, so that nobody pays for hundreds.
        labels = labels[-(MOST_STEPS - 1) :] if len(labels) > MOST_STEPS else labels[1:]
    return found


def is_dmarc(text: str) -> bool:
    return text.replace(" ", "").lower().startswith("v=dmarc1;") or text.strip().lower() == "v=dmarc1"


def organisational_domain(domain: str, resolver: Resolver) -> str:
    """The domain whose owner answers for `domain` (RFC 9989, 4.10.2); itself when no record is on the way."""
    return _organisational(domain.lower(), walk(domain, resolver))


def _organisational(domain: str, policies: Sequence[Policy]) -> str:
    for policy in policies:
        if policy.psd == "n":
            return policy.domain
        if policy.psd == "y" and policy.domain != domain:
            return ".".join(domain.split(".")[-(policy.domain.count(".") + 2) :])
    return policies[-1].domain if policies else domain


def in_force(domain: str, policies: Sequence[Policy]) -> Policy | None:
    """The record by which mail of `domain` is judged: its own, else that of the domain whose owner answers for it
    (RFC 9989, 4.10.1). That of a registry (`psd=y`) is nothing the owner has said or could mend.
    """
    names = (domain, _organisational(domain, policies))
    return next((policy for name in names for policy in policies if policy.domain == name), None)


def belongs(name: str, domain: str, resolver: Resolver) -> bool:
    """Whether `name` lies below `domain`, or has the same owner."""
    is_below = f".{name.lower()}".endswith(f".{domain.lower()}")
    return is_below or organisational_domain(name, resolver) == organisational_domain(domain, resolver)


def look(setting: Setting, resolver: Resolver) -> Iterator[Finding]:
    name = f"_dmarc.{setting.domain}"
    records = [text for text in resolver.txt(name) if is_dmarc(text)]
    policy = in_force(setting.domain.lower(), walk(setting.domain, resolver))
    if len(records) > 1:
        paste = Record(name, "TXT", written(tags_of(records[0]) | {"rua": _rua(records, setting)}))
        yield Finding("dmarc", WRONG, "dmarc_twice", {"domain": setting.domain, "count": str(len(records))}, paste)
    elif policy is None:
        paste = Record(name, "TXT", f"v=DMARC1; p=none; rua={_rua((), setting)}")
        yield Finding("dmarc", WRONG, "dmarc_missing", {"domain": setting.domain}, paste)
    else:
        yield from _of_policy(policy, setting)


def _of_policy(policy: Policy, setting: Setting) -> Iterator[Finding]:
    at = f"_dmarc.{policy.domain}"
    tags = {name: value for name, value in policy.tags.items() if name not in OLD_TAGS}
    good = {"v": "DMARC1", "p": "none", "rua": _rua((), setting)} | tags
    wish = policy.tags.get("p" if policy.domain == setting.domain.lower() else "sp", policy.tags.get("p", "")).lower()
    detail = {"domain": policy.domain, "policy": wish or "none"}
    if wish not in ("none", "quarantine", "reject"):
        yield Finding("dmarc", WRONG, "dmarc_no_policy", detail, Record(at, "TXT", written(good | {"p": "none"})))
    elif "rua" not in policy.tags:
        yield Finding("dmarc", WARNING, "dmarc_no_reports", detail, Record(at, "TXT", written(good)))
    elif wish == "none" or policy.tags.get("t", "n").lower() == "y":
        stricter = {
            name: "quarantine" if name in ("p", "sp") and value.lower() == "none" else value
            for name, value in good.items() if name != "t"
        }  # fmt: skip
        yield Finding("dmarc", WARNING, "dmarc_watching", detail, Record(at, "TXT", written(stricter)))
    else:
        yield Finding("dmarc", OK, "dmarc_good", detail)
    old = [tag for tag in OLD_TAGS if tag in policy.tags]
    if old:
        told = {"domain": policy.domain, "tags": ", ".join(old)}
        yield Finding("dmarc", WARNING, "dmarc_old_tags", told, Record(at, "TXT", written(good)))


def _rua(records: tuple[str, ...] | list[str], setting: Setting) -> str:
    """Where the records have reports sent; an address of the domain when none says."""
    told = [tags_of(record)["rua"] for record in records if "rua" in tags_of(record)]
    return told[0] if told else f"mailto:dmarc@{setting.domain}"


def written(tags: Mapping[str, str]) -> str:
    """A record with these tags; v and p come first (RFC 9989, 4.7)."""
    order = sorted(tags, key=lambda tag: (tag != "v", tag != "p"))
    return "; ".join(f"{tag}={tags[tag]}" for tag in order)
