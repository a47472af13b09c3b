"""JMAP keeps to the contract of a transport, on a real Cyrus.

It answers in its own time, so the large mailbox is a small one here; `POSTROOM_MANY=5000` makes it
large.
"""

from __future__ import annotations

import os

import pytest

from postroom.testing import transport_contract
from postroom.testing.transport_contract import TransportContract


class TestJmap(TransportContract):
    @pytest.fixture(autouse=True)
    def few(self, monkeypatch: pytest.MonkeyPatch) -> None:
        if "POSTROOM_MANY" not in os.environ:
            monkeypatch.setattr(transport_contract, "MANY", 60)
