"""The first step: what never becomes a record, whatever access and mapping say."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from postroom.identity.instance import is_ours
from postroom.model.decision import Fired
from postroom.pipeline.context import Ask, Verdict
from postroom.rules.ruleset import Tell

if TYPE_CHECKING:
    from collections.abc import Iterator

    from postroom.model.facts import Facts, Scan
    from postroom.model.message import Dsn
    from postroom.pipeline.context import Context
    from postroom.rules.ruleset import Filter

_FROM = "from"
_SHOWN = 200
"""Characters of a server's diagnostic text."""
_ALIKE = {"bytes": "the same bytes", "submission": "the same Message-ID, From, Date and content"}


@dataclass(frozen=True, slots=True)
class Screening:
    """What guards and filters say."""

    verdict: Verdict | None = None
    """None: the message goes on."""
    fired: tuple[Fired, ...] = ()
    no_answer: str = ""
    """The filter that forbids automatic answers; "" if none does."""
    asks: tuple[Ask, ...] = ()


def screen(context: Context) -> Screening:
    """Ask the built-in guards, then the account's filters from top to bottom.

    Mail servers announce bounces under names that are no mailbox. Filters may see to those; what no
    filter ends is held like any other mail that nobody can have sent.
    """
    held = _held(context)
    if held is None or not _may_be_filtered(context, held):
        return held or _filtered(context)
    filtered = _filtered(context)
    if filtered.verdict is not None:
        return filtered
    return replace(held, fired=(*filtered.fired, *held.fired))


def _held(context: Context) -> Screening | None:
    for name, verdict in _guards(context):
        if verdict is not None:
            return Screening(verdict, (Fired(name, "guard", "", verdict.outcome),))
    return None


def _may_be_filtered(context: Context, held: Screening) -> bool:
    return held.fired[0].id == _FROM and context.message.class_ == "bounce"


def _guards(context: Context) -> Iterator[tuple[str, Verdict | None]]:
    """Yield each guard with what it says. No rule comes before them, none can switch them off."""
    message = context.message
    yield "duplicate", _duplicate(context.facts)
    yield "unreadable", _quarantine(message.refused, "it could not be read: {}")
    yield _FROM, _quarantine(message.from_problem, "nobody can tell who sent it: {}")
    if is_ours(message, context.tokens.ring):
        yield "loop", Verdict("quarantined", ("it is a mail of ours that came back to us",))
    yield "malware", _malware(context)


def _malware(context: Context) -> Verdict | None:
    """Do what the account says about malware; what a person looked at goes on."""
    asked, scan = context.account.scan, context.facts.scan
    if asked is None or scan is None or context.facts.review:
        return None
    if scan.result == "found" and asked.when_found == "quarantine":
        return Verdict("quarantined", (f"a scanner found malware: {', '.join(scan.names)}",))
    if scan.result == "failed" and asked.when_down == "quarantine":
        return Verdict("quarantined", (unscanned(scan),))
    return None


def unscanned(scan: Scan) -> str:
    """Return why nobody knows whether there is malware in a message."""
    return f"it could not be scanned for malware: {scan.detail}"


def _duplicate(facts: Facts) -> Verdict | None:
    if facts.duplicate_of is None:
        return None
    alike = _ALIKE.get(facts.duplicate_by, "the same content")
    return Verdict("duplicate", (f"communication {facts.duplicate_of} has {alike}",))


def _quarantine(why: str | None, words: str) -> Verdict | None:
    return None if why is None else Verdict("quarantined", (words.format(why),))


def _filtered(context: Context) -> Screening:
    fired: list[Fired] = []
    asks: list[Ask] = []
    no_answer = ""
    for rule in context.holding(context.account.filters, "filters"):
        effect = f"{rule.then}: {rule.reason}" if rule.reason else rule.then
        fired.append(context.fired(rule, "filters", effect, shadow=rule.shadow))
        if rule.shadow:
            continue
        if rule.tell != Tell():
            asks.append(Ask("filters", rule.id, rule.tell))
        if rule.then == "quarantine" and context.facts.review:
            continue  # that is what the reviewer decided about
        verdict = _stops(rule, context)
        if verdict is not None:
            return Screening(verdict, tuple(fired), no_answer, tuple(asks))
        no_answer = no_answer or rule.id
    return Screening(None, tuple(fired), no_answer, tuple(asks))


def _stops(rule: Filter, context: Context) -> Verdict | None:
    by = f"filter `{rule.id}`"
    if rule.then == "discard":
        return Verdict("discarded", (f"{by} discards it",))
    if rule.then == "quarantine":
        words = f"{rule.reason} ({by})" if rule.reason else f"{by} quarantines it"
        return Verdict("quarantined", (words,))
    if rule.then == "bounce":
        return Verdict("bounced", (_came_back(context), f"{by} says that it is a bounce"))
    return None


def _came_back(context: Context) -> str:
    which = context.facts.bounced
    mail = "a mail came back" if which is None else f"communication {which} came back"
    report = bounce_words(context.message.dsn)
    return f"{mail}: {report}" if report else mail


def bounce_words(report: Dsn) -> str:
    """Return a delivery report in one line: whom it concerns, and what the server says."""
    whom = report.final_recipient or report.original_recipient
    what = " ".join(part for part in (report.action, report.status) if part)
    said = " ".join(report.diagnostic_code.split())[:_SHOWN]
    return ": ".join(part for part in (whom, what, said) if part)
