"""Who vouches for the sender, and how far (RFC 8601, 8617, 9989).

Anybody can write an Authentication-Results field into a message. One is believed only if it bears
the name of a trusted server and stands where only that server, or one behind it, can have written:
above the Received field in which our side took the message in from outside. That field is found by
going down from the top. A Received field by one of our hosts, from one of our hosts, from a private
address or from nobody is a step inside our walls; the first one that is not is the border.

Two habits of large providers are taken into account. Gmail writes its field below the border, and
the same results as ARC-Authentication-Results above it: that one is read. Microsoft leaves its name
out: such a field belongs to the host that took the message in, if that is one of Microsoft's.

Only the topmost such field counts. Every other one is ignored, whatever it says.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple, cast, get_args

from postroom.mail.arc import read_chain, voucher
from postroom.mail.providers import trusted
from postroom.mail.received import host, read_hop
from postroom.mail.results import MethodResult, Results, read_results
from postroom.model.message import Auth, AuthResult, Checked

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from postroom.mail.arc import Sealed
    from postroom.mail.providers import Trusted
    from postroom.model.message import Message

_RESULTS: Final = frozenset(get_args(AuthResult))
_SAME: Final = {"hardfail": "fail", "error": "temperror", "invalid": "permerror"}
_FIELDS: Final = ("authentication-results", "arc-authentication-results")
_MOST_FIELDS: Final = 1_000
_SHOWN: Final = 1_000
"""Characters of a field that are kept as evidence."""


class Believed(NamedTuple):
    """Results that are believed."""

    results: Results
    evidence: str
    """The field, as it stands there."""
    outside: Sequence[tuple[str, str]]
    """The fields that were there before those results were written."""


def authenticate(
    message: Message,
    servers: tuple[str, ...],
    sealers: tuple[str, ...] = (),
    checked_here: str = "",
) -> Auth:
    """Return what can be said of who sent a message.

    servers is `trust_results_from`: a name also stands for the hosts beside and below it. sealers
    are domains whose ARC seals count. checked_here are the results of a plugin, in the same form
    as a server's; where there are any, no field of the message is asked.

    Without results to believe every result is `none`. `aligned` needs one clean From mailbox, and
    DMARC passed for its domain; `vouched` the same in the words of a trusted sealer.
    """
    found = _here(message, checked_here) if checked_here else _by_server(message, servers)
    if isinstance(found, str):
        return Auth(evidence=found)
    results = found.results
    problem = _not_aligned(message, results)
    arc = _one(results.of("arc"), ())
    chain = read_chain(found.outside) if arc.result == "pass" else ()
    by = _vouched(message, chain, sealers)
    evidence = found.evidence + (f" [not aligned: {problem}]" if problem else "")
    if by is not None:
        evidence += f" [{by.sealer} vouches for it: ARC set {by.number} says that DMARC passed]"
    return Auth(
        spf=_one(results.of("spf"), ("smtp.mailfrom", "smtp.mail", "smtp.helo")),
        dkim=_any(results.of("dkim"), ("header.d", "header.i")),
        dmarc=_one(results.of("dmarc"), ("header.from",)),
        arc=Checked(arc.result, tuple(dict.fromkeys(each.sealer for each in chain))),
        aligned=not problem,
        vouched=by is not None,
        evidence=evidence,
    )


def _here(message: Message, checked_here: str) -> Believed | str:
    results = read_results(checked_here)
    if results is None:
        return "what was checked here cannot be read"
    shown = f"checked here: {checked_here}"[:_SHOWN]
    return Believed(results, shown, message.headers[:_MOST_FIELDS])


def _by_server(message: Message, servers: tuple[str, ...]) -> Believed | str:
    """Return the field to believe; or why there is none."""
    if not servers:
        return "no server's results are trusted: trust_results_from is not set"
    ours, fields = trusted(servers), message.headers[:_MOST_FIELDS]
    below, border = _border(fields, ours)
    nameless = ours.nameless_by(border)
    for name, value in fields[:below]:
        folded = name.lower()
        results = read_results(value) if folded in _FIELDS else None
        if results is None:
            continue
        unnamed = nameless and not results.authserv_id and folded == _FIELDS[0]
        if unnamed or ours.is_named(results.authserv_id):
            return Believed(results, f"{name}: {value}"[:_SHOWN], fields[below:])
    return _why_none(message, ours, border)


def _border(fields: Sequence[tuple[str, str]], ours: Trusted) -> tuple[int, str]:
    """Return the place of the field by which a message came in from outside, and who wrote it."""
    for place, (name, value) in enumerate(fields):
        hop = read_hop(value) if name.lower() == "received" else None
        if hop is not None and ours.is_border(hop):
            return place, hop.by
    return len(fields), ""


def _why_none(message: Message, ours: Trusted, border: str) -> str:
    fields = [value for name, value in message.headers if name.lower() == _FIELDS[0]]
    if not fields:
        return f"no Authentication-Results field; trusted would be {ours}"
    for value in fields:
        results = read_results(value)
        if results is not None and ours.is_named(results.authserv_id):
            return (
                f"the field of {results.authserv_id} is not believed: it stands below the Received "
                f"field of {border or 'another host'}, where anybody could have put it"
            )
    return f"no Authentication-Results field is by a trusted server ({ours})"


def _not_aligned(message: Message, results: Results) -> str:
    """Return why the sender is not authenticated, or "" if it is."""
    if message.from_problem is not None:
        return message.from_problem
    found = results.of("dmarc")
    if not found or any(each.result != "pass" for each in found):
        return "DMARC did not pass"
    if not _passed_for(message.from_.domain, found):
        return "DMARC passed for another domain than that of From"
    return ""


def _vouched(message: Message, chain: Sequence[Sealed], sealers: tuple[str, ...]) -> Sealed | None:
    """Return the set by which a trusted sealer vouches for the sender; None if none does."""
    if message.from_problem is not None or not sealers:
        return None
    names, domain = frozenset(map(host, sealers)), message.from_.domain
    return voucher(chain, names, lambda found: _passed_for(domain, found))


def _passed_for(written: str, found: Sequence[MethodResult]) -> bool:
    """Return whether DMARC results, all of them, are a pass for the domain."""
    domain = host(written)
    return bool(domain and found) and all(
        each.result == "pass" and host(each.properties.get("header.from", "")) == domain
        for each in found
    )


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
        domain = host(value.rpartition("@")[2])
        if domain:
            domains[domain] = None
    return tuple(domains)
