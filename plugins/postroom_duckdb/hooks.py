"""What this plugin brings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from postroom.hooks.spec import hookimpl
from postroom_duckdb.store import DuckdbStore

if TYPE_CHECKING:
    from postroom.hooks.contracts import Store


@hookimpl
def postroom_stores() -> list[type[Store]]:
    """Bring the store."""
    return [DuckdbStore]
