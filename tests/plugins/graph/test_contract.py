"""Graph keeps to the contracts of a transport and of a notifier, with the real httpx."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

import pytest
from tests.plugins.contract import OurTransport
from tests.plugins.graph.box import Box, SendDesk

from postroom.testing.notifier_contract import Desk, MailContract

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.servers.ca import LocalCA
    from tests.servers.graph import FakeGraph

    from postroom.testing.transport_contract import Mailbox


class TestReading(OurTransport):
    @pytest.fixture
    def mailbox(self, graph: FakeGraph, ca: LocalCA) -> Iterator[Mailbox]:
        with closing(Box(graph, ca)) as box:
            yield box


class TestSending(MailContract):
    @pytest.fixture
    def desk(self, graph: FakeGraph, ca: LocalCA) -> Iterator[Desk]:
        with closing(SendDesk(graph, ca)) as desk:
            yield desk
