"""`access`: who may create and who may answer."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Literal, cast

from postroom.rules import keys
from postroom.rules.expressions import condition
from postroom.rules.filters import first_key, rule_id_of
from postroom.rules.given import Given
from postroom.rules.names import is_address
from postroom.rules.ruleset import AccessRule
from postroom.rules.then import tell_of, verb_of

if TYPE_CHECKING:
    from postroom.lang.scheme import Scheme
    from postroom.rules.world import World
    from postroom.source.nodes import Node, Scalar
    from postroom.source.text import Span

_WITH_PROOF = "token.valid"
"""In `update` a message is there by its token, or by its thread. A list that ends with this rule
decides about every token; what came by its thread alone, and fits no rule, is quarantined."""


def read_access(
    world: World, access: Given, name: Literal["create", "update"], scheme: Scheme
) -> tuple[AccessRule, ...]:
    """Return the rules of one list of `access`."""
    items = access.items(name)
    found = (_rule(world, item, scheme, answers=name == "update") for item in items)
    rules = tuple(rule for rule in found if rule)
    if access.is_list(name) and len(rules) == len(items):
        _check_catch_all(world, rules, name, access.key_span(name))
    return rules


def _rule(world: World, node: Node, scheme: Scheme, *, answers: bool) -> AccessRule | None:
    given = Given.open(world.findings, keys.ACCESS_RULE, node, "an access rule", first_key(node))
    if given is None:
        return None
    rule_id, span = rule_id_of(world, given)
    when = condition(world, given, scheme)
    verb, then = verb_of(world, given, keys.ACCESS_WORDS, keys.ACCESS_THEN)
    principal = ""
    if verb == "allow_as" and then:
        principal = _principal(world, then.scalar("allow_as"))
    return AccessRule(
        id=rule_id,
        span=span,
        when=when,
        then=cast("Literal['allow_as', 'deny', 'discard']", verb or "deny"),
        principal=principal,
        needs_permission=_needs_permission(world, given, answers=answers and verb == "allow_as"),
        tell=tell_of(world, then, verb) if verb in keys.ACCESS_WORDS else tell_of(world, None, ""),
    )


def _needs_permission(world: World, given: Given, *, answers: bool) -> bool:
    """Return whether a token is no permission under this rule; note where that says nothing."""
    if "needs_permission" in given and not answers:
        message = "`needs_permission` is about who answers with a token and is let in"
        hint = "delete it, or move it to a rule of `update` with `allow_as`"
        world.findings.error("PR370", message, given.key_span("needs_permission"), hint)
    return given.flag("needs_permission")


def _principal(world: World, found: Scalar | None) -> str:
    if found is None:
        return ""
    contacts, name = world.contacts, found.value
    if name == "guest" and (contacts is None or not contacts.guest):
        hint = "add it: `contacts: {table: contact, guest: guest@example.com}`"
        world.findings.error("PR302", "nobody is declared as the guest", found.span, hint)
    elif name not in ("sender", "guest") and not is_address(name):
        message = f"`{name}` is nobody to act as"
        hint = "write `sender`, `guest`, or the address of a contact"
        world.findings.error("PR035", message, found.span, hint)
    elif is_address(name) and contacts is None:
        hint = "add it: `contacts: {table: contact}`"
        message = "no table of contacts is declared in which this address could be found"
        world.findings.error("PR302", message, found.span, hint)
    return name


def _check_catch_all(world: World, rules: tuple[AccessRule, ...], name: str, span: Span) -> None:
    """Note a list that leaves messages undecided, and rules that are never reached."""
    for rule, after in pairwise(rules):
        if rule.when is None:
            message = f"the rule `{after.id}` is never reached: `{rule.id}` takes every message"
            hint = f"give `{rule.id}` a `when:`, or move it to the end"
            related = (("it is here", rule.span),)
            world.findings.warn("PR350", message, after.span, hint, related)
            return
    last = rules[-1] if rules else None
    if last and (last.when is None or (name == "update" and _is_by_token(last))):
        return
    message = f"`{name}` does not say what becomes of a message that no rule fits"
    hint = "end it with a rule without `when:`, such as `- {id: nobody, then: deny}`"
    world.findings.error("PR301", message, last.span if last else span, hint)


def _is_by_token(rule: AccessRule) -> bool:
    return rule.when is not None and rule.when.span.text.strip() == _WITH_PROOF
