"""Everything that `check` warns of. Only what is proved is said.

An engine that starts does not ask for it: it takes time, and none of it keeps rules from working.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from postroom.rules.lint_comments import eaten_conditions
from postroom.rules.lint_fields import unused_fields
from postroom.rules.lint_plugins import remarks
from postroom.rules.prove import proved
from postroom.rules.review import Review, review
from postroom.rules.rules_of import rules_of
from postroom.source.hiding import shown_in, without_secrets

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from postroom.rules.lint_plugins import Lints
    from postroom.rules.ruleset import RuleSet
    from postroom.source.diagnostic import Diagnostic
    from postroom.source.text import Source


def checked(rules: RuleSet, lints: Lints | None = None) -> Review:
    """Return every warning about rules that were loaded, and those among them that are waived.

    `lints` are those of plugins.
    """
    once: dict[tuple[object, ...], Diagnostic] = {}
    for each in (*rules.warnings, *_hidden(_found(rules, lints or {}), rules)):
        once.setdefault((each.code, each.message, each.span), each)
    return review(rules, once.values())


def _found(rules: RuleSet, lints: Lints) -> Iterator[Diagnostic]:
    yield from unused_fields(rules)
    for account in rules.accounts.values():
        for rule in rules_of(account):
            yield from eaten_conditions(rule)
    yield from proved(rules)
    yield from remarks(rules, lints)


def _hidden(found: Iterable[Diagnostic], rules: RuleSet) -> Iterator[Diagnostic]:
    """Yield findings without the secrets that may stand beside what they show."""
    sources = {source.name: source for source in rules.sources}
    copies: dict[str, Source] = {}
    for each in found:
        shown = each
        for span in (each.span, *(span for _, span in each.related)):
            name = span.source.name if span is not None else ""
            if name in sources:
                if name not in copies:
                    copies[name] = without_secrets(sources[name])
                shown = shown_in(shown, copies[name])
        yield shown
