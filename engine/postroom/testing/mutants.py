"""Small mistakes in a rule set, one at a time, as a person could make them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any

from postroom.lang.compile import compile_condition
from postroom.lang.parse import parse_condition
from postroom.rules.rules_of import rules_of
from postroom.rules.ruleset import AccessRule, Filter, ShapeRule
from postroom.source.diagnostic import RuleError
from postroom.source.text import Source
from postroom.source.words import Words
from postroom.testing.change import with_rules
from postroom.testing.rewrite import rewrites

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from postroom.lang.expression import Condition, Recipe
    from postroom.rules.rules_of import AnyRule
    from postroom.rules.ruleset import Account, Assignment, RuleSet, Shape
    from postroom.source.text import Span
    from postroom.testing.rewrite import Rewritten

_SHOWN = 100
"""Letters of a changed condition."""


@dataclass(frozen=True, slots=True)
class Mutant:
    """One mistake in a rule set."""

    span: Span
    """What was changed."""
    words: str
    """The change in words: `size > 10MB` becomes `size >= 10MB`."""
    made: Callable[[], RuleSet | None]
    """Gives the rule set with the mistake in it; None if the checker finds it by itself."""
    account: str = ""
    """The only account in which it matters; "" for the rule wherever it is used."""
    rule: str = ""
    """The id of the rule that was changed; "" where it is what always holds."""

    @property
    def order(self) -> tuple[str, int, str]:
        """What they are sorted by: the place."""
        return (self.span.source.name, self.span.start, self.words)


def mutants(rules: RuleSet) -> Iterator[Mutant]:
    """Yield a mutant for each mistake.

    A filter in shadow does nothing that a case could notice; there are none in it.
    """
    for rule in _each_once(rules):
        if isinstance(rule, Filter) and rule.shadow:
            continue
        if not isinstance(rule, AccessRule) or rule.when is not None:
            yield _changed(rules, rule, rule.span, f"`{rule.id}` is dropped", lambda _: None)
        if rule.when is not None:
            words = f"`{rule.id}` loses its `when:`"
            yield _changed(rules, rule, rule.span, words, partial(_asking, None))
            yield from _conditions(rules, rule, rule.when)
        if isinstance(rule, ShapeRule) and len(rule.assignments) > 1:
            for each in rule.assignments:
                words = f"`{each.field}` is not set"
                yield _changed(rules, rule, each.span, words, partial(_setting_less, each.field))
    for account in rules.accounts.values():
        yield from _shapes(rules, account)


def _each_once(rules: RuleSet) -> Iterator[AnyRule]:
    """Yield each rule; a filter that accounts share comes once."""
    seen: set[Span] = set()
    for account in rules.accounts.values():
        for rule in rules_of(account):
            if rule.span not in seen:
                seen.add(rule.span)
                yield rule


def _changed(
    rules: RuleSet, rule: AnyRule, span: Span, words: str, change: Callable[[AnyRule], Any]
) -> Mutant:
    """Return a mutant in which a rule is changed wherever it is used."""
    return Mutant(span, words, partial(_replaced, rules, rule, change), "", rule.id)


def _replaced(rules: RuleSet, rule: AnyRule, change: Callable[[AnyRule], Any]) -> RuleSet:
    return with_rules(rules, lambda each: change(each) if each.span == rule.span else each)


def _asking(when: Condition | None, rule: AnyRule) -> AnyRule:
    return replace(rule, when=when)


def _setting_less(field: str, rule: AnyRule) -> AnyRule:
    if not isinstance(rule, ShapeRule):
        return rule
    return replace(rule, assignments=tuple(a for a in rule.assignments if a.field != field))


def _conditions(rules: RuleSet, rule: AnyRule, when: Condition) -> Iterator[Mutant]:
    if not when.made_from:
        return
    recipe = when.made_from[0]
    text, seen = recipe.words.value, {recipe.words.value}
    for each in rewrites(text, parse_condition(recipe.words)):
        changed = f"{text[: each.start]}{each.text}{text[each.end :]}"
        if changed in seen:
            continue
        seen.add(changed)
        span = recipe.words.span_of(each.start, each.end)
        made = partial(_asking_this, rules, rule, recipe, changed)
        yield Mutant(span, _becomes(text, each), made, "", rule.id)


def _asking_this(rules: RuleSet, rule: AnyRule, recipe: Recipe, text: str) -> RuleSet | None:
    words = Words.plain(Source(recipe.words.source.name, text), 0, len(text))
    try:
        new = compile_condition(words, recipe.scheme)
    except RuleError:
        return None
    return _replaced(rules, rule, partial(_asking, new))


def _becomes(text: str, each: Rewritten) -> str:
    was, now = _short(text[each.start : each.end]), _short(each.text)
    return f"`{was}` becomes `{now}`"


def _short(text: str) -> str:
    words = " ".join(text.split())
    return words if len(words) <= _SHOWN else words[: _SHOWN - 1] + "…"


def _shapes(rules: RuleSet, account: Account) -> Iterator[Mutant]:
    """Yield mutants in which something is missing of what `mapping` or `updates` always sets."""
    fields = rules.tables[account.table].fields
    for section, shape in (("mapping", account.mapping), ("updates", account.updates)):
        for each in shape.assignments:
            if section == "mapping" and fields[each.field].required:
                continue
            made = partial(_less, rules, account, section, each)
            yield Mutant(each.span, f"`{each.field}` is not set", made, account.name)


def _less(rules: RuleSet, account: Account, section: str, left_out: Assignment) -> RuleSet:
    shape: Shape = getattr(account, section)
    kept = tuple(each for each in shape.assignments if each is not left_out)
    changed: Any = {section: replace(shape, assignments=kept)}
    accounts = {**rules.accounts, account.name: replace(account, **changed)}
    return replace(rules, accounts=accounts)
