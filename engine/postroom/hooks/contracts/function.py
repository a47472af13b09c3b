"""A function for expressions."""

from __future__ import annotations

from typing import Any, ClassVar, Protocol


class Function(Protocol):
    """A pure function for expressions: total, no I/O."""

    name: ClassVar[str]
    parameters: ClassVar[tuple[str, ...]]
    """Types of the rule language by their names: `text`, `integer`, `timestamp`, `list of text`."""
    returns: ClassVar[str]
    help: ClassVar[str]

    def __call__(self, *values: Any) -> Any:  # noqa: ANN401
        """Return the value."""
        ...
