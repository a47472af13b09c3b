"""The one function that decides: dry run, test, explain and the engine all call it.

Message, rules and facts go in, a Decision comes out; nothing is read and nothing is done.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from postroom.identity.carriers import untagged
from postroom.mail.authenticate import authenticate
from postroom.mail.subject import tidy
from postroom.model.decision import Decision
from postroom.model.record import Record
from postroom.pipeline.admit import admit, route
from postroom.pipeline.context import Context, Verdict, scope_of
from postroom.pipeline.link import referred_to, told_of_primary
from postroom.pipeline.plan import Concluded, after_decision, plan
from postroom.pipeline.screen import screen, unscanned
from postroom.pipeline.shape import shape

if TYPE_CHECKING:
    from postroom.identity.token import Tokens
    from postroom.model.decision import Fired, Outcome, RecordChange
    from postroom.model.facts import Facts
    from postroom.model.message import Message
    from postroom.pipeline.context import Ask, Tried
    from postroom.pipeline.shape import Draft
    from postroom.rules.ruleset import Account, RuleSet


def decide(
    message: Message,
    facts: Facts,
    account: Account,
    rules: RuleSet,
    tokens: Tokens,
    trace: list[Tried] | None = None,
) -> Decision:
    """Return what the rules conclude about a message. Total, and the same for the same arguments.

    `trace` takes a note of every rule that is asked, whether it held or not.
    """
    seen = as_rules_see_it(message, account, tokens, facts)
    scope = scope_of(seen, facts, account, rules)
    return _decided(_Course(Context(seen, facts, account, rules, tokens, scope, trace)))


def as_rules_see_it(message: Message, account: Account, tokens: Tokens, facts: Facts) -> Message:
    """Return the message with what is known only under an account: results, and a tidy subject."""
    subject, keep = untagged(message.subject, tokens, facts.now), account.keep_prefixes
    auth = authenticate(
        message, account.trust_results_from, account.trusted_sealers, facts.checked_here
    )
    if facts.review == "vouched":
        auth = replace(auth, aligned=True, evidence=f"a reviewer vouches for it; {auth.evidence}")
    return message.under(auth, subject if keep is None else tidy(subject, keep))


@dataclass(slots=True)
class _Course:
    """What the steps have said so far."""

    context: Context
    fired: list[Fired] = field(default_factory=list)
    asks: list[Ask] = field(default_factory=list)
    reasons: list[str] = field(default_factory=list)
    no_answer: str = ""
    principal: str = ""
    draft: Draft | None = None


def _decided(course: _Course) -> Decision:
    """Go through the steps until one of them has the last word."""
    screening = screen(course.context)
    course.fired += screening.fired
    course.asks += screening.asks
    course.no_answer = screening.no_answer
    if screening.verdict is not None:
        return _ended(course, screening.verdict)
    leads_to = route(course.context)
    course.reasons += leads_to.reasons
    if leads_to.verdict is not None:
        return _ended(course, leads_to.verdict)
    if leads_to.record is not None:
        course.context = course.context.about(leads_to.record)
    admission = admit(course.context, leads_to)
    course.fired += admission.fired
    course.asks += admission.asks
    course.reasons[:0] = admission.reasons
    course.principal = admission.principal
    if isinstance(admission.answer, Verdict):
        return _ended(course, admission.answer)
    course.draft = draft = shape(
        course.context, leads_to, admission.answer, by_token=admission.by_token
    )
    course.fired += draft.fired
    if isinstance(draft.answer, Verdict):
        return _ended(course, draft.answer)
    return _written(course, draft.answer, leads_to.record)


def _ended(course: _Course, verdict: Verdict) -> Decision:
    """Close a decision that makes no record."""
    course.reasons[:0] = verdict.reasons
    return _closed(course, verdict.outcome, None)


def _written(course: _Course, change: RecordChange, before: Record | None) -> Decision:
    """Close a decision that makes or changes a record; notices read it as it will be."""
    values = {**before.values, **change.values} if before else change.values
    course.context = course.context.about(Record(change.ref, values, change.revision))
    if course.context.sender_state != "aligned":
        course.reasons.append("its sender is not authenticated: what it says is unverified")
    return _closed(course, "updated" if before else "created", change)


def _closed(course: _Course, outcome: Outcome, change: RecordChange | None) -> Decision:
    context, draft = course.context, course.draft
    if context.facts.message_id_reused:
        course.reasons.append("another message had the same Message-ID, with other content")
    scan = context.facts.scan
    if scan is not None and scan.result == "failed" and outcome != "quarantined":
        course.reasons.append(unscanned(scan))
    links = tuple(referred_to(context, change)) if change else ()
    if change:
        course.reasons += told_of_primary(context)
    planned = plan(
        context,
        Concluded(
            outcome=outcome,
            reasons=tuple(course.reasons),
            ref=change.ref if change else None,
            asks=course.asks,
            alarms=draft.alarms if draft else (),
            no_answer=course.no_answer,
        ),
    )
    return Decision(
        outcome=outcome,
        account=context.account.name,
        table=change.ref.table if change else None,
        reasons=tuple(course.reasons),
        fired=(*course.fired, *planned.fired),
        change=change,
        provenance=draft.provenance if draft and change else {},
        links=links,
        notices=planned.notices,
        suppressed=planned.suppressed,
        after=after_decision(context.account, outcome),
        sender_state=context.sender_state,
        principal=course.principal,
        refused_values=draft.refused if draft else (),
        facts=context.facts,
        rules=context.rules.hash,
    )
