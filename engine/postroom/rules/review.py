"""The warnings about a rule set, held against the waivers."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from postroom.rules.rules_of import AnyRule, rules_of
from postroom.rules.ruleset import ShapeRule
from postroom.rules.waivers import NOT_NEEDED
from postroom.source.diagnostic import Diagnostic

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from postroom.rules.ruleset import RuleSet, Waiver
    from postroom.source.text import Span


@dataclass(frozen=True)
class Review:
    """The warnings about a rule set, those that are waived apart."""

    found: tuple[Diagnostic, ...]
    """Sorted by place; a waiver that nothing needs is among them."""
    waived: tuple[tuple[Diagnostic, Waiver], ...] = ()


@dataclass
class _Lines:
    """Which rules stand on which lines."""

    rules: RuleSet
    _known: dict[tuple[str, int], set[tuple[str, str]]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for account in self.rules.accounts.values():
            for rule in rules_of(account):
                for span in _spans(rule):
                    first, last = (span.source.position(at)[0] for at in (span.start, span.end))
                    for line in range(first, last + 1):
                        key = span.source.name, line
                        self._known.setdefault(key, set()).add((account.name, rule.id))

    def of(self, span: Span) -> set[tuple[str, str]]:
        """Return accounts and rules of what stands where a span starts."""
        line, _ = span.source.position(span.start)
        return self._known.get((span.source.name, line), set())


def _spans(rule: AnyRule) -> Iterator[Span]:
    """Yield where the parts of a rule stand, as far as that is known."""
    yield rule.span
    if rule.when is not None:
        yield rule.when.span
    for assignment in rule.assignments if isinstance(rule, ShapeRule) else ():
        yield from (assignment.span, assignment.value.span)


def review(rules: RuleSet, found: Iterable[Diagnostic]) -> Review:
    """Return the warnings that are left when those that are waived are taken away."""
    if not rules.waivers:
        return Review(tuple(sorted(found, key=lambda each: each.order)))
    lines = _Lines(rules)
    left: list[Diagnostic] = []
    waived: list[tuple[Diagnostic, Waiver]] = []
    used: set[tuple[int, str]] = set()
    for each in found:
        waivers = [(w, about) for w in rules.waivers if (about := _about(w, each, lines, rules))]
        used |= {(id(waiver), name) for waiver, names in waivers for name in names}
        if waivers:
            waived.append((each, waivers[0][0]))
        else:
            left.append(each)
    left += _not_needed(rules.waivers, used)
    return Review(tuple(sorted(left, key=lambda f: f.order)), tuple(waived))


def _about(waiver: Waiver, found: Diagnostic, lines: _Lines, rules: RuleSet) -> set[str]:
    """Return what of a waiver a finding is about; nothing if it is about something else."""
    if waiver.code != found.code or found.span is None:
        return set()
    if waiver.place:
        declared = rules.places.get(waiver.place)
        same = declared is not None and declared.place == found.span.place
        return {waiver.place} if same or waiver.place in found.about else set()
    here = lines.of(found.span)
    if waiver.account and waiver.account not in {account for account, _ in here}:
        return set()
    named = set(found.about) or {rule for _, rule in here}
    return {rule for rule, _ in waiver.rules if rule in named}


def _not_needed(waivers: Iterable[Waiver], used: set[tuple[int, str]]) -> Iterator[Diagnostic]:
    for waiver in waivers:
        for name, span in waiver.rules or ((waiver.place, waiver.span),):
            if (id(waiver), name) not in used:
                message = f"nothing is found that this waives: no {waiver.code} about `{name}`"
                yield Diagnostic(NOT_NEEDED, message, span, "delete it", "warning")
