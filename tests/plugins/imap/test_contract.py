"""IMAP keeps to the contract of a transport, with both kinds of encryption."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

import pytest
from tests.plugins.contract import OurTransport
from tests.plugins.imap.box import Box

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.servers.ca import LocalCA
    from tests.servers.dovecot import User

    from postroom.testing.transport_contract import Mailbox


class TestImplicitTls(OurTransport):
    @pytest.fixture
    def mailbox(self, user: User, ca: LocalCA) -> Iterator[Mailbox]:
        with closing(Box(user, ca, tls="implicit")) as box:
            yield box


class TestStartTls(OurTransport):
    @pytest.fixture
    def mailbox(self, user: User, ca: LocalCA) -> Iterator[Mailbox]:
        with closing(Box(user, ca, tls="starttls")) as box:
            yield box
