"""EWS keeps to the contract of a transport, with the real exchangelib."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

import pytest
from tests.plugins.contract import OurTransport
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
