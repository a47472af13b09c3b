"""Where a message carries a record token, and the one function that believes it.

In order of trust: our own Message-IDs in In-Reply-To and References, the plus-address it was sent
to, the mail of ours that a delivery report returns, and the subject. `verify` holds all of them to
the same test; the rest of the engine sees only its result. What it must know of the records that
tokens name is looked up before, by `claimed`.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

from postroom.identity.base32 import VALUES
from postroom.identity.token import LONGEST, SHORTEST
from postroom.model.facts import TokenFact

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from datetime import datetime

    from postroom.identity.token import Tokens
    from postroom.model.message import Message
    from postroom.model.record import RecordRef

MOST_TRIED = 16
"""Candidates of one carrier; a message with more of them is not a person's answer."""
_DELIVERED_TO = ("Delivered-To", "X-Original-To", "Envelope-To")
_SUBJECT = 2_000
"""Characters of a subject that are looked at."""

_LETTERS = frozenset(VALUES)
_BLANKED = {octet: " " for octet in range(128) if chr(octet) not in _LETTERS}
"""ASCII that stands in no token."""


@dataclass(frozen=True, slots=True)
class Claims:
    """What the tokens of a message say, before anything is known of their records."""

    found: Mapping[RecordRef, str]
    """The records of genuine tokens, in the order of trust, each with its carrier."""
    invalid: str = ""
    """The carrier of what looks like a token and is not one of ours."""


def claimed(message: Message, tokens: Tokens, now: datetime) -> Claims:
    """Return which records the tokens of a message name. No leave to act on it: see `verify`."""
    found: dict[RecordRef, str] = {}
    invalid = ""
    for carrier, candidates in _carriers(message):
        for text in islice(dict.fromkeys(candidates), MOST_TRIED):
            ref = tokens.read(text, now)
            if ref is not None:
                found.setdefault(ref, carrier)
            else:
                invalid = invalid or carrier
    return Claims(found, invalid)


def _never(_ref: RecordRef) -> bool:
    return False


def verify(
    message: Message,
    tokens: Tokens,
    now: datetime,
    expired: Callable[[RecordRef], bool] = _never,
) -> TokenFact:
    """Return which record the message is about, if a token proves it.

    expired says whether the tokens of a record count no more, for what the record has become. Two
    valid tokens of records of one table: the first in the order of trust counts, and the conflict
    is told. Of records of two tables: none counts.
    """
    claims = claimed(message, tokens, now)
    found = {ref: carrier for ref, carrier in claims.found.items() if not expired(ref)}
    if not found:
        invalid = ""
        if claims.found:
            ref, carrier = next(iter(claims.found.items()))
            invalid = f"the token ({carrier}) of {ref.table} {ref.id} has expired"
        elif claims.invalid:
            invalid = f"what looks like a token ({claims.invalid}) is not one of ours"
        return TokenFact(problem=invalid)
    ref, carrier = next(iter(found.items()))
    if len(found) == 1:
        return TokenFact(valid=True, ref=ref, carrier=carrier)
    told = " and ".join(f"{ref.table} {ref.id} ({where})" for ref, where in found.items())
    if len({ref.table for ref in found}) > 1:
        return TokenFact(problem=f"valid tokens of two tables: {told}", conflict="tables")
    problem = f"valid tokens of several records: {told}"
    return TokenFact(valid=True, ref=ref, carrier=carrier, problem=problem, conflict="records")


def message_id(token: str, random: str, domain: str) -> str:
    """Return a Message-ID, without angle brackets, that an answer refers to (RFC 5322 3.6.4)."""
    return f"{token}.{random}@{domain}" if token else f"{random}@{domain}"


def plus_address(address: str, token: str) -> str:
    """Return the account's address with the token as its detail (RFC 5233)."""
    local, _, domain = address.rpartition("@")
    return f"{local}+{token}@{domain}"


def tagged(subject: str, token: str) -> str:
    """Return the subject with the token at its front, where mail programs leave it alone."""
    return f"[#{token}] {subject}" if token else subject


def untagged(subject: str, tokens: Tokens, now: datetime) -> str:
    """Return the subject without our own tokens in brackets, as people want to see it."""
    start = subject.find("[#")
    while start >= 0:
        end = subject.find("]", start, start + 2 * LONGEST)
        if end > 0 and tokens.read(_letters(subject[start + 2 : end]), now):
            subject = f"{subject[:start].rstrip()} {subject[end + 1 :].lstrip()}".strip()
        else:
            start += 2
        start = subject.find("[#", start)
    return subject


def _carriers(message: Message) -> Iterator[tuple[str, Iterator[str]]]:
    replied_to = (*message.in_reply_to, *reversed(message.references))
    yield "references", _in_message_ids(replied_to)
    yield "plus_address", _in_addresses(message)
    yield "header", _in_message_ids(message.dsn.original_message_ids)
    yield "subject", _in_subject(message.subject)


def _in_message_ids(ids: Iterable[str]) -> Iterator[str]:
    for written in ids:
        text = written.partition("@")[0].partition(".")[0]
        if _plausible(text):
            yield text


def _in_addresses(message: Message) -> Iterator[str]:
    visible = [mailbox.addr_spec for mailbox in (*message.to, *message.cc)]
    delivered = [value for name in _DELIVERED_TO for value in message.headers_all(name)]
    for address in (*visible, *delivered):
        if len(address) > SHORTEST:
            text = address.rpartition("@")[0].rpartition("+")[2]
            if _plausible(text):
                yield text


def _in_subject(subject: str) -> Iterator[str]:
    """Yield what stands between `[#` and `]`, folded or not, then each word as long as a token."""
    if len(subject) < SHORTEST:
        return
    text = unicodedata.normalize("NFKC", subject[:_SUBJECT])
    for piece in text.split("[#")[1:]:
        inside, closed, _ = piece[: 2 * LONGEST].partition("]")
        if closed and _plausible(letters := _letters(inside)):
            yield letters
    if not text.isascii():
        visible = (c for c in text if unicodedata.category(c) != "Cf")
        text = "".join(c if c.isascii() else " " for c in visible)
    yield from filter(_plausible, text.translate(_BLANKED).split())


def _letters(text: str) -> str:
    """Return the text without what folding and mail programs put between its letters."""
    unfolded = "".join(text.split())
    return "".join(c for c in unfolded if unicodedata.category(c) != "Cf")


def _plausible(text: str) -> bool:
    return SHORTEST <= len(text) <= LONGEST and _LETTERS.issuperset(text)
