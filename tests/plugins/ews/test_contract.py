"""EWS keeps to the contract of a transport, with the real exchangelib."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from tests.plugins.contract import OurTransport
from tests.plugins.ews.box import Box
from tests.unit.runtime.memory import House

from postroom.model.envelope import Place
from postroom.testing.transport_contract import Ledger, message

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
    """They are the same in another place, not copies: what is due on the server goes with them."""
    house = House()
    with closing(Box(ews, ca)) as box:
        box.deliver([message(number) for number in range(3)])
        with closing(box.transport(1_000_000)) as transport:
            found = list(transport.fetch(Ledger(), 10))
    assert len(house.engine.process(house.account, found)) == 3
    by_graph = [replace(each, place=Place("INBOX", "", f"id-{n}")) for n, each in enumerate(found)]
    assert house.engine.process(house.account, by_graph) == [], "nothing is to be decided"
    assert house.engine.process(house.account, [replace(found[0], place=Place("INBOX", "", "x"))])
