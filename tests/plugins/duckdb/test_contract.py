from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from postroom.testing.store_contract import StoreContract
from postroom_duckdb.settings import DuckdbSettings
from postroom_duckdb.store import DuckdbStore

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from postroom.hooks.contracts import Store
    from postroom.model.record import Table
    from postroom.testing.store_ledger_contract import Opener


class TestDuckdb(StoreContract):
    @pytest.fixture
    def opener(self, tmp_path: Path) -> Opener:
        def open_store(tables: Mapping[str, Table]) -> Store:
            store = DuckdbStore(DuckdbSettings(), tmp_path / "data")
            store.open(tables)
            return store

        return open_store
