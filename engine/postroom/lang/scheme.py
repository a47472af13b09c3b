"""What an expression may read."""

from __future__ import annotations

from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, ClassVar, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping

    from postroom.model.record import Table


class PureFunction(Protocol):
    """What a plugin's function looks like from here; see `postroom.hooks.contracts.Function`."""

    name: ClassVar[str]
    parameters: ClassVar[tuple[str, ...]]
    returns: ClassVar[str]
    help: ClassVar[str]

    def __call__(self, *values: Any) -> Any:  # noqa: ANN401
        """Return the value."""
        ...


@dataclass(frozen=True)
class Scheme:
    """The lists, tables and functions that an expression may name."""

    lists: Mapping[str, tuple[Any, ...]]
    tables: Mapping[str, Table]
    contact_table: Table | None
    record_table: Table | None
    functions: Mapping[str, type[PureFunction]] = field(default_factory=dict)
    with_record: bool = False
    contact_groups: str = ""


def scheme(  # noqa: PLR0913 - each is one thing that a rule set says
    *,
    lists: Mapping[str, tuple[Any, ...]],
    tables: Mapping[str, Table],
    contact_table: Table | None,
    record_table: Table | None,
    functions: Mapping[str, type[PureFunction]] = MappingProxyType({}),
    with_record: bool,
    contact_groups: str = "groups",
) -> Scheme:
    """Put together what an expression at some place of a rule set may read.

    `with_record` says whether `record` may be read: in updates, notify and templates, not where a
    new message is filtered. `contact_groups` is the field of contact_table behind `contact.groups`.
    """
    return Scheme(
        lists, tables, contact_table, record_table, functions, with_record, contact_groups
    )
