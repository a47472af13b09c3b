"""The suite that every store must pass, ours and everybody's.

Subclass `StoreContract` in a test module of your own, and give it a pytest fixture named `opener`:
what it returns makes a new store on the data of the test, opens it with the tables it is given, and
returns it. Called again, it opens the same data, as the next engine would.

    class TestMyStore(StoreContract):
        @pytest.fixture
        def opener(self, tmp_path):
            def open_store(tables):
                store = MyStore(MySettings(), tmp_path)
                store.open(tables)
                return store
            return open_store
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from postroom.testing.store_delivery_contract import Actions, Outbox
from postroom.testing.store_ledger_contract import Ledger
from postroom.testing.store_rows import TABLES
from postroom.testing.store_tables_contract import Readers, Tables

if TYPE_CHECKING:
    from collections.abc import Iterator

    from postroom.hooks.contracts import Store
    from postroom.testing.store_ledger_contract import Opener


class StoreContract(Ledger, Outbox, Actions, Tables, Readers):
    """What the engine relies on."""

    @pytest.fixture
    def store(self, opener: Opener) -> Iterator[Store]:
        """Give a store that is open and empty."""
        store = opener(TABLES)
        yield store
        store.close()
