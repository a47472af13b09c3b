"""Which rules of a long list are worth asking about a message.

Made when it is first wanted, for the lists of a rule set that is frozen by then.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from postroom.lang.matcher import Matcher
from postroom.lang.needs import needs
from postroom.lang.search import plain_search

if TYPE_CHECKING:
    from collections.abc import Sequence

    from postroom.lang.expression import Condition
    from postroom.lang.needs import Found
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

    def __init__(self, search: MakeSearch = plain_search) -> None:
        self.search = search
        self._known: dict[int, _Known] = {}

    def worth_asking(self, rules: Sequence[Conditional], scope: Scope) -> Sequence[int]:
        """Return, in order, the numbers of the rules that may hold; the others do not."""
        if len(rules) < _MANY:
            return range(len(rules))
        known = self._known.get(id(rules))
        if known is None or known.rules is not rules:
            known = self._known[id(rules)] = _Known(rules, self._matcher(rules))
        return known.matcher.candidates(scope)

    def _matcher(self, rules: Sequence[Conditional]) -> Matcher:
        found = [_needs(rule.when) for rule in rules]
        fields = [field for each in found if each for field in each.fields]
        fields.sort(key=lambda field: field.raw is not None)  # with patterns, both are searched
        return Matcher(
            [each and each.need for each in found],
            {field.key: field for field in fields},
            self.search,
        )


def _needs(condition: Condition | None) -> Found | None:
    return needs(condition.term) if condition and condition.term else None
