"""POP3 keeps to the contract of a transport, with both kinds of encryption and with tokens."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

import pytest
from tests.plugins.contract import OurTransport, moves_on_to_graph
from tests.plugins.pop3.box import Box
from tests.plugins.tokens import Issued

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.servers.authority import Authority
    from tests.servers.ca import LocalCA
    from tests.servers.dovecot import User

    from postroom.testing.transport_contract import Mailbox


class TestImplicitTls(OurTransport):
    @pytest.fixture
    def mailbox(self, user: User, ca: LocalCA) -> Iterator[Mailbox]:
        with closing(Box(user, ca, tls="implicit")) as box:
            yield box


class TestStartTlsWithTokens(OurTransport):
    @pytest.fixture
    def mailbox(self, user: User, ca: LocalCA, issuer: Authority) -> Iterator[Mailbox]:
        auth = Issued(issuer, user.name, "pop3")
        with closing(Box(user, ca, tls="starttls", password=None, auth=auth)) as box:
            yield box


def test_an_account_that_moves_on_to_graph_has_moved_its_messages(user: User, ca: LocalCA) -> None:
    with closing(Box(user, ca, tls="implicit")) as box:
        moves_on_to_graph(box)
