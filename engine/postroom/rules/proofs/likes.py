"""`like`: what its patterns say in simpler words, and what they demand at least."""

from __future__ import annotations

from typing import TYPE_CHECKING

from postroom.lang.text import FOLDS

if TYPE_CHECKING:
    from postroom.lang.types import Form
    from postroom.rules.proofs.atoms import Relation


def like(written: str, form: Form) -> tuple[Relation, str]:
    """Return what a pattern says: `*abc*` is the same as to contain `abc`."""
    inside = written.strip("*")
    folded = FOLDS[form](inside)
    if "?" in inside or "*" in inside:
        return "like", written
    if not inside:
        return ("contains", "") if written else ("is", "")
    match written.startswith("*"), written.endswith("*"):
        case True, True:
            return "contains", folded
        case False, True:
            return "starts", folded
        case True, False:
            return "ends", folded
        case _:
            return "is", folded


def pieces(written: str, form: Form) -> tuple[str, list[str], str]:
    """Return what a text that fits starts with, holds, and ends with."""
    runs = [FOLDS[form](run) for run in written.replace("?", "*").split("*")]
    return runs[0], [run for run in runs if run], runs[-1]


def sample(written: str) -> str:
    """Return a text that fits."""
    return written.replace("*", "").replace("?", "x")
