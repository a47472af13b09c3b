"""Whether an automatic answer may be sent at all. No rule can switch this off.

RFC 3834 says what must not be answered; the caps keep two machines that ignore it from writing to
each other for ever.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from postroom.identity.instance import is_ours
from postroom.mail.addresses import canonical
from postroom.model.facts import AnswerCounts

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from postroom.model.caps import Caps
    from postroom.model.message import Message
    from postroom.pipeline.context import Context

IN_ALL_AN_HOUR = 200
"""Answers of the whole engine in an hour."""
NOT_AUTHENTICATED = "the sender is not authenticated"
"""The reason of which very many are worth an alarm."""
_PAUSE = "answers pause"

_LIST_FIELDS = (
    "List-Id", "List-Help", "List-Subscribe", "List-Unsubscribe", "List-Post", "List-Owner",
    "List-Archive",
)  # fmt: skip
_BULK = ("bulk", "junk", "list", "auto_reply")
_SUPPRESS = ("all", "oof", "autoreply")
_AUTORESPONDERS = ("X-Autoreply", "X-Autorespond", "X-Autoresponder")
_ROBOTS = (
    "mailer-daemon", "postmaster", "listserv", "majordomo",
    "noreply", "no-reply", "no_reply", "donotreply", "do-not-reply", "do_not_reply",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Answer:
    """An automatic answer that a rule asks for."""

    template: str
    for_created: bool
    """It tells that a record was created."""
    allow_unverified: bool
    """The rules allow it although the sender is not authenticated; `check` warns about that."""


def why_not(answer: Answer, context: Context, planned: Sequence[str]) -> str | None:
    """Return why the answer must not be sent; None if it may.

    `planned` holds the templates of the answers that this decision sends already.
    """
    sent = context.facts.answers or AnswerCounts()
    message_says = unanswerable(context, allow_unverified=answer.allow_unverified)
    return message_says or next(_caps(answer, context, sent, planned), None)


def pauses(reason: str) -> bool:
    """Return whether an answer was not sent for a reason that makes the account pause."""
    return reason.endswith(f": {_PAUSE}")


def unanswerable(context: Context, *, allow_unverified: bool) -> str | None:
    """Return why nothing may be sent because of the message; None if something may."""
    if not allow_unverified and context.sender_state != "aligned":
        return NOT_AUTHENTICATED
    return next(_signs_of_a_machine(context.message), None) or _our_own(context)


def _signs_of_a_machine(message: Message) -> Iterator[str]:
    if not message.return_path:
        missing = message.return_path is None
        yield "it has no return path" if missing else "its return path is null"
    if message.auto_submitted != "no":
        yield f"Auto-Submitted is {message.auto_submitted}"
    for name in _LIST_FIELDS:
        if message.headers_all(name):
            yield f"it comes from a mailing list ({name})"
    for name in ("Precedence", "X-Precedence"):
        for value in _words(message, name):
            if value in _BULK:
                yield f"{name} is {value}"
    for value in _words(message, "X-Auto-Response-Suppress"):
        if value in _SUPPRESS:
            yield f"X-Auto-Response-Suppress says {value}"
    yield from _other_machines(message)


def _other_machines(message: Message) -> Iterator[str]:
    for name in _AUTORESPONDERS:
        if message.headers_all(name):
            yield f"an autoresponder sent it ({name})"
    if "autoresponder" in _words(message, "Delivered-To"):
        yield "an autoresponder sent it (Delivered-To)"
    if message.dsn.present:
        yield "it is a delivery report"
    if message.mdn.present:
        yield "it is a read receipt"
    if message.arf.present:
        yield "it is a feedback report"
    if message.calendar is not None and message.calendar.method.upper() == "REPLY":
        yield "it answers an invitation"
    local_part = message.from_.local_part.lower()
    if local_part in _ROBOTS or local_part.startswith("owner-"):
        yield f"{local_part}@ is no person"
    if local_part.endswith(("-request", "-bounces")):
        yield f"{local_part}@ is no person"


def _words(message: Message, name: str) -> list[str]:
    """Return what stands between the commas of a header field, lower case."""
    values = ",".join(message.headers_all(name))
    return [word.strip().lower() for word in values.split(",")]


def _our_own(context: Context) -> str | None:
    sender = canonical(context.message.from_.addr_spec)
    for account in context.rules.accounts.values():
        own = (account.address, account.send.sender if account.send else "")
        if sender in map(canonical, own):
            return f"it comes from our own account {account.name}"
    return "it is a mail of ours" if is_ours(context.message, context.tokens.ring) else None


def _caps(
    answer: Answer, context: Context, sent: AnswerCounts, planned: Sequence[str]
) -> Iterator[str]:
    """Yield which limits are reached; those that concern everybody first."""
    caps, more = context.account.answers, len(planned)
    if sent.paused_until is not None:
        yield f"{_PAUSE} until {sent.paused_until:%H:%M} UTC, for there were too many"
    if sent.in_all_last_hour + more >= IN_ALL_AN_HOUR:
        yield f"{IN_ALL_AN_HOUR} answers went out within an hour: {_PAUSE}"
    if sent.of_account_last_hour + more >= caps.an_hour:
        yield f"{caps.an_hour} answers of this account went out within an hour: {_PAUSE}"
    if (lately := sent.to_domain_last_hour + more) >= caps.domain_an_hour:
        yield f"{lately} answers went to this domain within an hour"
    if (lately := sent.about_record_last_day + more) >= caps.record_a_day:
        yield f"{lately} answers about this record went out within 24 hours"
    yield from _to_the_address(answer, caps, sent, planned)


def _to_the_address(
    answer: Answer, caps: Caps, sent: AnswerCounts, planned: Sequence[str]
) -> Iterator[str]:
    if answer.for_created:
        if (lately := sent.to_address_last_hour + len(planned)) >= caps.created_an_hour:
            yield f"{lately} answers went to this address within an hour"
        return
    if sent.to_address_by_template.get(answer.template, 0) or answer.template in planned:
        hours = caps.same_again_after.total_seconds() / 3600
        yield f"`{answer.template}` went to this address within the last {hours:g} hours"
