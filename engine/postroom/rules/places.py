"""Where names are declared, for findings about a rule set as a whole."""

from __future__ import annotations

from typing import TYPE_CHECKING

from postroom.source.nodes import Mapping

if TYPE_CHECKING:
    from collections.abc import Iterator

    from postroom.rules.merge import Sections
    from postroom.source.text import Span

_NAMED = (
    "lists", "tables", "groups", "filters", "providers", "sign_ins", "accounts", "templates",
)  # fmt: skip


def places_of(sections: Sections) -> dict[str, Span]:
    """Return where each name stands, as `lists.holidays` or `tables.ticket.fields.due`."""
    return dict(_places(sections))


def _places(sections: Sections) -> Iterator[tuple[str, Span]]:
    for section in _NAMED:
        for entry in sections.of(section):
            yield f"{section}.{entry.name}", entry.key.span
            fields = entry.node.get("fields") if isinstance(entry.node, Mapping) else None
            if section == "tables" and isinstance(fields, Mapping):
                for field in fields.entries:
                    yield f"tables.{entry.name}.fields.{field.name}", field.key.span
