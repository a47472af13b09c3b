"""What every step of a decision works on."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol, TypeVar

from postroom.lang.scope import Scope
from postroom.model.decision import Fired

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from postroom.identity.token import Tokens
    from postroom.lang.expression import Condition
    from postroom.model.decision import Comparison, Outcome, Section
    from postroom.model.facts import Facts, SenderState
    from postroom.model.message import Message
    from postroom.model.record import Record, Table
    from postroom.rules.ruleset import Account, RuleSet, Tell
    from postroom.source.text import Span


class Rule(Protocol):
    """Whatever in a rule file has an id, a place, and perhaps a condition."""

    @property
    def id(self) -> str:
        """Its name."""
        ...

    @property
    def span(self) -> Span:
        """Where it stands."""
        ...

    @property
    def when(self) -> Condition | None:
        """None: always."""
        ...


R = TypeVar("R", bound=Rule)


@dataclass(frozen=True, slots=True)
class Tried:
    """A rule that was asked, whether it held, and why."""

    id: str
    section: Section
    place: str
    held: bool
    because: tuple[Comparison, ...]


@dataclass(frozen=True, slots=True)
class Verdict:
    """An outcome that ends the decision before there is a record."""

    outcome: Outcome
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Ask:
    """What a rule wants to be sent along with its effect: an answer, the mail itself."""

    section: Section
    rule: str
    tell: Tell


@dataclass(frozen=True, slots=True)
class Context:
    """One message under one account, with all that a decision may depend on."""

    message: Message
    """With `auth` filled in, and `subject` as rules see it."""
    facts: Facts
    account: Account
    rules: RuleSet
    tokens: Tokens
    scope: Scope
    trace: list[Tried] | None = None
    """Where to note every rule that is asked; None in daily work, for reasons cost time."""

    @property
    def table(self) -> Table:
        """The table that the account feeds."""
        return self.rules.tables[self.account.table]

    @property
    def sender_state(self) -> SenderState:
        """How sure we are of the sender (docs/explanation/sender.md)."""
        if self.message.auth.aligned:
            return "aligned"
        if self.message.auth.vouched:
            return "arc"
        return "unknown" if self.facts.contact is None else "known"

    def about(self, record: Record | None, message: Message | None = None) -> Context:
        """Return the same where rules may read this record, and perhaps a changed message."""
        seen = message or self.message
        scope = scope_of(seen, self.facts, self.account, self.rules, record)
        return replace(self, message=seen, scope=scope)

    def holding(self, rules: Sequence[R], section: Section) -> Iterator[R]:
        """Yield the rules of a list that apply, in order; all are asked where a trace is kept."""
        numbers: Sequence[int] = range(len(rules))
        if self.trace is None:
            numbers = self.rules.matching.worth_asking(rules, self.scope)
        for number in numbers:
            if self.holds(rules[number], section):
                yield rules[number]

    def holds(self, rule: Rule, section: Section) -> bool:
        """Return whether a rule applies."""
        held = rule.when is None or rule.when.holds(self.scope)
        if self.trace is not None:
            because = self._because(rule)
            self.trace.append(Tried(rule.id, section, rule.span.place, held, because))
        return held

    def fired(self, rule: Rule, section: Section, effect: str, *, shadow: bool = False) -> Fired:
        """Return the note that a rule applied, with the comparisons that say why."""
        return Fired(rule.id, section, rule.span.place, effect, self._because(rule), shadow)

    def _because(self, rule: Rule) -> tuple[Comparison, ...]:
        return () if rule.when is None else rule.when.explain(self.scope)


def scope_of(
    message: Message, facts: Facts, account: Account, rules: RuleSet, record: Record | None = None
) -> Scope:
    """Return what conditions and values of an account are asked about."""
    contacts = rules.tables.get(rules.contacts.table) if rules.contacts else None
    return Scope(message, facts, record, rules.tables[account.table], contacts)
