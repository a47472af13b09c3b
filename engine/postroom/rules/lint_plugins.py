"""What the lints of plugins say of a rule set."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, TypeAlias

from postroom.hooks.lints import Remark, SeenRule
from postroom.rules.ruleset import AccessRule, Filter, ShapeRule
from postroom.source.diagnostic import Diagnostic
from postroom.source.text import Span

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from postroom.hooks.lints import Lint
    from postroom.rules.rules_of import AnyRule
    from postroom.rules.ruleset import Account, RuleSet

Lints: TypeAlias = "Mapping[str, type[Lint]]"
"""By name."""
_Section: TypeAlias = Literal["filters", "access", "mapping", "updates", "notify"]


def remarks(rules: RuleSet, lints: Lints) -> Iterator[Diagnostic]:
    """Yield PR359 for each remark, PR425 for a lint that fails or returns something else."""
    seen = tuple(_seen(rules)) if lints else ()
    for name in sorted(lints):
        try:
            said = [_warning(name, each) for each in lints[name]().remarks(seen)]
        except Exception as error:  # noqa: BLE001 - a plugin raises what it likes
            why = f"{type(error).__name__}: {error}".splitlines()[0]
            words = f"the lint `{name}` of a plugin fails: {why}"
            yield Diagnostic("PR425", words, help="postroom plugins")
            continue
        yield from said


def _warning(name: str, remark: object) -> Diagnostic:
    """Return a remark as a warning. Raises TypeError if it is none."""
    if not isinstance(remark, Remark) or not isinstance(remark.span, Span):
        raise TypeError(f"{type(remark).__name__} is no Remark about a span")
    note = f"the lint `{name}` of a plugin says so"
    return Diagnostic(
        "PR359", remark.message, remark.span, remark.help or None, "warning", notes=(note,)
    )


def _seen(rules: RuleSet) -> Iterator[SeenRule]:
    for account in rules.accounts.values():
        for section, rule in _sections(account):
            yield SeenRule(
                account=account.name,
                section=section,
                id=rule.id,
                span=rule.span,
                effect=_effect(rule),
                when=rule.when.span if rule.when else None,
                reads=rule.when.reads if rule.when else frozenset(),
                shadow=isinstance(rule, Filter) and rule.shadow,
            )


def _sections(account: Account) -> Iterator[tuple[_Section, AnyRule]]:
    yield from (("filters", rule) for rule in account.filters)
    yield from (("access", rule) for rule in (*account.create, *account.update))
    yield from (("mapping", rule) for rule in account.mapping.rules)
    yield from (("updates", rule) for rule in account.updates.rules)
    yield from (("notify", rule) for rule in account.notify)


def _effect(rule: AnyRule) -> str:
    match rule:
        case Filter():
            return rule.then
        case AccessRule():
            return f"{rule.then} {rule.principal}".strip()
        case ShapeRule():
            return f"set {', '.join(dict.fromkeys(each.field for each in rule.assignments))}"
        case _:
            return f"notify {rule.template}"
