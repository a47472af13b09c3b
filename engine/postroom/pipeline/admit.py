"""The second step: whether the message is for a new record or a known one, and who may do that."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from postroom.identity.permissions import Rights, principal
from postroom.pipeline.context import Ask, Verdict
from postroom.pipeline.link import called
from postroom.rules.ruleset import Tell

if TYPE_CHECKING:
    from postroom.model.decision import Fired
    from postroom.model.record import Record, RecordRef
    from postroom.pipeline.context import Context
    from postroom.rules.ruleset import AccessRule


@dataclass(frozen=True, slots=True)
class Route:
    """Where the message leads."""

    record: Record | None = None
    """The record that it updates; None: it is for a new one."""
    by: Literal["", "token", "thread"] = ""
    reasons: tuple[str, ...] = ()
    verdict: Verdict | None = None
    """Set where nobody can tell."""


@dataclass(frozen=True, slots=True)
class Admission:
    """What the access rules say."""

    answer: Rights | Verdict
    """What the sender may do; or why it comes to nothing."""
    by_token: bool = False
    """A valid token stands for the permission to answer."""
    fired: tuple[Fired, ...] = ()
    asks: tuple[Ask, ...] = ()
    reasons: tuple[str, ...] = ()
    principal: str = ""
    """Whom the sender acts as; "" where no rule allows anything."""


def route(context: Context) -> Route:
    """Return the record that a valid token, or else an earlier mail of the thread, leads to."""
    token = context.facts.token
    if token.conflict == "tables":
        return Route(verdict=Verdict("quarantined", (f"it carries {token.problem}",)))
    told = (token.problem,) if token.problem else ()
    if token.valid and token.ref is not None:
        by_token = _by_token(token.ref.table, token.carrier, context)
        return Route(by_token.record, by_token.by, by_token.reasons + told, by_token.verdict)
    by_thread = _by_thread(context)
    if token.kept_by and token.ref is not None and by_thread.record is None:
        return Route(verdict=_left(token.ref, token.carrier, token.kept_by, context))
    return Route(by_thread.record, by_thread.by, by_thread.reasons + told)


def _left(ref: RecordRef, carrier: str, kept_by: str, context: Context) -> Verdict:
    """Leave an answer about another account's record to that account."""
    which = called(ref, context.rules)
    why = f"its token ({carrier}) is that of {which}: it is for the account `{kept_by}`"
    return Verdict("duplicate", (why,))


def _by_token(table: str, carrier: str, context: Context) -> Route:
    if table != context.account.table:
        why = f"its token is of a {table}, and this account feeds {context.account.table}"
        return Route(verdict=Verdict("quarantined", (why,)))
    record = context.facts.record
    if record is None:
        return Route(reasons=("the record that its token names is gone: it is for a new one",))
    number = context.table.number_of(record.ref.id)
    return Route(record, "token", (f"its token ({carrier}) is that of {number}",))


def _by_thread(context: Context) -> Route:
    thread, record = context.facts.thread, context.facts.record
    if thread is None or record is None or thread.ref.table != context.account.table:
        return Route()
    number = context.table.number_of(thread.ref.id)
    refers = f"it refers to communication {thread.communication} of {number}"
    if context.sender_state != "aligned":
        return Route(reasons=(f"{refers}, but its sender is not authenticated",))
    if not thread.participant:
        return Route(reasons=(f"{refers}, but its sender never took part in that",))
    return Route(record, "thread", (refers,))


def admit(context: Context, leads_to: Route) -> Admission:
    """Ask the access rules; the first that matches decides, with the permissions of its groups."""
    updates = leads_to.record is not None
    rules = context.account.update if updates else context.account.create
    for rule in context.holding(rules, "access"):
        return _decided(rule, context, leads_to)
    what = "update" if updates else "create"
    return Admission(Verdict("quarantined", (f"no rule of `access: {what}` matches",)))


def _decided(rule: AccessRule, context: Context, leads_to: Route) -> Admission:
    by = f"access rule `{rule.id}`"
    asks = (Ask("access", rule.id, rule.tell),) if rule.tell != Tell() else ()
    if rule.then != "allow_as":
        denied = Verdict("denied", (f"{by} denies it",))
        discarded = Verdict("discarded", (f"{by} discards it",))
        fired = (context.fired(rule, "access", rule.then),)
        return Admission(denied if rule.then == "deny" else discarded, fired=fired, asks=asks)
    fired = (context.fired(rule, "access", f"allow_as {rule.principal}"),)
    sender = context.message.from_.addr_spec
    acting = principal(rule.principal, sender, context.facts, context.rules.contacts)
    rights = Rights.of(acting, context.account.table, context.rules)
    allows = (f"{by} allows it as {acting.name}",)
    by_token = leads_to.by == "token" and not rule.needs_permission
    why_not = None if by_token else _why_not(rights, leads_to)
    answer = rights if why_not is None else Verdict("denied", (why_not,))
    return Admission(answer, by_token, fired, asks, allows, acting.address)


def _why_not(rights: Rights, leads_to: Route) -> str | None:
    """Return what the groups forbid."""
    if leads_to.record is None:
        return rights.why_not_create()
    return rights.why_not_edit(leads_to.record)
