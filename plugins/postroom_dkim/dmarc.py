"""Whether DMARC passes for a domain, given the domains whose signatures hold (RFC 9989).

SPF is known to the server that took the message in, and to nobody after it; so a message passes by
an aligned signature, or not at all.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from postroom_dkim.dns import Questions

_MOST_LABELS: Final = 8
"""RFC 9989 4.10: of a longer name only the last seven are walked through."""
_LONGEST: Final = 2_000
"""Bytes of a policy that is read."""

Result = Literal["pass", "fail", "none"]


@dataclass(frozen=True, slots=True)
class Walk:
    """The DNS tree above a domain, as far as it says something of DMARC."""

    domain: str
    organization: str
    """The domain that it belongs to."""
    policy: Mapping[str, str] | None
    """Of the domain itself, else of the organization."""


def evaluate(domain: str, signed: Iterable[str], questions: Questions) -> Result:
    """Return the result for the domain of From. Raises Unanswered."""
    walk = tree_walk(domain, questions)
    if walk.policy is None:
        return "none"
    strict = walk.policy.get("adkim", "r").lower() == "s"
    for signer in dict.fromkeys(signed):
        if signer == domain:
            return "pass"
        if not strict and tree_walk(signer, questions).organization == walk.organization:
            return "pass"
    return "fail"


def tree_walk(domain: str, questions: Questions) -> Walk:
    """Return what organization a domain belongs to (RFC 9989 4.10). Raises Unanswered."""
    own = _policy(domain, questions)
    organization, found, below = domain, own, domain
    for name in _upwards(domain):
        policy = own if name == domain else _policy(name, questions)
        psd = "" if policy is None else policy.get("psd", "u").lower()
        if policy is not None and psd == "y":
            if name != domain:
                organization = below
            found = found or policy
            break
        if policy is not None:
            organization, found = name, own or policy
        if psd == "n":
            break
        below = name
    return Walk(domain, organization, found)


def _upwards(domain: str) -> Iterator[str]:
    """Yield a domain and those above it that are asked."""
    labels = domain.split(".")
    yield domain
    rest = labels[1:] if len(labels) <= _MOST_LABELS else labels[-(_MOST_LABELS - 1) :]
    while rest:
        yield ".".join(rest)
        rest = rest[1:]


def _policy(domain: str, questions: Questions) -> Mapping[str, str] | None:
    """Return the one policy that a domain publishes; None if it is none, or several."""
    texts = [each[:_LONGEST] for each in questions.texts(f"_dmarc.{domain}")]
    found = [tags for tags in map(_tags, texts) if tags is not None]
    return found[0] if len(found) == 1 else None


def _tags(text: bytes) -> Mapping[str, str] | None:
    parts = [part.partition("=") for part in text.decode("latin-1").split(";")]
    tags = {name.strip().lower(): value.strip() for name, _, value in parts}
    return tags if parts[0][0].strip() == "v" and tags.get("v") == "DMARC1" else None
