"""A Cyrus for these tests."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

import pytest
from tests.plugins.jmap.box import Box
from tests.servers.cyrus import Cyrus

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.servers.authority import Authority
    from tests.servers.ca import Certificate, LocalCA


@pytest.fixture(scope="session")
def cyrus(certificate: Certificate, ca: LocalCA) -> Iterator[Cyrus]:
    """Run a Cyrus for all tests of the session; each takes a user of its own."""
    server = Cyrus(certificate, ca.ca_file)
    try:
        yield server.start()
    finally:
        server.remove()


@pytest.fixture
def mailbox(cyrus: Cyrus, ca: LocalCA, issuer: Authority) -> Iterator[Box]:
    """Return an empty mailbox."""
    with closing(Box(cyrus.user(), ca, issuer)) as box:
        yield box
