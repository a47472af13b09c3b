"""Whether a formula holds of values that are known."""

from __future__ import annotations

from typing import TYPE_CHECKING

from postroom.rules.proofs.formula import All, Formula, Literal

if TYPE_CHECKING:
    from postroom.lang.evaluate import Walk


def holds(formula: Formula, values: Walk) -> bool:
    """Return whether a formula holds of values, by asking its atoms."""
    match formula:
        case Literal(atom=atom, holds=wanted):
            return atom.holds(values) == wanted
        case All(parts=parts):
            return all(holds(part, values) for part in parts)
        case _:
            return any(holds(part, values) for part in formula.parts)
