"""The other audit entries: about messages, notices, and the engine itself."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any, Literal

from postroom.model.batch import Entry
from postroom.model.plain import plain_object
from postroom.model.sealing import Hidden, pointer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from datetime import datetime

    from postroom.ledger.item import Item, Link
    from postroom.model.decision import Notice


@dataclass(frozen=True, slots=True)
class Review:
    """What somebody did about a message in quarantine."""

    account: str
    communication: int
    act: Literal["released", "vouched", "replayed", "discarded"]
    by: str
    reason: str
    request: str
    """Id of the request that asked for it."""
    became: int | None = None
    """The communication under which it was decided again; None where it was not."""
    outcome: str = "discarded"


def message_linked(account: str, link: Link, now: datetime) -> Entry:
    """Return the entry for a message that is known and lies in a new place."""
    body = {
        "recorded_at": now,
        "account": account,
        "communication": link.communication,
        "place": link.place,
        "sha256": link.sha256,
    }
    return Entry("message_linked", plain_object(body))


def mail_left_alone(account: str, start_at: datetime, count: int, now: datetime) -> Entry:
    """Return the entry for messages that came before the account was to start."""
    body = {"recorded_at": now, "account": account, "start_at": start_at, "messages": count}
    return Entry("mail_left_alone", plain_object(body))


def message_id_reused(item: Item, salt: Callable[[], bytes]) -> Entry:
    """Return the entry for a message whose Message-ID came before, with other content."""
    hidden = Hidden(salt)
    body = {
        "recorded_at": item.clocked.decided_at,
        "account": item.facts.account,
        "communication": item.communication,
        "message_id": hidden.hide(pointer("message_id"), item.message.message_id),
    }
    return Entry("message_id_reused", plain_object(body), hidden.rows)


def message_given_up(item: Item, attempts: int) -> Entry:
    """Return the entry for a message that is quarantined unread: engines died with it in hand."""
    body = {
        "recorded_at": item.clocked.decided_at,
        "account": item.facts.account,
        "communication": item.communication,
        "place": item.envelope.place,
        "sha256": item.message.sha256,
        "attempts": attempts,
    }
    return Entry("message_given_up", plain_object(body))


def token_refused(item: Item) -> Entry:
    """Return the entry for a record token that is not valid, or is at odds with another."""
    token = item.facts.token
    body = {
        "recorded_at": item.clocked.decided_at,
        "account": item.facts.account,
        "communication": item.communication,
        "problem": token.problem,
        "conflict": token.conflict,
        "followed": token.ref,
    }
    return Entry("token_refused", plain_object(body))


def notice_queued(item: Item, notice: Notice, salt: Callable[[], bytes]) -> Entry:
    """Return the entry for a notice that waits to be sent."""
    return _queued(item.facts.account, item.communication, notice, item.clocked.decided_at, salt)


def notice_queued_for(
    account: str, notice: Notice, now: datetime, salt: Callable[[], bytes]
) -> Entry:
    """Return the entry for a notice that no message gave reason to."""
    return _queued(account, 0, notice, now, salt)


def _queued(
    account: str, communication: int, notice: Notice, now: datetime, salt: Callable[[], bytes]
) -> Entry:
    hidden = Hidden(salt)
    body = {
        "recorded_at": now,
        "account": account,
        "communication": communication,
        "key": notice.key,
        "notice": notice.kind,
        "origin": notice.origin,
        "rule": notice.rule,
        "template": notice.template,
        "use": notice.use,
        "ref": notice.ref,
        "to": hidden.hide(pointer("to"), notice.to),
        "subject": hidden.hide(pointer("subject"), notice.subject),
    }
    return Entry("notice_queued", plain_object(body), hidden.rows)


def message_bounced(item: Item, words: str, salt: Callable[[], bytes]) -> Entry:
    """Return the entry for a mail of ours that came back."""
    hidden = Hidden(salt)
    body = {
        "recorded_at": item.clocked.decided_at,
        "account": item.facts.account,
        "communication": item.communication,
        "bounced": item.facts.bounced,
        "ref": item.facts.bounced_ref,
        "words": hidden.hide(pointer("words"), words),
    }
    return Entry("message_bounced", plain_object(body), hidden.rows)


@dataclass(frozen=True, slots=True)
class Activation:
    """How a rule set came to decide."""

    how: Literal["start", "activate", "reload"] = "start"
    """An engine was started with it; somebody activated it; an engine was told to read it again."""
    by: str = ""
    """Who answers for it. It stands in the log for good, for that is what the entry is for."""
    reason: str = ""
    previous: str = ""
    """Hash of the rule set that decided before; "" at the start of an engine."""
    tables: Mapping[str, int] = field(default_factory=dict)
    """The numbers that stand for tables in record tokens."""
    tests: Mapping[str, int] | None = None
    """How many passed and failed; None if they were not run."""
    lint: Mapping[str, int] | None = None
    """How many warnings there are, by code; None if nobody looked."""
    replay: Mapping[str, Any] | None = None
    """What it would have decided otherwise; None if nobody looked."""


AT_START = Activation()


def message_reviewed(review: Review, now: datetime, salt: Callable[[], bytes]) -> Entry:
    """Return the entry for a message that somebody took out of quarantine."""
    hidden = Hidden(salt)
    body = {
        "recorded_at": now,
        "account": review.account,
        "communication": review.communication,
        "act": review.act,
        "became": review.became,
        "outcome": review.outcome,
        "request": review.request,
        "by": hidden.hide(pointer("by"), review.by),
        "reason": hidden.hide(pointer("reason"), review.reason),
    }
    return Entry("message_reviewed", plain_object(body), hidden.rows)


def alarm_raised(item: Item, code: str, words: str) -> Entry:
    """Return the entry for an alarm; words tell nothing about a person."""
    body = {
        "recorded_at": item.clocked.decided_at,
        "account": item.facts.account,
        "communication": item.communication,
        "code": code,
        "words": words,
    }
    return Entry("alarm_raised", plain_object(body))


def alarm_stands(account: str, code: str, words: str, now: datetime) -> Entry:
    """Return the entry for an alarm that no message raised; account is "" for the engine."""
    body = {"recorded_at": now, "account": account, "code": code, "words": words}
    return Entry("alarm_raised", plain_object(body))


def alarm_over(account: str, code: str, since: datetime, now: datetime) -> Entry:
    """Return the entry for the end of what raised an alarm."""
    body = {"recorded_at": now, "account": account, "code": code, "since": since}
    return Entry("alarm_over", plain_object(body))


def rules_activated(
    rules: str, sources: Mapping[str, str], now: datetime, activation: Activation = AT_START
) -> Entry:
    """Return the entry for a rule set that decides from now on.

    sources are the texts of its files by name.
    """
    body = {
        "recorded_at": now,
        "rules": rules,
        "files": _hashes(sources),
        **{each.name: getattr(activation, each.name) for each in fields(activation)},
    }
    return Entry("rules_activated", plain_object(body))


def rules_refused(rules: str, words: str, now: datetime, activation: Activation) -> Entry:
    """Return the entry for a rule set that was to decide and may not; the one before goes on."""
    body = {
        "recorded_at": now,
        "rules": rules,
        "how": activation.how,
        "by": activation.by,
        "reason": activation.reason,
        "previous": activation.previous,
        "words": words,
    }
    return Entry("rules_refused", plain_object(body))


def _hashes(sources: Mapping[str, str]) -> dict[str, str]:
    return {name: hashlib.sha256(t.encode("utf-8")).hexdigest() for name, t in sources.items()}


def engine_started(version: str, rules: str, accounts: Iterable[str], now: datetime) -> Entry:
    """Return the entry for an engine that begins its work."""
    body = {"recorded_at": now, "version": version, "rules": rules, "accounts": list(accounts)}
    return Entry("engine_started", plain_object(body))


def clock_jumped(expected: datetime, now: datetime) -> Entry:
    """Return the entry for a time of day that is not what the steady clock says it should be."""
    return Entry("clock_jumped", plain_object({"recorded_at": now, "expected": expected}))


def engine_stopped(now: datetime, reason: str = "") -> Entry:
    """Return the entry for an engine that ends its work."""
    return Entry("engine_stopped", plain_object({"recorded_at": now, "reason": reason}))


def plugin_loaded(name: str, distribution: str, version: str, sha256: str, now: datetime) -> Entry:
    """Return the entry for a plugin that takes part; sha256 is of its files, in hex."""
    body = {
        "recorded_at": now,
        "name": name,
        "distribution": distribution,
        "version": version,
        "sha256": sha256,
    }
    return Entry("plugin_loaded", plain_object(body))
