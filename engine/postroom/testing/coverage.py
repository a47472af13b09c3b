"""Which comparisons the test cases saw true, and which they saw false."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING

from postroom.lang.evaluate import Walk
from postroom.lang.terms import Logic, Quantified
from postroom.testing.cases import run_all
from postroom.testing.change import with_rules

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from postroom.lang.expression import Condition
    from postroom.lang.scope import Scope
    from postroom.lang.terms import Term
    from postroom.rules.rules_of import AnyRule
    from postroom.rules.ruleset import RuleSet
    from postroom.source.text import Span
    from postroom.testing.cases import Report

OUTCOMES = 2


@dataclass(frozen=True, slots=True)
class Compared:
    """A comparison, and what it was seen to be."""

    text: str
    place: str
    """`file:line:column`."""
    true: bool
    false: bool

    @property
    def missing(self) -> str:
        """What it was never seen to be: `true`, `false` or `asked`; "" if both were seen."""
        if self.true == self.false:
            return "" if self.true else "asked"
        return "false" if self.true else "true"


@dataclass(frozen=True, slots=True)
class Coverage:
    """What was seen of all comparisons of a rule set."""

    comparisons: tuple[Compared, ...]
    """By place."""

    @property
    def seen(self) -> int:
        """How many outcomes were seen, of two for each comparison."""
        return sum(each.true + each.false for each in self.comparisons)

    @property
    def percent(self) -> int:
        """The share of outcomes that were seen, rounded down; 100 if there is no comparison."""
        every = OUTCOMES * len(self.comparisons)
        return 100 * self.seen // every if every else 100

    @property
    def missing(self) -> tuple[Compared, ...]:
        """The comparisons of which something was not seen."""
        return tuple(each for each in self.comparisons if each.missing)


def measure(rules: RuleSet, folder: Path) -> tuple[Report, Coverage]:
    """Run every case and watch the conditions. A filter that accounts share counts once."""
    watcher = _Watcher()
    report = run_all(with_rules(rules, watcher.watched), folder, every_rule=True)
    return report, Coverage(tuple(watcher.found()))


@dataclass(slots=True)
class _Watcher:
    """Takes a note of every comparison that a condition asks."""

    seen: dict[Span, set[bool]] = field(default_factory=dict)

    def watched(self, rule: AnyRule) -> AnyRule:
        """Return a rule that decides as before and is watched."""
        when = rule.when
        if when is None or when.term is None or when.words is None:
            return rule
        for term in _comparisons(when.term):
            self.seen.setdefault(_place(when, term), set())
        return replace(rule, when=replace(when, holds=partial(self._ask, when, when.term)))

    def _ask(self, when: Condition, term: Term, scope: Scope) -> bool:
        return self._held(when, term, Walk(scope))

    def _held(self, when: Condition, term: Term, walk: Walk) -> bool:
        """Work a condition out as the engine does, which asks no more than it must."""
        if not isinstance(term, Logic):
            held = bool(walk.value(term))
            self.seen[_place(when, term)].add(held)
            self._look_inside(when, term, walk)
            return held
        if term.word == "not":
            return not self._held(when, term.parts[0], walk)
        parts = (self._held(when, part, walk) for part in term.parts)
        return all(parts) if term.word == "and" else any(parts)

    def _look_inside(self, when: Condition, term: Term, walk: Walk) -> None:
        """Watch the comparisons of a test that has several, for each item of its list."""
        if not isinstance(term, Quantified) or not isinstance(term.test, Logic):
            return
        for item in walk.value(term.of):
            self._held(when, term.test, Walk(walk.scope, item, in_test=True))

    def found(self) -> Iterator[Compared]:
        """Yield what was seen, by place."""
        for span in _in_order(self.seen):
            seen = self.seen[span]
            text = " ".join(span.text.split())
            yield Compared(text, span.place, true=True in seen, false=False in seen)


def _comparisons(term: Term) -> Iterator[Term]:
    if isinstance(term, Logic):
        for part in term.parts:
            yield from _comparisons(part)
        return
    yield term
    if isinstance(term, Quantified) and isinstance(term.test, Logic):
        yield from _comparisons(term.test)


def _place(when: Condition, term: Term) -> Span:
    if when.words is None:
        raise LookupError("a condition that is watched has words")
    return when.words.span_of(term.node.start, term.node.end)


def _in_order(spans: Iterable[Span]) -> list[Span]:
    return sorted(spans, key=lambda span: (span.source.name, span.start, span.end))
