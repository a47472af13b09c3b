"""Which rules of a long list are worth asking about a message.

Made when it is first wanted, for the lists of a rule set that is frozen by then.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from postroom.lang.compile import compile_condition
from postroom.lang.matcher import Matcher
from postroom.lang.needs import needs
from postroom.lang.search import one_pass

if TYPE_CHECKING:
    from collections.abc import Sequence

    from postroom.lang.expression import Condition
    from postroom.lang.needs import Field, Found, Need
    from postroom.lang.scope import Scope
    from postroom.lang.search import MakeSearch

_MANY = 12
"""So many rules are asked as quickly one by one."""


class Conditional(Protocol):
    """A rule with a condition."""

    @property
    def when(self) -> Condition | None:
        """None: always."""
        ...


@dataclass(frozen=True, slots=True)
class _Known:
    rules: Sequence[Conditional]
    matcher: Matcher


class Matching:
    """The matchers of a rule set, by list of rules."""

    def __init__(self, search: MakeSearch = one_pass) -> None:
        self.search = search
        self._known: dict[int, _Known] = {}

    def worth_asking(self, rules: Sequence[Conditional], scope: Scope) -> Sequence[int]:
        """Return, in order, the numbers of the rules that may hold; the others do not."""
        if len(rules) < _MANY:
            return range(len(rules))
        return self._of(rules).candidates(scope)

    def prepare(self, rules: Sequence[Conditional]) -> None:
        """Make now what the first message would wait for."""
        if len(rules) >= _MANY:
            self._of(rules)

    def _of(self, rules: Sequence[Conditional]) -> Matcher:
        known = self._known.get(id(rules))
        if known is None or known.rules is not rules:
            known = self._known[id(rules)] = _Known(rules, self._matcher(rules))
        return known.matcher

    def _matcher(self, rules: Sequence[Conditional]) -> Matcher:
        known = [_need(rule.when) for rule in rules]
        return Matcher(known, _fields(rules, known), self.search)


def _need(condition: Condition | None) -> Need | None:
    if condition is None:
        return None
    if condition.facts is not None:
        return frozenset(condition.facts) or None
    found = needs(condition.term) if condition.term else None
    return found.need if found else None


def _fields(rules: Sequence[Conditional], known: Sequence[Need | None]) -> dict[str, Field]:
    """Return every field that facts are about; for patterns, one that gives texts as they are."""
    fields: dict[str, Field] = {}
    there: set[tuple[str, bool]] = set()
    for rule, need in zip(rules, known, strict=True):
        wanted = {(fact.field, fact.kind == "fits") for fact in need or ()}
        if wanted <= there:
            continue
        there |= wanted
        for field in _found(rule.when).fields:
            if field.raw is not None or field.key not in fields:
                fields[field.key] = field
    return fields


def _found(condition: Condition | None) -> Found:
    """Return what a condition needs, compiled anew if only its facts were kept."""
    term = condition.term if condition else None
    if term is None and condition is not None:
        recipe = condition.made_from[0]
        term = compile_condition(recipe.words, recipe.scheme).term
    found = needs(term) if term else None
    if found is None:
        raise LookupError("a condition has facts and no fields")
    return found
