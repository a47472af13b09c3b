"""What a server that the account trusts has found out about the sender (RFC 8601).

Anybody can write an Authentication-Results field into a message. One is believed only if it bears
the name of a trusted server and stands where only that server, or one behind it, can have written:
above the Received field in which our side took the message in from outside. That field is found by
going down from the top. A Received field by one of our hosts, from one of our hosts, from a private
address or from nobody is a step inside our walls; the first one that is not is the border.

Two habits of large providers are taken into account. Gmail writes its field below the border, and
the same results as ARC-Authentication-Results above it: that one is read. Microsoft leaves its name
out: such a field belongs to the host that took the message in, if that is a trusted one.

Only the topmost such field counts. Every other one is ignored, whatever it says.
"""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING, Final, NamedTuple, cast, get_args

from postroom.mail.addresses import ascii_domain
from postroom.mail.results import MethodResult, Results, read_results
from postroom.model.message import Auth, AuthResult, Checked

if TYPE_CHECKING:
    from collections.abc import Iterable

    from postroom.model.message import Message

_RESULTS: Final = frozenset(get_args(AuthResult))
_SAME: Final = {"hardfail": "fail", "error": "temperror", "invalid": "permerror"}
_FIELDS: Final = ("authentication-results", "arc-authentication-results")
_MOST_FIELDS: Final = 1_000
_PRIVATE: Final = tuple(
    ipaddress.ip_network(network)
    for network in (
        "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "127.0.0.0/8", "169.254.0.0/16",
        "100.64.0.0/10", "::1/128", "fc00::/7", "fe80::/10",
    )
)  # fmt: skip
"""Addresses from which nobody can come in from outside (RFC 1918, 4193, 6598)."""
_SHOWN: Final = 1_000
"""Characters of a field that are kept as evidence."""


def authenticate(message: Message, trusted: tuple[str, ...]) -> Auth:
    """Return what the topmost field of a trusted server says about a message.

    trusted are authserv-ids; a name also stands for the hosts below it. Without a field to believe
    every result is `none`. `aligned` needs one clean From mailbox, and DMARC passed for its domain.
    """
    if not trusted:
        return Auth(evidence="no server's results are trusted: trust_results_from is not set")
    names = frozenset(_host(name) for name in trusted)
    found = _believed(message, names)
    if isinstance(found, str):
        return Auth(evidence=found)
    results, evidence = found
    dmarc = _one(results.of("dmarc"), ("header.from",))
    problem = _not_aligned(message, results)
    return Auth(
        spf=_one(results.of("spf"), ("smtp.mailfrom", "smtp.mail", "smtp.helo")),
        dkim=_any(results.of("dkim"), ("header.d", "header.i")),
        dmarc=dmarc,
        arc=_one(results.of("arc"), ("header.d", "arc.chain")),
        aligned=not problem,
        evidence=evidence + (f" [not aligned: {problem}]" if problem else ""),
    )


def _believed(message: Message, names: frozenset[str]) -> tuple[Results, str] | str:
    """Return the field to believe, and its text; or why there is none."""
    candidates: list[tuple[Results, str]] = []
    nameless: list[tuple[Results, str]] = []
    border = ""
    for name, value in message.headers[:_MOST_FIELDS]:
        folded = name.lower()
        if folded in _FIELDS:
            results = read_results(value)
            if results is None:
                continue
            text = f"{name}: {value}"[:_SHOWN]
            if results.authserv_id in names:
                candidates.append((results, text))
            elif not results.authserv_id and folded == _FIELDS[0]:
                nameless.append((results, text))
        elif folded == "received":
            hop = _hop(value)
            if not _is_ours(hop.by, names) or not _is_inside(hop, names):
                border = hop.by
                break
    if candidates:
        return candidates[0]
    if nameless and border and any(_is_below(border, name) for name in names):
        return nameless[0]
    return _why_none(message, names, border)


def _why_none(message: Message, names: frozenset[str], border: str) -> str:
    fields = [value for name, value in message.headers if name.lower() == _FIELDS[0]]
    listed = ", ".join(sorted(names))
    if not fields:
        return f"no Authentication-Results field; trusted would be {listed}"
    for value in fields:
        results = read_results(value)
        if results is not None and results.authserv_id in names:
            return (
                f"the field of {results.authserv_id} is not believed: it stands below the Received "
                f"field of {border or 'another host'}, where anybody could have put it"
            )
    return f"no Authentication-Results field is by a trusted server ({listed})"


def _not_aligned(message: Message, results: Results) -> str:
    """Return why the sender is not authenticated, or "" if it is."""
    if message.from_problem is not None:
        return message.from_problem
    found = results.of("dmarc")
    if not found or any(each.result != "pass" for each in found):
        return "DMARC did not pass"
    domain = _host(message.from_.domain)
    if not domain or any(_host(each.properties.get("header.from", "")) != domain for each in found):
        return "DMARC passed for another domain than that of From"
    return ""


def _one(found: tuple[MethodResult, ...], properties: tuple[str, ...]) -> Checked:
    """Return the result of a method that has one; of several the first that is bad."""
    if not found:
        return Checked()
    worst = next((each for each in found if each.result != "pass"), found[0])
    return Checked(_result(worst.result), _domains((worst,), properties))


def _any(found: tuple[MethodResult, ...], properties: tuple[str, ...]) -> Checked:
    """Return the result of a method of which one pass is enough: a message has many signatures."""
    if not found:
        return Checked()
    passed = tuple(each for each in found if each.result == "pass")
    chosen = passed or found[:1]
    return Checked(_result(chosen[0].result), _domains(chosen, properties))


def _result(word: str) -> AuthResult:
    word = _SAME.get(word, word)
    return cast("AuthResult", word) if word in _RESULTS else "none"


def _domains(found: Iterable[MethodResult], properties: tuple[str, ...]) -> tuple[str, ...]:
    """Return the domains that results speak of, each once."""
    domains: dict[str, None] = {}
    for each in found:
        value = next((v for name in properties if (v := each.properties.get(name))), "")
        domain = _host(value.rpartition("@")[2])
        if domain:
            domains[domain] = None
    return tuple(domains)


class _Hop(NamedTuple):
    """The parts of a Received field (RFC 5321 4.4) that tell where a message came in."""

    by: str
    from_: str
    """The client's name."""
    address: str
    """The client's IP address, or ""."""
    told: bool
    """Whether there is a from-clause at all."""


def _hop(value: str) -> _Hop:
    words = value.replace(";", " ; ").split()
    by = _host(_after(words, "by"))
    if not words or words[0].lower() != "from":
        return _Hop(by, "", "", told=False)
    said = words[1] if len(words) > 1 else ""
    known = _first_comment(value).replace("[", " [").split()
    address = next((a for word in (*known, said) if (a := _address(word))), "")
    return _Hop(by, _host(_client_name(said, known)), address, told=True)


def _client_name(said: str, known: list[str]) -> str:
    """Return the client's name, best as looked up: what it says of itself may be any name.

    Postfix and sendmail write `said (looked.up [address])`, Exim `looked.up ([address] helo=said)`,
    qmail `looked.up (HELO said) (address)`, Microsoft `said (address)`.
    """
    if not known or any("=" in word or word.upper() in ("HELO", "EHLO") for word in known):
        return said
    if known[0].startswith("["):
        return "unknown"
    if len(known) > 1 and known[1].startswith("["):
        return known[0]
    return said


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
    return value[start + 1 :].partition(")")[0][:500]


def _address(word: str) -> str:
    """Return the IP address that a word is, or ""."""
    text = word.strip("[]();,").removeprefix("IPv6:").removeprefix("ip=")
    try:
        return str(ipaddress.ip_address(text))
    except ValueError:
        return ""


def _is_ours(host: str, names: frozenset[str]) -> bool:
    """Return whether a host belongs to the same household as a trusted name.

    A server that gives itself no name of the DNS (Google: an address, as here) counts: only ours
    can have written above the border.
    """
    if "." not in host or _address(host):
        return True
    return any(_is_below(host, _household(name)) for name in names)


def _is_inside(hop: _Hop, names: frozenset[str]) -> bool:
    """Return whether a step was made inside our walls."""
    if not hop.told:
        return True
    if hop.from_ == "localhost" or (hop.address and not _is_public(hop.address)):
        return True
    return "." in hop.from_ and _is_ours(hop.from_, names) and not _address(hop.from_)


def _is_public(address: str) -> bool:
    found = ipaddress.ip_address(address)
    return not any(found in network for network in _PRIVATE if network.version == found.version)


def _is_below(host: str, domain: str) -> bool:
    """Return whether a host is a domain or lies below it, label by label."""
    return host == domain or host.endswith(f".{domain}")


def _household(name: str) -> str:
    """Return the domain that a server shares with its neighbours: mx.a.example has a.example."""
    labels = name.split(".")
    return ".".join(labels[1:]) if len(labels) > 2 else name  # noqa: PLR2004


def _host(name: str) -> str:
    """Return a name of the DNS in the one form for comparing."""
    return ascii_domain(name.strip("[]()<>,;\"' ").rstrip("."))
