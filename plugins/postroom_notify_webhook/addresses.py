"""Which addresses a request may go to: those of the whole world, and no other.

Whoever can change a name in the DNS could have us ask our own network otherwise: the address of a
router, of a database, of the metadata of a cloud machine, which holds its passwords.
"""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Final

_NAT64: Final = (IPv6Network("64:ff9b::/96"), IPv6Network("64:ff9b:1::/48"))
"""RFC 6052, RFC 8215: the last four bytes are an IPv4 address."""
_COMPATIBLE: Final = IPv6Network("::/96")
"""RFC 4291 2.5.5.1."""
_REFUSED: Final = tuple(
    map(ip_network, ("168.63.129.16/32", "192.88.99.0/24", "192.0.0.0/24", "fec0::/10"))
)
"""Azure's own server inside each machine; 6to4 relays; protocol assignments; site-local."""


def is_public(address: str) -> bool:
    """Return whether an address, as text, is of the whole world."""
    try:
        found = ip_address(address.partition("%")[0])
    except ValueError:
        return False
    return all(_is_global(each) for each in _readings(found))


def _readings(address: IPv4Address | IPv6Address) -> list[IPv4Address | IPv6Address]:
    """Return the address, and the IPv4 address in it that it may be translated to."""
    if isinstance(address, IPv4Address):
        return [address]
    inside = address.ipv4_mapped
    if inside is not None:
        return [inside]
    last = IPv4Address(int(address) & 0xFFFF_FFFF)
    if any(address in each for each in _NAT64):
        return [last]
    embedded = [address.sixtofour, *(address.teredo or ())]
    if address in _COMPATIBLE:
        embedded.append(last)
    return [address, *(each for each in embedded if each is not None)]


def _is_global(address: IPv4Address | IPv6Address) -> bool:
    special = address.is_multicast or address.is_reserved or not address.is_global
    return not special and not any(
        address in each for each in _REFUSED if each.version == address.version
    )
