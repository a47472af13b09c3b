"""Which of many conditions may hold: each field is looked at once for all of them.

The values that conditions want are in tables, and the texts that they look for are searched in one
pass. What is left is asked as ever; so this decides nothing, it only leaves out what is sure.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from postroom.lang.text import utf8

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from postroom.lang.needs import Fact, Field, Need
    from postroom.lang.scope import Scope
    from postroom.lang.search import MakeSearch, Search

Numbers = tuple[int, ...]
_LONGEST_DOMAIN = 255
"""RFC 1035 2.3.4; longer ones are below none."""


@dataclass(frozen=True, slots=True)
class _Look:
    """All that is looked for in one field; each with the numbers of the conditions that need it."""

    field: Field
    values: Mapping[Any, Numbers]
    domains: Mapping[str, Numbers]
    texts: Sequence[Numbers]
    search: Search | None

    def numbers(self, scope: Scope) -> Iterator[Numbers]:
        """Yield the numbers of conditions of which a fact is so."""
        values = tuple(self.field.values(scope))
        if self.values:
            yield from (self.values[each] for each in values if each in self.values)
        if self.domains:
            yield from (found for each in values for found in self._below(each))
        if self.search is not None and values:
            hay = self._haystack(values, scope)
            yield from (self.texts[number] for number in self.search(hay))

    def _below(self, domain: str) -> Iterator[Numbers]:
        while domain and len(domain) <= _LONGEST_DOMAIN:
            if domain in self.domains:
                yield self.domains[domain]
            _, _, domain = domain.partition(".")

    def _haystack(self, values: Sequence[str], scope: Scope) -> bytes:
        """Return the texts to search: folded; and casefolded, if patterns read more than ASCII."""
        hay = utf8("\n".join(values))
        if self.field.raw is None:
            return hay
        raw = "\n".join(self.field.raw(scope))
        return hay if raw.isascii() else b"\n".join((hay, utf8(utf8(raw).decode().casefold())))


class Matcher:
    """Many conditions, each with what it needs, if that is known."""

    def __init__(
        self, needs: Sequence[Need | None], fields: Mapping[str, Field], make: MakeSearch
    ) -> None:
        self.always: Numbers = tuple(n for n, need in enumerate(needs) if need is None)
        """Those of which nothing is known."""
        wanted: dict[str, dict[Fact, list[int]]] = {}
        for number, need in enumerate(needs):
            for fact in need or ():
                wanted.setdefault(fact.field, {}).setdefault(fact, []).append(number)
        self._looks = [_look(fields[key], facts, make) for key, facts in wanted.items()]

    def candidates(self, scope: Scope) -> list[int]:
        """Return, in order, the numbers of the conditions that may hold."""
        found = set(self.always)
        for look in self._looks:
            for numbers in look.numbers(scope):
                found.update(numbers)
        return sorted(found)


def _look(field: Field, facts: Mapping[Fact, list[int]], make: MakeSearch) -> _Look:
    values = {fact.value: tuple(found) for fact, found in facts.items() if fact.kind == "is"}
    domains = {fact.value: tuple(found) for fact, found in facts.items() if fact.kind == "below"}
    texts = [(utf8(fact.value), tuple(found)) for fact, found in facts.items() if fact.looks_inside]
    texts.sort()  # so that what is made of them can be kept for the next start
    search = make([text for text, _ in texts]) if texts else None
    return _Look(field, values, domains, [found for _, found in texts], search)
