"""A decision for people to read and for machines to take: what was decided, and why."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from postroom.model.plain import plain, plain_object
from postroom.model.record import FileRef, LogEntry
from postroom.pipeline.decide import decide

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import timedelta

    from postroom.identity.token import Tokens
    from postroom.model.decision import Comparison, Decision, Fired
    from postroom.model.envelope import AfterDecision
    from postroom.model.facts import Facts
    from postroom.model.message import Message
    from postroom.model.plain import Json
    from postroom.pipeline.context import Tried
    from postroom.rules.ruleset import Account, RuleSet

_MOST_RULES = 50
"""Rules that did not apply, as far as they are shown."""
_WIDTH = 70
"""Characters of a value that are shown."""
_UNITS = (("w", 604_800), ("d", 86_400), ("h", 3_600), ("m", 60), ("s", 1))


def tried(
    message: Message, facts: Facts, account: Account, rules: RuleSet, tokens: Tokens
) -> tuple[Tried, ...]:
    """Return every rule that is asked when the message is decided, in order, held or not."""
    trace: list[Tried] = []
    decide(message, facts, account, rules, tokens, trace)
    return tuple(trace)


def as_data(decision: Decision) -> dict[str, Json]:
    """Return a decision as `postroom try --json` prints it, but for the file it came from."""
    change = decision.change
    return {
        "outcome": decision.outcome,
        "account": decision.account,
        "table": decision.table,
        "fired": [*decision.fired_ids],
        "record": plain_object(change.values) if change else {},
        "provenance": plain_object(decision.provenance),
        "notified": [*decision.notified],
        "replied_with": [*decision.replied_with],
        "server_actions": [*server_actions(decision)],
        "reasons": [*decision.reasons],
        "suppressed": plain(decision.suppressed),
        "refused_values": plain(decision.refused_values),
    }


def server_actions(decision: Decision) -> tuple[str, ...]:
    """Return what is done on the server, in the words of a test case: `move Processed`."""
    return tuple(_action(after) for after in decision.after if after.verb != "keep")


def as_lines(decision: Decision, asked: Sequence[Tried] = ()) -> tuple[str, ...]:
    """Return a decision as plain text, with the rules that were asked in vain if they are given."""
    lines = (
        headline(decision),
        *(f"  {reason}" for reason in decision.reasons),
        *_section("rules that applied", map(_fired, decision.fired)),
        *_section("rules that did not", _in_vain(asked)),
        *_section("fields", _fields(decision)),
        *_section("not taken", (f"{name}: {why}" for name, why in decision.refused_values)),
        *_section("sent", _sent(decision)),
        *_section("not sent", (f"{s.rule}: {s.reason}" for s in decision.suppressed)),
        *_section("on the server", server_actions(decision)),
    )
    return tuple(map(printable, lines))


def printable(text: str) -> str:
    """Return the text with nothing in it that a terminal obeys: mail may hold escape sequences."""
    return "".join(letter if letter.isprintable() else "\ufffd" for letter in text)


def headline(decision: Decision) -> str:
    """Return the outcome in a few words: `created ticket 12`."""
    ref = decision.ref
    return f"{decision.outcome} {ref.table} {ref.id}" if ref else decision.outcome


def shown(value: object) -> str:
    """Return the value of a field on one line, not too long."""
    if isinstance(value, LogEntry):
        mark = "" if value.verified else ", unverified"
        text = f"{value.text} ({value.author}{mark})"
    elif isinstance(value, FileRef):
        text = f"{value.filename} ({value.content_type}, {value.size} bytes)"
    elif isinstance(value, tuple | list):
        text = ", ".join(shown(item) for item in value)
    elif isinstance(value, bool):
        text = str(value).lower()
    elif isinstance(value, datetime):
        text = value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    else:
        text = str(value)
    line = " ".join(text.split())
    return line if len(line) <= _WIDTH else line[: _WIDTH - 1] + "…"


def because(comparisons: Sequence[Comparison]) -> Iterator[str]:
    """Yield each comparison in the author's words, with what it read."""
    for comparison in comparisons:
        read = ", ".join(
            f"{name} = {as_written(value)}"
            for name, value in comparison.operands
            if name != comparison.text
        )
        sign = "yes" if comparison.held else "no"
        yield f"{sign}: {comparison.text}" + (f"   [{read}]" if read else "")


def as_written(value: object) -> str:
    """Return a value as a rule would write it, on one line and not too long."""
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(as_written, value))}]"
    return f'"{shown(value)}"' if isinstance(value, str) else shown(value)


def _section(title: str, lines: Iterator[str] | Sequence[str]) -> Iterator[str]:
    found = list(lines)
    if found:
        yield f"  {title}:"
        for line in found:
            yield from (f"    {part}" for part in line.split("\n"))


def _fired(rule: Fired) -> str:
    where = f"   {rule.place}" if rule.place else ""
    mark = " (shadow: only logged)" if rule.shadow else ""
    first = f"{rule.section} `{rule.id}`: {rule.effect}{mark}{where}"
    return "\n".join((first, *(f"  {line}" for line in because(rule.because))))


def _in_vain(asked: Sequence[Tried]) -> Iterator[str]:
    """Yield the rules that did not hold, the first ones of very many."""
    rules = [rule for rule in asked if not rule.held]
    yield from map(_not_held, rules[:_MOST_RULES])
    if len(rules) > _MOST_RULES:
        yield f"and {len(rules) - _MOST_RULES:,} more"


def _not_held(rule: Tried) -> str:
    first = f"{rule.section} `{rule.id}`   {rule.place}"
    return "\n".join((first, *(f"  {line}" for line in because(rule.because))))


def _fields(decision: Decision) -> Iterator[str]:
    change = decision.change
    for name, value in change.values.items() if change else ():
        by = decision.provenance.get(name)
        if by is not None:
            where = f", {by.place}" if by.place else ""
            yield f"{name} = {shown(value)}   [{by.rule}{where}]"


def _sent(decision: Decision) -> Iterator[str]:
    for notice in decision.notices:
        template = f" {notice.template}" if notice.template not in ("", notice.rule) else ""
        to = f" to {', '.join(notice.to)}" if notice.to else ""
        yield f"{notice.rule}: {notice.kind}{template}{to} by {notice.use}"


def _action(after: AfterDecision) -> str:
    when = f"after {span(after.delay)}" if after.delay else ""
    return " ".join(part for part in (after.verb, after.target, when) if part)


def span(length: timedelta) -> str:
    """Return a time span as a rule file writes it, in the largest unit that fits: `2d`, `90m`."""
    seconds = int(length.total_seconds())
    unit, size = next((u, s) for u, s in _UNITS if seconds % s == 0)
    return f"{seconds // size}{unit}"
