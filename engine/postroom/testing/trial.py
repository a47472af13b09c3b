"""Decide message files under rules, touching nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from postroom.mail.addresses import canonical
from postroom.pipeline.decide import decide
from postroom.pipeline.knowledge import Knowledge

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from postroom.identity.token import Tokens
    from postroom.model.decision import Decision
    from postroom.model.message import Message
    from postroom.pipeline.context import Tried
    from postroom.rules.ruleset import Account, RuleSet
    from postroom.testing.given import Known

_DELIVERED_TO = ("Delivered-To", "X-Original-To", "Envelope-To")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What would become of one message."""

    message: Message
    decision: Decision
    tried: tuple[Tried, ...]
    """Every rule that was asked."""


class Trial:
    """Decides messages in turn, each as if those before it had come in."""

    def __init__(self, rules: RuleSet, tokens: Tokens, now: datetime, known: Known) -> None:
        self._rules, self._tokens, self._known = rules, tokens, known
        self._now = known.clock or now
        self._knowledge: dict[str, Knowledge] = {}

    def decide(self, message: Message, account: Account | None = None) -> Outcome | None:
        """Return what would become of a message; None if no account is meant and none is named."""
        account = account or account_for(message, self._rules)
        if account is None:
            return None
        knowledge = self._of(account)
        facts = self._known.facts(knowledge.facts(message, self._now))
        trace: list[Tried] = []
        decision = decide(message, facts, account, self._rules, self._tokens, trace)
        knowledge.after(message, decision)
        return Outcome(message, decision, tuple(trace))

    def _of(self, account: Account) -> Knowledge:
        if account.name not in self._knowledge:
            found = self._known.found(self._rules)
            self._knowledge[account.name] = Knowledge(
                found, account, self._rules, self._tokens, self._now
            )
        return self._knowledge[account.name]


def account_for(message: Message, rules: RuleSet) -> Account | None:
    """Return the account that a message is for: one that it is addressed to, or the only one."""
    addresses = set(_recipients(message))
    for account in rules.accounts.values():
        if canonical(account.address) in addresses:
            return account
    return next(iter(rules.accounts.values())) if len(rules.accounts) == 1 else None


def _recipients(message: Message) -> Iterator[str]:
    """Yield the addresses that the message names, each also without what follows a plus sign."""
    visible = (mailbox.addr_spec for mailbox in (*message.to, *message.cc))
    delivered = (value for name in _DELIVERED_TO for value in message.headers_all(name))
    for address in map(canonical, (*visible, *delivered)):
        local, _, domain = address.strip("<>").rpartition("@")
        yield f"{local}@{domain}"
        yield f"{local.partition('+')[0]}@{domain}"
