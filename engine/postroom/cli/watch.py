"""Show what a running engine tells: lines for people, JSON for machines, a count for backlogs."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field
from threading import Lock
from typing import TYPE_CHECKING, Any, Protocol, Self

import click

from postroom.pipeline.explain import headline, printable
from postroom.runtime.events import (
    Activated,
    Alarmed,
    Calmed,
    CaughtUp,
    Committed,
    Delivered,
    NotActivated,
    Recovered,
    Settled,
    Started,
    Stopped,
    Trouble,
)
from postroom.source.render import as_json, as_text

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import timedelta

    from rich.progress import Progress, TaskID

    from postroom.model.decision import Decision
    from postroom.model.envelope import Envelope
    from postroom.runtime.events import Event


class Watcher(Protocol):
    """Listens while it is entered; any thread may call."""

    def __enter__(self) -> Self:
        """Begin."""
        ...

    def __exit__(self, *_: object) -> None:
        """End, and leave the terminal as it was."""
        ...

    def __call__(self, event: Event) -> None:
        """Show an event."""
        ...


class Machine:
    """One JSON object a line on standard output."""

    def __init__(self) -> None:
        self._lock = Lock()

    def __enter__(self) -> Self:
        """Nothing to set up."""
        return self

    def __exit__(self, *_: object) -> None:
        """Nothing to put back."""

    def __call__(self, event: Event) -> None:
        """Print what the event says."""
        with self._lock:
            for each in _objects(event):
                click.echo(json.dumps(each, ensure_ascii=False))


def _objects(event: Event) -> Iterator[dict[str, Any]]:
    match event:
        case Started(accounts, data, rules):
            yield {"event": "started", "accounts": accounts, "data": data, "rules": rules}
        case Committed(account, decided, linked, size):
            yield from _decided(account, [decision for _, decision in decided])
            count = len(decided)
            yield {
                "event": "committed",
                "account": account,
                "messages": count,
                "linked": linked,
                "bytes": size,
            }
        case Settled(action, done, detail):
            yield {
                "event": "settled",
                "account": action.account,
                "action": action.verb,
                "key": action.place.key,
                "done": done,
                "detail": detail,
            }
        case CaughtUp(account, fetched):
            yield {"event": "caught_up", "account": account, "fetched": fetched}
        case Trouble(account, found, again_in):
            yield {
                "event": "trouble",
                "account": account,
                "again_in": again_in.total_seconds() if again_in else None,
                **as_json(found),
            }
        case Recovered(account):
            yield {"event": "recovered", "account": account}
        case Alarmed() | Calmed():
            yield _alarm(event)
        case Delivered(row, state, detail, _):
            yield {
                "event": "notice",
                "account": row.account,
                "communication": row.communication,
                "kind": row.notice.kind,
                "rule": row.notice.rule,
                "state": state,
                "detail": detail,
            }
        case Activated() | NotActivated() | Stopped():
            yield _of_the_engine(event)


def _alarm(event: Alarmed | Calmed) -> dict[str, Any]:
    if isinstance(event, Alarmed):
        return {"event": "alarm", "account": event.account, **as_json(event.found)}
    told = {"account": event.account, "code": event.code, "message": event.message}
    return {"event": "alarm_over", **told}


def _decided(account: str, decisions: list[Decision]) -> Iterator[dict[str, Any]]:
    for decision in decisions:
        yield {"event": "decided", "account": account, **_decision(decision)}


def _of_the_engine(event: Activated | NotActivated | Stopped) -> dict[str, Any]:
    if isinstance(event, Stopped):
        return {"event": "stopped"}
    if isinstance(event, Activated):
        told = {"rules": event.rules, "previous": event.previous, "by": event.by}
        return {"event": "activated", **told}
    found = [*map(as_json, event.found)]
    return {"event": "not_activated", "rules": event.rules, "found": found}


def _decision(decision: Decision) -> dict[str, Any]:
    facts = decision.facts
    return {
        "communication": facts.communication if facts else None,
        "outcome": decision.outcome,
        "table": decision.table,
        "record": decision.ref.id if decision.ref else None,
        "fired": decision.fired_ids,
        "reasons": decision.reasons,
    }


class Lines:
    """Plain lines: what happened on standard output, what went wrong on standard error."""

    def __init__(self, *, verbose: bool) -> None:
        self._verbose = verbose
        self._lock = Lock()

    def __enter__(self) -> Self:
        """Nothing to set up."""
        return self

    def __exit__(self, *_: object) -> None:
        """Nothing to put back."""

    def __call__(self, event: Event) -> None:
        """Say what the event says, if it is worth a line."""
        with self._lock:
            self.show(event)

    def show(self, event: Event) -> None:
        """Print the event."""
        match event:
            case Started(accounts, data, _):
                self.say(f"accounts: {', '.join(accounts)}; data in {data}")
            case Committed(account, decided, linked, _):
                for envelope, decision in decided if self._verbose else ():
                    self.say(_one(account, envelope, decision))
                outcomes = Counter[str](decision.outcome for _, decision in decided)
                self.say(f"{account}: {_summary(outcomes, linked)}")
            case Settled(action, done, detail) if not done or self._verbose:
                words = detail or action.verb
                self.say(printable(f"{action.account}: message {action.place.key}: {words}"))
            case Trouble(account, found, again_in):
                again = f"\n   = note: tried again in {_span(again_in)}" if again_in else ""
                self.complain(f"{account}: {as_text(found)}{again}")
            case Recovered(account):
                self.say(f"{account}: goes on again")
            case Alarmed() | Calmed():
                self._alarm(event)
            case Delivered(row, state, detail, again_in) if state != "sent" or self._verbose:
                again = f", tried again in {_span(again_in)}" if again_in else ""
                about = f"{row.notice.kind} `{row.notice.rule}` for message {row.communication}"
                why = f" ({detail})" if detail else ""
                self.say(printable(f"{row.account}: {about}: {state}{again}{why}"))
            case Activated() | NotActivated() | Stopped():
                self._of_the_engine(event)
            case _:
                pass

    def _of_the_engine(self, event: Activated | NotActivated | Stopped) -> None:
        if isinstance(event, Stopped):
            self.say("stopped; nothing is left half done")
            return
        if isinstance(event, Activated):
            if event.rules == event.previous:
                self.say("the rules are as they were")
                return
            by = f" ({event.by})" if event.by else ""
            self.say(printable(f"rules {event.rules[:12]} decide from now on{by}"))
            return
        self.complain("the rules stay as they were, for the new ones are refused:")
        for each in event.found:
            self.complain(as_text(each))

    def _alarm(self, event: Alarmed | Calmed) -> None:
        who = event.account or "engine"
        if isinstance(event, Alarmed):
            self.complain(f"{who}: {as_text(event.found)}")
        else:
            self.say(printable(f"{who}: over: {event.code} {event.message}"))

    def say(self, line: str) -> None:
        """Print a line."""
        click.echo(line)

    def complain(self, line: str) -> None:
        """Print a line about something that went wrong."""
        click.echo(line, err=True)


class Live(Lines):
    """Lines, and below them a count for each account that works through a backlog."""

    def __init__(self, *, verbose: bool) -> None:
        super().__init__(verbose=verbose)
        self._progress = _progress()
        self._backlogs: dict[str, _Backlog] = {}

    def __enter__(self) -> Self:
        """Begin to draw."""
        self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Leave the terminal to others."""
        self._progress.stop()

    def show(self, event: Event) -> None:
        """Count messages, and sum up when there are no more, instead of a line for each batch."""
        match event:
            case Committed(account, decided, linked, _):
                for envelope, decision in decided if self._verbose else ():
                    self.say(_one(account, envelope, decision))
                if account not in self._backlogs:
                    self._backlogs[account] = _Backlog(self._progress.add_task(account, total=None))
                self._count(self._backlogs[account], [each for _, each in decided], linked)
            case CaughtUp(account, _) if account in self._backlogs:
                done = self._backlogs.pop(account)
                self._progress.remove_task(done.task)
                self.say(f"{account}: {_summary(done.outcomes, done.linked)}")
            case _:
                super().show(event)

    def _count(self, backlog: _Backlog, decisions: list[Decision], linked: int) -> None:
        backlog.outcomes.update(decision.outcome for decision in decisions)
        backlog.linked += linked
        self._progress.advance(backlog.task, len(decisions) + linked)

    def say(self, line: str) -> None:
        """Print a line above the counts."""
        self._progress.console.print(line, markup=False, highlight=False, soft_wrap=True)

    def complain(self, line: str) -> None:
        """Print a line above the counts."""
        self._progress.console.print(
            line, style="red", markup=False, highlight=False, soft_wrap=True
        )


@dataclass
class _Backlog:
    """What an account has worked through since it was last done."""

    task: TaskID
    outcomes: Counter[str] = field(default_factory=Counter)
    linked: int = 0


def _progress() -> Progress:
    from rich.progress import Progress, ProgressColumn, SpinnerColumn, Task, TextColumn
    from rich.text import Text

    class Speed(ProgressColumn):
        def render(self, task: Task) -> Text:
            return Text(f"{task.speed:,.0f} a second" if task.speed else "")

    count = TextColumn("{task.completed:,.0f} messages")
    return Progress(
        SpinnerColumn(), TextColumn("{task.description}"), count, Speed(), transient=True
    )


def _one(account: str, envelope: Envelope, decision: Decision) -> str:
    rules = ", ".join(decision.fired_ids) or "no rule"
    why = decision.reasons[0] if decision.reasons else ""
    parts = (account, envelope.place.key, headline(decision), f"[{rules}]", why)
    return printable("  ".join(part for part in parts if part))


def _summary(outcomes: Counter[str], linked: int) -> str:
    told = ", ".join(f"{count:,} {outcome}" for outcome, count in outcomes.most_common())
    known = f"{linked:,} known already, found in a new place" if linked else ""
    return "; ".join(part for part in (told, known) if part)


def _span(time: timedelta) -> str:
    seconds = round(time.total_seconds())
    return f"{seconds} s" if seconds < 120 else f"{round(seconds / 60)} min"  # noqa: PLR2004 - two minutes
