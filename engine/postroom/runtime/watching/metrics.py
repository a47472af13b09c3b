"""A status as Prometheus reads it: the text exposition format, version 0.0.4.

Labels name accounts, outcomes and codes; no address, no subject, no person.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from postroom.runtime.watching.status import AccountStatus, Status

TYPE = "text/plain; version=0.0.4; charset=utf-8"


@dataclass(slots=True)
class Family:
    """A metric, with what it says of whom."""

    name: str
    kind: str
    help: str
    samples: list[tuple[tuple[tuple[str, str], ...], float]] = field(default_factory=list)

    def add(self, value: float | None, **labels: str) -> None:
        """Say something of whom the labels name; nothing, if nothing is known."""
        if value is not None:
            self.samples.append((tuple(labels.items()), value))

    def lines(self) -> Iterator[str]:
        """Yield its lines in the text format."""
        yield f"# HELP {self.name} {self.help}"
        yield f"# TYPE {self.name} {self.kind}"
        for labels, value in self.samples:
            said = ",".join(f'{name}="{_escaped(text)}"' for name, text in labels)
            yield f"{self.name}{{{said}}} {value:.15g}" if said else f"{self.name} {value:.15g}"


def exposition(status: Status, now: datetime) -> str:
    """Return a status in Prometheus' text format."""
    return "".join(f"{line}\n" for family in families(status, now) for line in family.lines())


def families(status: Status, now: datetime) -> list[Family]:
    """Return what there is to say; the reference page shows names and words of it."""
    up = Family("postroom_up", "gauge", "1 if the engine has said lately how it is")
    up.add(float(status.alive(now)))
    free = Family("postroom_disk_free_bytes", "gauge", "Free where the data lies")
    free.add(status.disk_free)
    began = Family("postroom_start_time_seconds", "gauge", "When the engine was started")
    began.add(status.began.timestamp())
    alarms = Family("postroom_alarm", "gauge", "1 for each alarm that stands")
    for each in status.alarms:
        alarms.add(1, account=each.account, code=each.code)
    chores = Family("postroom_chore_failing", "gauge", "1 for work behind the accounts that fails")
    for chore in status.chores:
        chores.add(1, chore=chore)
    return [up, began, free, alarms, chores, *_of_accounts(status)]


def _of_accounts(status: Status) -> list[Family]:
    found = [
        Family("postroom_account_up", "gauge", "1 if its mailbox could be looked into"),
        Family("postroom_failures", "gauge", "Failures in a row"),
        Family("postroom_last_look_seconds", "gauge", "When its mailbox was last looked into"),
        Family("postroom_last_message_seconds", "gauge", "When its last message was decided"),
        Family(
            "postroom_behind_since_seconds", "gauge", "Since when it lags behind its server, else 0"
        ),
        Family("postroom_waiting", "gauge", "Messages that lie on its server"),
        Family("postroom_quarantined", "gauge", "Messages that wait for a person"),
        Family("postroom_unsent", "gauge", "Notices that wait to be sent"),
        Family("postroom_unsent_since_seconds", "gauge", "When the oldest of them was written"),
    ]
    messages = Family("postroom_messages_total", "counter", "Messages decided in this run")
    oversize = Family("postroom_oversize_total", "counter", "Messages not had in full")
    notices = Family("postroom_notices_total", "counter", "Attempts to send in this run")
    for name, account in status.accounts.items():
        for family, value in zip(found, _values(account), strict=True):
            if account.state != "off":
                family.add(value, account=name)
        for outcome, count in sorted(account.outcomes.items()):
            messages.add(count, account=name, outcome=outcome)
        for state, count in sorted(account.notices.items()):
            notices.add(count, account=name, state=state)
        oversize.add(account.oversize, account=name)
    return [*found, messages, oversize, notices]


def _values(account: AccountStatus) -> tuple[float | None, ...]:
    return (
        float(account.state == "fine"),
        account.failures,
        _seconds(account.last_look),
        _seconds(account.last_message),
        _seconds(account.behind_since) or 0,
        account.waiting,
        account.quarantined,
        account.unsent,
        _seconds(account.unsent_since),
    )


def _seconds(time: datetime | None) -> float | None:
    return time.timestamp() if time else None


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
