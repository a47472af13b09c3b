"""Find the files that travel with the engine."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable


def shipped(kind: Literal["grammars", "rules", "docs"]) -> Traversable:
    """Return grammars/, rules/ or docs/: inside the wheel, or at the top of a checkout.

    Of docs/ only errors/ is in the wheel.
    """
    in_wheel = files("postroom") / "_shipped"
    return (in_wheel if in_wheel.is_dir() else Path(__file__).parents[3]) / kind
