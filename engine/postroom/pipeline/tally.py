"""How many decisions differ, in classes, the worst first."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, TypeAlias

if TYPE_CHECKING:
    from postroom.model.plain import Json

Class: TypeAlias = Literal[
    "lost", "made", "other_record", "outcome", "values", "notices", "server", "reasons", "same"
]
CLASSES: dict[Class, str] = {
    "lost": "a record was made or changed, and would not be",
    "made": "no record was made or changed, and one would be",
    "other_record": "another record would be made or changed",
    "outcome": "another outcome, and no record either way",
    "values": "the record would have other values",
    "notices": "other people would be told, or other things",
    "server": "something else would be done on the mail server",
    "reasons": "the same comes of it, for other reasons",
    "same": "no difference",
}
"""Each class of difference with what it means, the worst first."""
SAMPLES = 5
"""Messages of a class that are named."""


@dataclass(frozen=True, slots=True)
class Difference:
    """The worst in which two conclusions differ."""

    kind: Class
    words: tuple[str, ...] = ()
    """What it was and what it would be, for people."""


@dataclass(frozen=True, slots=True)
class Sample:
    """A message that would be decided otherwise."""

    communication: int
    account: str
    words: tuple[str, ...]


@dataclass(slots=True)
class Tally:
    """How many messages were decided again, and with what result."""

    counts: Counter[Class] = field(default_factory=Counter)
    samples: dict[Class, list[Sample]] = field(default_factory=dict)
    """The first messages of each class."""
    uncertain: Counter[str] = field(default_factory=Counter)
    """What was not recorded, and for how many messages it is asked now."""
    uncertain_messages: int = 0
    skipped: Counter[str] = field(default_factory=Counter)
    """Messages that cannot be decided again, by the reason."""

    @property
    def total(self) -> int:
        """Return how many were decided again."""
        return sum(self.counts.values())

    def note(self, communication: int, account: str, found: Difference) -> None:
        """Count a message."""
        self.counts[found.kind] += 1
        some = self.samples.setdefault(found.kind, [])
        if found.kind != "same" and len(some) < SAMPLES:
            some.append(Sample(communication, account, found.words))

    def not_known(self, what: tuple[str, ...]) -> None:
        """Count a message of which something is not known."""
        self.uncertain.update(dict.fromkeys(what, 1))
        self.uncertain_messages += bool(what)

    def add(self, later: Tally) -> None:
        """Count what was counted for the messages that follow."""
        self.counts += later.counts
        self.uncertain += later.uncertain
        self.skipped += later.skipped
        self.uncertain_messages += later.uncertain_messages
        for kind, found in later.samples.items():
            some = self.samples.setdefault(kind, [])
            some += found[: SAMPLES - len(some)]

    def fails(self, kind: Class) -> bool:
        """Return whether a message differs in this class, or in a worse one."""
        order = [*CLASSES]
        return any(self.counts[each] for each in order[: order.index(kind) + 1])

    def summary(self) -> dict[str, Json]:
        """Return the numbers, without anything of the messages."""
        told: dict[str, Json] = {"messages": self.total}
        told |= {kind: self.counts[kind] for kind in CLASSES if self.counts[kind]}
        told |= {"uncertain": self.uncertain_messages, "skipped": self.skipped.total()}
        return told
