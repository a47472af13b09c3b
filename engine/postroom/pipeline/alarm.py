"""When somebody has to hear about automatic answers: that they pause, or that forgers want them.

One alarm for an account in an hour, however many messages there are.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from postroom.model.decision import Notice
from postroom.pipeline.answered import PAUSE, pause_mark
from postroom.pipeline.guard import NOT_AUTHENTICATED, pauses
from postroom.source.diagnostic import Diagnostic

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from postroom.model.decision import Decision
    from postroom.rules.ruleset import Account

FORGED_AN_HOUR = 200
"""Answers in an hour that were asked for by senders who are not authenticated."""
AGAIN = timedelta(hours=1)
"""How long an alarm stands for all that follow it."""
_RULE = "answers"


@dataclass(frozen=True, slots=True)
class Alarm:
    """One alarm."""

    at: int
    """Which of the decisions raised it."""
    found: Diagnostic
    marks: Mapping[str, datetime]
    """What the store keeps, so that there is one alarm and, if answers pause, a pause."""
    notice: Notice | None
    """For the account's `tell`; None: it names nobody, or there is no way to reach them."""


def refused(decision: Decision) -> int:
    """Return how many answers a decision did not give because anybody may have sent the mail."""
    return sum(each.reason == NOT_AUTHENTICATED for each in decision.suppressed)


def alarm(
    account: Account,
    decisions: Sequence[Decision],
    before: int,
    marks: Mapping[str, datetime],
    now: datetime,
) -> Alarm | None:
    """Return the alarm that is due, or None.

    before is how many answers were refused within the last hour, marks what the store kept.
    """
    pause = next((at for at, each in enumerate(decisions) if _pauses(each)), None)
    if pause is not None:
        reason = next(s.reason for s in decisions[pause].suppressed if pauses(s.reason))
        until = f"{now + PAUSE:%H:%M} UTC"
        words = f"account `{account.name}` gives no automatic answers until {until}: {reason}"
        hint = 'postroom sql "SELECT * FROM suppressed_answers" shows what is held back'
        found = Diagnostic("PR474", words, help=hint)
        return _alarm(account, pause, found, {pause_mark(account.name): now}, now)
    last = marks.get(_mark(account))
    if last is not None and last + AGAIN > now:
        return None
    for at, count in enumerate(_running(map(refused, decisions), before)):
        if count >= FORGED_AN_HOUR:
            words = (
                f"account `{account.name}` was asked for {count} automatic answers within an hour "
                "by senders who are not authenticated; none was given"
            )
            hint = "somebody forges senders, or `trust_results_from` does not fit your mail server"
            return _alarm(account, at, Diagnostic("PR475", words, help=hint), {}, now)
    return None


def _pauses(decision: Decision) -> bool:
    return any(pauses(each.reason) for each in decision.suppressed)


def _running(counts: Iterable[int], before: int) -> Iterable[int]:
    for count in counts:
        before += count
        yield before if count else 0


def _mark(account: Account) -> str:
    return f"answers-alarm/{account.name}"


def _alarm(
    account: Account, at: int, found: Diagnostic, marks: Mapping[str, datetime], now: datetime
) -> Alarm:
    notice = None
    if account.send is not None and account.tell_of_answers:
        notice = Notice(
            key=f"{account.name}/{_RULE}/{found.code}/{now.isoformat()}",
            kind="alert",
            origin="guard",
            rule=_RULE,
            template="",
            use=account.send.use,
            to=account.tell_of_answers,
            subject=f"Automatic answers of {account.address}",
            text=f"{found.message}.\n\n{found.help}\n",
        )
    return Alarm(at, found, {**marks, _mark(account): now}, notice)
