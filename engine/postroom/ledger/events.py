"""The other audit entries: about messages, notices, and the engine itself."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from postroom.model.batch import Entry
from postroom.model.plain import plain_object
from postroom.model.sealing import Hidden, pointer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from datetime import datetime

    from postroom.ledger.item import Item, Link
    from postroom.model.decision import Notice


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
    hidden = Hidden(salt)
    body = {
        "recorded_at": item.clocked.decided_at,
        "account": item.facts.account,
        "communication": item.communication,
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
        "words": hidden.hide(pointer("words"), words),
    }
    return Entry("message_bounced", plain_object(body), hidden.rows)


def rules_activated(
    rules: str, sources: Mapping[str, str], now: datetime, tests: Mapping[str, int] | None = None
) -> Entry:
    """Return the entry for a rule set that decides from now on.

    sources are the texts of its files by name; tests how many passed and failed, if they were run.
    """
    files = {name: hashlib.sha256(t.encode("utf-8")).hexdigest() for name, t in sources.items()}
    body = {"recorded_at": now, "rules": rules, "files": files, "tests": tests}
    return Entry("rules_activated", plain_object(body))


def engine_started(version: str, rules: str, accounts: Iterable[str], now: datetime) -> Entry:
    """Return the entry for an engine that begins its work."""
    body = {"recorded_at": now, "version": version, "rules": rules, "accounts": list(accounts)}
    return Entry("engine_started", plain_object(body))


def engine_stopped(now: datetime, reason: str = "") -> Entry:
    """Return the entry for an engine that ends its work."""
    return Entry("engine_stopped", plain_object({"recorded_at": now, "reason": reason}))


def plugin_loaded(name: str, distribution: str, version: str, now: datetime) -> Entry:
    """Return the entry for a plugin that takes part."""
    body = {"recorded_at": now, "name": name, "distribution": distribution, "version": version}
    return Entry("plugin_loaded", plain_object(body))
