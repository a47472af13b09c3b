"""What a plugin's lint sees of a rule set, and what it says."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Literal, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from postroom.source.text import Span


@dataclass(frozen=True, slots=True)
class SeenRule:
    """A rule of an account; a filter that accounts share comes once for each."""

    account: str
    section: Literal["filters", "access", "mapping", "updates", "notify"]
    id: str
    span: Span
    """Where its id stands."""
    effect: str
    """What it does: `discard`, `allow_as sender`, `set kind, due`, `notify ack`."""
    when: Span | None = None
    """Its condition, whose words are `when.text`; None if it always applies."""
    reads: frozenset[str] = frozenset()
    """Paths of the fields that the condition reads: `from.addr_spec`, `lists.partners`."""
    shadow: bool = False
    """It is only logged."""


@dataclass(frozen=True, slots=True)
class Remark:
    """A warning about rules."""

    message: str
    """One sentence in the author's words, with a small letter at its start."""
    span: Span
    """What it is about."""
    help: str = ""
    """What to type instead."""


class Lint(Protocol):
    """A check of rules, besides those of the engine. It is made anew for each rule set.

    Its remarks are warnings, PR359. They can be waived; none of them keeps rules from working.
    """

    name: ClassVar[str]
    help: ClassVar[str]
    """What it looks for, in a few words."""

    def remarks(self, rules: Sequence[SeenRule]) -> Iterable[Remark]:
        """Return what there is to say of the rules, in the order in which they are asked."""
        ...
