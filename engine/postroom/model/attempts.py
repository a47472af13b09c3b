"""How the deaths of engines count against the messages that they had in hand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeAlias

from postroom.model.envelope import Place

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

Suspect: TypeAlias = tuple[str, Place]
"""An account, and where a message of it lies."""
FEW: Final = 16
"""Messages in hand together of which each may well be what the engine died of."""


def charged(
    before: Mapping[Suspect, int], notes: Iterable[Iterable[Suspect]]
) -> dict[Suspect, int]:
    """Return how many deaths count against each message, now that one more engine has died.

    `before` are the counts so far, `notes` what that engine had in hand, note by note. A death
    counts against all messages of a note that holds `FEW` at most. Those of a larger note become
    suspects, with what counted before, or 0.
    """
    counts = dict(before)
    for note in notes:
        suspects = list(note)
        counting = len(suspects) <= FEW
        for each in suspects:
            counts[each] = counts.get(each, 0) + counting
    return counts
