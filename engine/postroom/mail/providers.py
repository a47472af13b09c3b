"""Whose Authentication-Results are believed, and how those servers write (docs/explanation).

`trust_results_from` names servers of your own by their authserv-id (RFC 8601 2.5), or one of the
large providers, each of which has ways of its own, by a word.
"""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from postroom.mail.received import host, ip_address, is_below, is_in

if TYPE_CHECKING:
    from postroom.mail.received import Hop, Network


@dataclass(frozen=True, slots=True)
class Provider:
    """A household of servers, and how they write."""

    ids: tuple[str, ...]
    """Their authserv-ids; with a dot in front, all names below."""
    hosts: tuple[str, ...]
    """Domains of the hosts that write Received fields inside."""
    clients: tuple[str, ...] = ()
    """Domains of the hosts that hand on inside, from a public address."""
    networks: tuple[Network, ...] = ()
    """Where those must lie; () where their names are looked up in the DNS."""
    nameless: bool = False
    """They leave their own name out of their results."""
    shown: str = ""
    """How the provider is called where a finding names it."""

    def is_named(self, authserv_id: str) -> bool:
        """Return whether results are by one of these servers, as they say."""
        return any(_matches(authserv_id, each) for each in self.ids)

    def wrote(self, name: str) -> bool:
        """Return whether a host that wrote a Received field is one of these.

        A server that gives itself no name of the DNS (Google: an address, as here) counts: only
        ours can have written above the border.
        """
        if "." not in name or ip_address(name):
            return True
        return any(is_below(name, each) for each in self.hosts)

    def is_inside(self, hop: Hop) -> bool:
        """Return whether a step was made within the walls."""
        if hop.from_nobody:
            return True
        if self.networks:
            known = bool(hop.address) and is_in(hop.address, self.networks)
            return known and any(is_below(hop.said, each) for each in self.clients)
        name = hop.looked_up
        return not ip_address(name) and any(is_below(name, each) for each in self.clients)


def _matches(authserv_id: str, wanted: str) -> bool:
    return authserv_id.endswith(wanted) if wanted.startswith(".") else authserv_id == wanted


PROVIDERS: Final = {
    "microsoft365": Provider(
        ids=(),
        hosts=("outlook.com", "office365.com"),
        clients=("outlook.com", "office365.com"),
        networks=(ipaddress.ip_network("2603:1000::/24"), ipaddress.ip_network("2a01:111::/32")),
        nameless=True,
        shown="protection.outlook.com",
    ),
    "google": Provider(ids=("mx.google.com",), hosts=("google.com",), shown="mx.google.com"),
    "fastmail": Provider(
        ids=(".messagingengine.com",),
        hosts=("messagingengine.com", "internal"),
        shown="mx.messagingengine.com",
    ),
}
"""By the word that stands for each in `trust_results_from`."""
_OF_PROVIDERS: Final = {
    "outlook.com": "microsoft365",
    "office365.com": "microsoft365",
    "google.com": "google",
    "messagingengine.com": "fastmail",
}


def provider_of(name: str) -> str:
    """Return the word for the provider that a server belongs to, or "" for a server of your own."""
    return next(
        (word for domain, word in _OF_PROVIDERS.items() if is_below(host(name), domain)), ""
    )


@dataclass(frozen=True, slots=True)
class Trusted:
    """All that an account believes."""

    providers: tuple[Provider, ...]

    def is_named(self, authserv_id: str) -> bool:
        """Return whether the name in a field is that of a trusted server."""
        return any(each.is_named(authserv_id) for each in self.providers)

    def is_border(self, hop: Hop) -> bool:
        """Return whether the message came in from outside at this step."""
        ours = any(each.wrote(hop.by) for each in self.providers)
        return not (ours and any(each.is_inside(hop) for each in self.providers))

    def nameless_by(self, name: str) -> bool:
        """Return whether a host is one that leaves its name out of its results."""
        return any(
            each.nameless and any(is_below(name, domain) for domain in each.hosts)
            for each in self.providers
        )

    def __str__(self) -> str:
        """Return the names for a sentence."""
        return ", ".join(sorted(each.shown for each in self.providers))


@lru_cache(maxsize=256)
def trusted(names: tuple[str, ...]) -> Trusted:
    """Return what `trust_results_from` stands for. Total."""
    words = (name if name in PROVIDERS else provider_of(name) for name in names)
    found = zip(names, words, strict=True)
    return Trusted(tuple(PROVIDERS.get(word) or _own(host(name)) for name, word in found))


def _own(name: str) -> Provider:
    return Provider((name,), (_household(name),), (_household(name),), shown=name)


def _household(name: str) -> str:
    """Return the domain that a server shares with its neighbours: mx.a.example has a.example."""
    labels = name.split(".")
    return ".".join(labels[1:]) if len(labels) > 2 else name  # noqa: PLR2004
