"""Which automatic answers went out lately, in the store and in the batch at hand."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections import Counter
from datetime import timedelta
from typing import TYPE_CHECKING

from postroom.mail.addresses import canonical
from postroom.model.facts import AnswerCounts

if TYPE_CHECKING:
    from datetime import datetime

    from postroom.model.batch import Found
    from postroom.model.decision import Decision
    from postroom.model.record import RecordRef
    from postroom.rules.ruleset import Account

HOUR = timedelta(hours=1)
PAUSE = HOUR
"""How long an account gives no answers after it gave too many."""


def pause_mark(account: str) -> str:
    """Return the name of the mark that says when an account's answers paused."""
    return f"answers-pause/{account}"


class Answered:
    """Counts answers for the caps of the guard, and for `count_to_sender`."""

    def __init__(self, found: Found, account: Account, now: datetime) -> None:
        self._now, self._caps = now, account.answers
        self._to = {address: list(sent) for address, sent in found.answers.items()}
        self._in_all = found.answers_last_hour
        self._of_account = found.account_answers_last_hour
        self._domains = Counter(found.domain_answers_last_hour)
        self._records = Counter(found.record_answers_last_day)
        paused_at = found.marks.get(pause_mark(account.name))
        paused = paused_at is not None and paused_at + PAUSE > now
        self._paused_until = paused_at + PAUSE if paused and paused_at else None

    def count_since(self, address: str, span: timedelta) -> int:
        """Return how many answers went to an address within a time span."""
        return len(self._since(address, span))

    def counts(self, address: str, record: RecordRef | None) -> AnswerCounts:
        """Return what the guard asks: of an address, and of the record that a mail is about."""
        by_template = Counter(t for _, t in self._since(address, self._caps.same_again_after))
        return AnswerCounts(
            to_address_by_template=dict(by_template),
            to_address_last_hour=self.count_since(address, HOUR),
            in_all_last_hour=self._in_all,
            of_account_last_hour=self._of_account,
            to_domain_last_hour=self._domains[_domain(address)],
            about_record_last_day=self._records[record] if record else 0,
            paused_until=self._paused_until,
        )

    def note(self, decision: Decision) -> None:
        """Count the answers that a decision gives."""
        for notice in decision.notices:
            if notice.kind != "answer":
                continue
            self._in_all += 1
            self._of_account += 1
            if notice.ref:
                self._records[notice.ref] += 1
            for address in map(canonical, notice.to):
                self._domains[_domain(address)] += 1
                insort(self._to.setdefault(address, []), (self._now, notice.template))

    def _since(self, address: str, span: timedelta) -> list[tuple[datetime, str]]:
        answers = self._to.get(address, [])
        return answers[bisect_left(answers, (self._now - span, "")) :]


def _domain(address: str) -> str:
    return address.rpartition("@")[2]
