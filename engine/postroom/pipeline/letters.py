"""What a notice says: the author's template, or our own words where there is none."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

    from postroom.model.decision import Outcome
    from postroom.pipeline.context import Context
    from postroom.pipeline.parsing import Alarm

_LONGEST_SUBJECT = 900
"""Characters; RFC 5322 2.1.1 allows 998 in a line."""


class Words(NamedTuple):
    """A notice's subject and bodies."""

    subject: str
    text: str
    html: str = ""


def rendered(template: str, context: Context, outcome: Outcome, reasons: Sequence[str]) -> Words:
    """Return what a template says of the message and of `context.scope.record`."""
    if not template:
        return _told(context, outcome, reasons)
    words = context.rules.templates[template]
    scope = context.scope
    subject = words.subject.render(scope) if words.subject else f"Re: {context.message.subject}"
    return Words(
        one_line(subject),
        words.text.render(scope) if words.text else "",
        words.html.render(scope) if words.html else "",
    )


def forwarded(template: str, context: Context, outcome: Outcome, reasons: Sequence[str]) -> Words:
    """Return what goes with a forwarded mail; its subject, unless the template has one."""
    told = rendered(template, context, outcome, reasons)
    if template and context.rules.templates[template].subject:
        return told
    return told._replace(subject=one_line(f"Fwd: {context.message.subject}"))


def told_of_block(alarm: Alarm, context: Context) -> Words:
    """Return what the people in `tell` are told of a block that was not taken in full."""
    address = context.account.address
    subject = f"A block in a mail to {address} was not taken in full"
    opening = alarm.text or f"These lines of the block could not be taken ({alarm.mistake}):"
    return Words(one_line(subject), "\n".join((opening, "", *alarm.lines, "", *_about(context))))


def one_line(text: str) -> str:
    """Return a text as a header may hold it: no line ends, no controls, not too long."""
    printable = "".join(c if c.isprintable() else " " for c in text[: 2 * _LONGEST_SUBJECT])
    return " ".join(printable.split())[:_LONGEST_SUBJECT]


def _told(context: Context, outcome: Outcome, reasons: Sequence[str]) -> Words:
    subject = f"{outcome}: {context.message.subject}"
    opening = f"A mail to {context.account.address} was {outcome}:"
    lines = (opening, *(f"- {reason}" for reason in reasons), "", *_about(context))
    return Words(one_line(subject), "\n".join(lines))


def _about(context: Context) -> tuple[str, ...]:
    message = context.message
    return (
        f"From: {one_line(message.from_.addr_spec)}",
        f"Subject: {one_line(message.subject)}",
        f"Communication: {context.facts.communication}",
    )
