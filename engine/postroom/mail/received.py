"""Received fields (RFC 5321 4.4): who took a message in, and from whom."""

from __future__ import annotations

import ipaddress
from typing import Final, NamedTuple

from postroom.mail.addresses import ascii_domain

_PRIVATE: Final = tuple(
    ipaddress.ip_network(network)
    for network in (
        "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "127.0.0.0/8", "169.254.0.0/16",
        "100.64.0.0/10", "::1/128", "fc00::/7", "fe80::/10",
    )
)  # fmt: skip
"""Addresses from which nobody can come in from outside (RFC 1918, 4193, 6598)."""
_LONGEST_COMMENT: Final = 500


class Hop(NamedTuple):
    """What one field says. Names are in the form of the DNS."""

    by: str
    """Who took the message in."""
    said: str = ""
    """The client, as it called itself: it may be any name."""
    looked_up: str = ""
    """The client, as the server found it in the DNS; "" where it did not, or does not say."""
    address: str = ""
    """The client's IP address, or ""."""
    told: bool = False
    """Whether there is a from-clause at all."""

    @property
    def from_nobody(self) -> bool:
        """Whether no client from outside can stand behind it."""
        if not self.told:
            return True
        return is_in(self.address, _PRIVATE) if self.address else self.looked_up == "localhost"


Network = ipaddress.IPv4Network | ipaddress.IPv6Network


def is_in(address: str, networks: tuple[Network, ...]) -> bool:
    """Return whether an IP address lies in one of the networks."""
    found = ipaddress.ip_address(address)
    return any(found in network for network in networks if network.version == found.version)


def read_hop(value: str) -> Hop:
    """Return what the value of a Received field says. Total."""
    words = value.replace(";", " ; ").split()
    by = host(_after(words, "by"))
    if not words or words[0].lower() != "from":
        return Hop(by)
    said = words[1] if len(words) > 1 else ""
    comment = _first_comment(value).replace("[", " [").split()
    address = next((a for word in (*comment, said) if (a := ip_address(word))), "")
    return Hop(by, host(said), host(_looked_up(said, comment)), address, told=True)


def _looked_up(said: str, comment: list[str]) -> str:
    """Return the client's name as the server knows it.

    Postfix and sendmail write `said (looked.up [address])`, Exim `looked.up ([address] helo=said)`,
    qmail `looked.up (HELO said) (address)`, Microsoft `said (address)`. Where one server of ours
    hands on to another within, there may be no comment at all.
    """
    if not comment or any("=" in word or word.upper() in ("HELO", "EHLO") for word in comment):
        return said
    if len(comment) > 1 and comment[1].startswith("["):
        return comment[0]
    return ""


def _after(words: list[str], mark: str) -> str:
    """Return the word behind a mark, outside comments."""
    depth = 0
    for place, word in enumerate(words[:-1]):
        if not depth and word.lower() == mark:
            return words[place + 1]
        depth = max(0, depth + word.count("(") - word.count(")"))
    return ""


def _first_comment(value: str) -> str:
    """Return the comment behind the name that the client gave itself."""
    start = value.find("(")
    by = value.lower().find(" by ")
    if start < 0 or 0 <= by < start:
        return ""
    return value[start + 1 :].partition(")")[0][:_LONGEST_COMMENT]


def ip_address(word: str) -> str:
    """Return the IP address that a word is, or ""."""
    text = word.strip("[]();,").removeprefix("IPv6:").removeprefix("ip=")
    try:
        return str(ipaddress.ip_address(text))
    except ValueError:
        return ""


def host(name: str) -> str:
    """Return a name of the DNS in the one form for comparing."""
    return ascii_domain(name.strip("[]()<>,;\"' ").rstrip("."))


def is_below(name: str, domain: str) -> bool:
    """Return whether a host is a domain or lies below it, label by label."""
    return name == domain or name.endswith(f".{domain}")
