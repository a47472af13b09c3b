"""Stop an account whose messages fail one after the other for the very same reason.

One message that cannot be handled is quarantined, and its mailbox goes on. Many in a row that fail
alike say that the rules are at fault, or we are; a whole mailbox would end in quarantine. So it
pauses, and its mail stays where it is. As only an unbroken row counts, nobody who sends such
messages can stop an account for longer than until the next one that can be handled.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from postroom.runtime.messages.quarantine import FAULT
from postroom.source.diagnostic import Diagnostic, Problem

if TYPE_CHECKING:
    from collections.abc import Sequence

    from postroom.model.decision import Decision, Fired

IN_A_ROW = 25
"""Messages that are quarantined for one reason before the account pauses."""


@dataclass(slots=True)
class Breaker:
    """Counts failures by account and rule set; used under a lock."""

    _rows: dict[str, tuple[str, str, int]] = field(default_factory=dict)
    """By account: hash of the rules, reason, how many in a row."""

    def check(self, account: str, rules: str, reasons: Sequence[str]) -> None:
        """Make sure that messages may be written; reasons are why each fails, "" if it does not.

        Raises Problem PR550 if all of them, and those before, fail for one reason.
        """
        if len(set(reasons)) != 1 or not reasons[0]:
            return
        before = self._rows.get(account, ("", "", 0))
        row = before[2] if before[:2] == (rules, reasons[0]) else 0
        if row + len(reasons) > IN_A_ROW:
            raise _pauses(account, reasons[0])

    def note(self, account: str, rules: str, reasons: Sequence[str]) -> None:
        """Count what is durable now."""
        for reason in reasons:
            if not reason:
                self._rows.pop(account, None)
                continue
            before = self._rows.get(account, ("", "", 0))
            row = before[2] if before[:2] == (rules, reason) else 0
            self._rows[account] = (rules, reason, row + 1)


def failure(decision: Decision) -> str:
    """Return why the rules could not handle a message; "" if they could, or put it aside."""
    facts = decision.facts
    if decision.outcome != "quarantined" or (facts is not None and facts.token.problem):
        return ""
    if any(_on_purpose(fired) for fired in decision.fired):
        return ""
    return cause(decision.reasons[0]) if decision.reasons else ""


def cause(reason: str) -> str:
    """Return what many messages can fail for: a reason without what it quotes of one of them."""
    return reason if reason.startswith(FAULT) else reason.partition(":")[0]


def _on_purpose(fired: Fired) -> bool:
    """Whether it is a guard, or a filter, that puts a message aside."""
    by_filter = fired.section == "filters" and fired.effect.startswith("quarantine")
    return fired.section == "guard" or (by_filter and not fired.shadow)


def _pauses(account: str, reason: str) -> Problem:
    words = (
        f"account `{account}` pauses: {IN_A_ROW} messages in a row cannot be handled, "
        f"all for one reason: {reason}"
    )
    hint = "mend the rules and activate them; the mail waits on its server"
    return Problem(Diagnostic("PR550", words, help=hint))
