"""The store in memory keeps the contract of stores, but for what is asked in SQL."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from postroom.testing.memory_disk import Disk
from postroom.testing.memory_store import MemoryStore
from postroom.testing.store_delivery_contract import Actions, Outbox
from postroom.testing.store_ledger_contract import Ledger
from postroom.testing.store_rows import TABLES

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from postroom.hooks.contracts import Rows
    from postroom.model.record import Table
    from postroom.testing.store_ledger_contract import Opener


class Asked(MemoryStore):
    """Skips a test that asks in SQL, at the place where it does."""

    def query(self, sql: str) -> Rows:
        pytest.skip(f"asks in SQL: {sql}")


class TestMemoryStore(Ledger, Outbox, Actions):
    @pytest.fixture
    def opener(self) -> Opener:
        disk = Disk()

        def open_store(tables: Mapping[str, Table]) -> Asked:
            store = Asked(disk=disk)
            store.open(tables)
            return store

        return open_store

    @pytest.fixture
    def store(self, opener: Opener) -> Iterator[Asked]:
        store = opener(TABLES)
        assert isinstance(store, Asked)
        yield store
        store.close()
