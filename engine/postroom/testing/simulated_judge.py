"""What must be true of a simulated engine: always, and when it had time to finish."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from postroom.runtime.messages.suspects import ATTEMPTS
from postroom.testing.simulated_world import INBOX, World, digest, title

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass
class Judge:
    """Holds what was delivered to a world against what there is in it."""

    world: World
    delivered: dict[str, bytes] = field(default_factory=dict)
    """Every message that was delivered, by SHA-256."""
    taken_away: set[str] = field(default_factory=set)
    """Those that others removed before they were ours."""
    _checked: int = 0
    _decided: Counter[str] = field(default_factory=Counter)
    _given_up: set[int] = field(default_factory=set)

    def known(self) -> Counter[str]:
        """Return the messages that came in and are committed, by SHA-256."""
        mails = self.world.disk.communications.values()
        return Counter(each.sha256 for each in mails if each.direction == "in")

    def look(self) -> Iterator[str]:
        """Yield what must never be."""
        world, known = self.world, self.known()
        yield from world.wrong
        self._read_log()
        for sha256, count in known.items():
            if sha256 not in self.delivered:
                yield "there is a message that nobody sent"
            elif count > 1:
                yield f"{title(self.delivered[sha256])} is there {count} times"
        if self._decided != known:
            yield f"decided and not committed, or the other way: {self._decided - known}"
        if [each.seq for each in world.disk.entries] != [*range(1, len(world.disk.entries) + 1)]:
            yield "the audit log has a gap"
        there = {digest(raw) for raw in world.boxes[INBOX].values()}
        for sha256, raw in self.delivered.items():
            if sha256 not in known and sha256 not in there and sha256 not in self.taken_away:
                yield f"{title(raw)} is lost"
        yield from self._judge_records()
        yield from self._judge_letters()

    def _read_log(self) -> None:
        for each in self.world.disk.entries[self._checked :]:
            if each.kind in ("decision", "message_given_up"):
                body = json.loads(each.body)
                if each.kind == "message_given_up":
                    self._given_up.add(body["communication"])
                elif body["repeats"] is None:
                    self._decided[body["message"]["sha256"]] += 1
        self._checked = len(self.world.disk.entries)

    def _judge_records(self) -> Iterator[str]:
        disk = self.world.disk
        made = [m for m in disk.communications.values() if m.outcome == "created"]
        if sorted(m.ref.id for m in made if m.ref) != sorted(r.id for r in disk.records):
            yield f"{len(made)} messages created records, and there are {len(disk.records)}"
        for each in disk.communications.values():
            if each.outcome == "quarantined":
                if each.id not in self._given_up:
                    yield f"{title(each.raw)} is quarantined for no reason"
                elif self.world.deaths[each.sha256] < ATTEMPTS:
                    yield f"{title(each.raw)} was given up too early"
                elif self.world.alone[each.sha256] < ATTEMPTS - 1:
                    yield f"{title(each.raw)} was given up for what others may have done"

    def _judge_letters(self) -> Iterator[str]:
        answers = Counter(
            each.notice.key for each in self.world.letters if each.notice.kind == "answer"
        )
        for key, times in answers.items():
            if times > 1:
                yield f"the answer {key} went out {times} times"
        ids: dict[str, set[str]] = {}
        for each in self.world.letters:
            ids.setdefault(each.notice.key, set()).add(each.message_id)
        if any(len(some) > 1 for some in ids.values()):
            yield "a letter was repeated under another Message-ID"

    def what_is_left(self) -> Iterator[str]:
        """Yield what must have been done when there was time for it."""
        disk, known = self.world.disk, self.known()
        for sha256, raw in self.delivered.items():
            if sha256 not in known and sha256 not in self.taken_away:
                yield f"{title(raw)} was never decided"
        undone = [task for task in disk.actions.values() if task.state == "due"]
        if undone:
            yield f"{len(undone)} server actions are not done"
        keys = {each.notice.key for each in self.world.letters}
        for queued in disk.outbox.values():
            notice = queued.row.notice
            if queued.state in ("waiting", "sending"):
                yield f"the {notice.kind} {notice.key} waits"
            elif queued.state == "sent" and notice.key not in keys:
                yield f"the {notice.kind} {notice.key} never went out"
            elif queued.state == "unknown" and notice.kind != "answer":
                yield f"the {notice.kind} {notice.key} was given up"
