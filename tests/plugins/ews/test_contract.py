"""EWS keeps to the contract of a transport, with the real exchangelib."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

import pytest
from tests.plugins.contract import OurTransport, moves_on_to_graph
from tests.plugins.ews.box import Box

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.servers.ca import LocalCA
    from tests.servers.ews import FakeEws

    from postroom.testing.transport_contract import Mailbox


class TestPassword(OurTransport):
    @pytest.fixture
    def mailbox(self, ews: FakeEws, ca: LocalCA) -> Iterator[Mailbox]:
        with closing(Box(ews, ca)) as box:
            yield box


class TestApplication(OurTransport):
    @pytest.fixture
    def mailbox(self, ews: FakeEws, ca: LocalCA) -> Iterator[Mailbox]:
        with closing(Box(ews, ca, tokens=True)) as box:
            yield box


def test_an_account_that_moves_on_to_graph_has_moved_its_messages(
    ews: FakeEws, ca: LocalCA
) -> None:
    with closing(Box(ews, ca)) as box:
        moves_on_to_graph(box)
