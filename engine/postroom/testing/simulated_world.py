"""What surrounds a simulated engine: chance, time, a mail server, a disk, people who get letters.

Everything that an engine asks of the world is a `tick`, and at any tick the engine may die. Nothing
here knows what is right; `postroom.testing.simulation` does.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from postroom.hooks.contracts import Health, Receipt, Refused, Retry, Uncertain
from postroom.mail.read import read
from postroom.model.envelope import Envelope, Place
from postroom.runtime.clock import Clock
from postroom.source.diagnostic import Diagnostic, Problem
from postroom.testing.memory_disk import Disk
from postroom.testing.memory_store import MemorySettings, MemoryStore

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from threading import Event

    from postroom.hooks.contracts import Letter, Notifier, Position, SendOutcome, Transport
    from postroom.model.batch import Batch, OutboxRow
    from postroom.model.envelope import ServerAction
    from postroom.model.message import Message

R = TypeVar("R")
NOW = datetime(2026, 11, 2, 8, tzinfo=UTC)
DEADLY = b"kills the engine"
"""A message with these words ends every engine that reads it."""
INBOX = "INBOX"
_read: dict[bytes, Message] = {}


class Crashed(BaseException):
    """The engine is dead. Nothing it does from here on reaches the world."""


@dataclass
class World:
    """One seed: what happens, and what was written down about it."""

    seed: int
    chance: Random = field(init=False)
    now: datetime = NOW
    steady: float = 0.0
    disk: Disk = field(default_factory=Disk)
    trace: list[str] = field(default_factory=list)
    boxes: dict[str, dict[int, bytes]] = field(default_factory=lambda: {INBOX: {}, "Done": {}})
    epoch: int = 1
    next_uid: int = 1
    letters: list[Letter] = field(default_factory=list)
    deaths: Counter[str] = field(default_factory=Counter)
    """SHA-256 of a message to the number of engines that died with it in hand."""
    alone: Counter[str] = field(default_factory=Counter)
    """The same, of those with which no other message was noted."""
    dead: bool = False
    fuse: int = -1
    """Ticks until the engine dies; below zero it does not."""
    trouble: float = 0.0
    """How likely it is at each turn that the server or a receiver of letters has some."""
    full: bool = False
    """Whether the disk is."""
    wrong: list[str] = field(default_factory=list)
    """What was seen the moment it happened."""

    def __post_init__(self) -> None:
        """Begin with the seed."""
        self.chance = Random(self.seed)  # noqa: S311 - it is to be foreseen

    def tick(self, what: str) -> None:
        """Let time pass. Raises Crashed when the engine dies here, or is dead."""
        if self.dead:
            raise Crashed
        self.steady += 0.001
        self.now += timedelta(milliseconds=1)
        if self.fuse == 0:
            self.die(what)
        self.fuse -= self.fuse > 0

    def die(self, what: str) -> None:
        """End the engine. Raises Crashed."""
        self.dead = True
        self.trace.append(f"    the engine dies {what}")
        for _, places in self.disk.in_hand.values():
            for place in places:
                raw = self.boxes[INBOX].get(int(place.key)) if self.is_here(place) else None
                if raw is not None:
                    self.deaths[digest(raw)] += 1
                    self.alone[digest(raw)] += len(places) == 1
        raise Crashed

    def is_here(self, place: Place) -> bool:
        """Return whether a place is one of the mailbox as it is numbered now."""
        return place.epoch == str(self.epoch)

    def unlucky(self) -> bool:
        """Return whether something goes wrong now."""
        return self.trouble > 0 and self.chance.random() < self.trouble

    def wait(self, stop: Event, seconds: float) -> bool:
        """Have time pass."""
        self.steady += max(0.0, seconds)
        self.now += timedelta(seconds=max(0.0, seconds))
        return stop.is_set()

    def clock(self) -> Clock:
        """Return the engine's clock."""
        return Clock(lambda: self.now, lambda: self.steady, self.wait)

    def arrive(self, raw: bytes) -> None:
        """Put a message into the mailbox."""
        self.boxes[INBOX][self.next_uid] = raw
        self.next_uid += 1

    def renumber(self) -> None:
        """Give all messages other numbers, from 1, as a server does that lost its index."""
        self.epoch += 1
        mails = [*self.boxes[INBOX].values()]
        self.boxes[INBOX] = dict(enumerate(mails, 1))
        self.next_uid = len(mails) + 1


def digest(raw: bytes) -> str:
    """Return the SHA-256 of a message."""
    return hashlib.sha256(raw).hexdigest()


class DyingStore(MemoryStore):
    """A store whose engine may die before and after everything that it writes."""

    def __init__(self, world: World) -> None:
        super().__init__(disk=world.disk)
        self.world = world

    def take_in_hand(self, account: str, places: Sequence[Place]) -> int:
        """Note it, unless the disk is full."""
        return self._about(
            "noting what is in hand", lambda: super(DyingStore, self).take_in_hand(account, places)
        )

    def let_go(self, number: int, *, done: bool) -> None:
        """Note it."""
        self._about(
            "letting go", lambda: super(DyingStore, self).let_go(number, done=done), written=False
        )

    def commit(self, batch: Batch) -> None:
        """Write it, unless the disk is full."""
        self._about("a commit", lambda: super(DyingStore, self).commit(batch))

    def settled(self, receipts: Sequence[tuple[int, Receipt]], now: datetime) -> None:
        """Note it, unless the disk is full."""
        self._about("noting what was done", lambda: super(DyingStore, self).settled(receipts, now))

    def lease(self, now: datetime, limit: int) -> list[OutboxRow]:
        """Take notices."""
        return self._about("a lease", lambda: super(DyingStore, self).lease(now, limit))

    def sent(self, row: OutboxRow, outcome: SendOutcome, now: datetime) -> None:
        """Note it."""
        self._about("noting what was sent", lambda: super(DyingStore, self).sent(row, outcome, now))

    def _about(self, what: str, do: Callable[[], R], *, written: bool = True) -> R:
        self.world.tick(f"before {what}")
        if written and self.world.full:
            raise Problem(Diagnostic("PR523", "the disk is full"))
        done = do()
        self.world.tick(f"after {what}")
        return done


class SimulatedReader:
    """Reads mail; of some mail the engine dies."""

    def __init__(self, world: World) -> None:
        self._world = world

    def prepare(self) -> None:
        """Do nothing: it reads where it stands."""

    def read(self, mail: Sequence[tuple[bytes, str | None]]) -> list[Message]:
        """Return a message for each. What was read once is remembered, for all seeds."""
        self._world.tick("before it reads")
        found = []
        for raw, mail_from in mail:
            if DEADLY in raw:
                self._world.die("of a message")
            if raw not in _read:
                _read[raw] = read(raw, mail_from=mail_from)
            found.append(_read[raw])
        return found

    def close(self) -> None:
        """Do nothing."""


def transport_of(world: World) -> type[Transport]:
    """Return a transport that reads the mailbox of a world, as the one for IMAP does."""

    class Simulated:
        name: ClassVar[str] = "simulated"
        settings: ClassVar[type] = MemorySettings

        def __init__(self, settings: Any, context: Any) -> None:  # noqa: ANN401
            del settings, context

        def fetch(self, position: Position, limit: int) -> Iterator[Envelope]:
            line(world, "signing in")
            epoch, box = str(world.epoch), world.boxes[INBOX]
            above = 0 if position.full_sweep else int(position.cursor(INBOX, epoch) or 0)
            uids = [str(uid) for uid in sorted(box) if uid > above]
            for key in position.unknown(INBOX, epoch, uids)[:limit]:
                line(world, f"fetching {key}")
                raw = box[int(key)]
                yield Envelope(Place(INBOX, epoch, key), raw, len(raw), world.now)

        def settle(self, action: ServerAction) -> Receipt:
            return settle(world, action)

        def wait(self, timeout: timedelta) -> bool:
            del timeout
            return False

        def probe(self) -> Health:
            return Health(ok=True, detail="")

        def close(self) -> None: ...

    return Simulated


def settle(world: World, action: ServerAction) -> Receipt:
    """Move a message, if it is still there and still the same."""
    line(world, f"moving {action.place.key}")
    if not world.is_here(action.place):
        return Receipt(done=False, detail="the folder was made anew")
    box, uid = world.boxes[INBOX], int(action.place.key)
    if uid not in box:
        return Receipt(done=True, detail="already gone")
    if digest(box[uid]) != action.sha256:
        return Receipt(done=False, detail="there is another message")
    move(world, uid)
    line(world, f"having moved {action.place.key}")
    return Receipt(done=True, detail="moved")


def line(world: World, doing: str) -> None:
    """Say something to the server, or hear from it. Raises Problem PR510 if the line breaks."""
    world.tick(f"while {doing}")
    if world.unlucky():
        world.trace.append(f"    the line breaks while {doing}")
        raise Problem(Diagnostic("PR510", "the line is broken"))


def move(world: World, uid: int) -> None:
    """Move a message out of the mailbox; note it if it is not durable with us."""
    raw = world.boxes[INBOX].pop(uid)
    world.boxes["Done"][len(world.boxes["Done"])] = raw
    mails = world.disk.communications.values()
    if not any(each.sha256 == digest(raw) for each in mails):
        world.wrong.append(f"{title(raw)} was moved on the server and is not committed")


def title(raw: bytes) -> str:
    """Return the subject of a message."""
    return raw.partition(b"Subject: ")[2].partition(b"\r\n")[0].decode()


def notifier_of(world: World) -> type[Notifier]:
    """Return a notifier that brings letters into a world, or says that it could not."""

    class Simulated:
        name: ClassVar[str] = "simulated"
        settings: ClassVar[type] = MemorySettings

        def __init__(self, settings: Any) -> None:  # noqa: ANN401
            del settings

        def send(self, letter: Letter) -> bytes:
            world.tick("before it sends")
            if world.unlucky():
                raise Retry("busy")
            if world.unlucky() and world.unlucky():
                raise Refused("nobody here")
            if world.unlucky():
                raise Uncertain("the line went dead before anything came")
            world.letters.append(letter)
            world.tick("after it sent")
            if world.unlucky():
                raise Uncertain("the line went dead behind the message")
            return b"a letter"

        def close(self) -> None: ...

    return Simulated
