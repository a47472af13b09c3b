"""POP3 keeps to the contract of a transport, with both kinds of encryption and with tokens."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

import pytest
from tests.plugins.pop3.box import Box
from tests.plugins.tokens import Issued

from postroom.testing.transport_contract import Mailbox, TransportContract

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.servers.authority import Authority
    from tests.servers.ca import LocalCA
    from tests.servers.dovecot import User


class TestImplicitTls(TransportContract):
    @pytest.fixture
    def mailbox(self, user: User, ca: LocalCA) -> Iterator[Mailbox]:
        with closing(Box(user, ca, tls="implicit")) as box:
            yield box


class TestStartTlsWithTokens(TransportContract):
    @pytest.fixture
    def mailbox(self, user: User, ca: LocalCA, issuer: Authority) -> Iterator[Mailbox]:
        auth = Issued(issuer, user.name, "pop3")
        with closing(Box(user, ca, tls="starttls", password=None, auth=auth)) as box:
            yield box
