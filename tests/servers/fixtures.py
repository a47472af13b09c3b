"""Fixtures of real servers; a conftest asks for them with `pytest_plugins`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.servers.authority import Authority
from tests.servers.ca import Certificate, LocalCA
from tests.servers.clamd import Clamd
from tests.servers.dovecot import Dovecot, User
from tests.servers.ews import FakeEws
from tests.servers.graph import FakeGraph

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="session")
def ca(tmp_path_factory: pytest.TempPathFactory) -> LocalCA:
    """Return a certificate authority that nobody else trusts."""
    return LocalCA(tmp_path_factory.mktemp("ca"))


@pytest.fixture(scope="session")
def certificate(ca: LocalCA) -> Certificate:
    """Return a good certificate for localhost."""
    return ca.issue()


@pytest.fixture(scope="session")
def issuer(certificate: Certificate) -> Iterator[Authority]:
    """Run an OAuth 2 authority that the mail servers of the session ask about tokens."""
    with Authority(certificate) as authority:
        yield authority


@pytest.fixture(scope="session")
def dovecot(ca: LocalCA, certificate: Certificate, issuer: Authority) -> Iterator[Dovecot]:
    """Run a Dovecot for all tests of the session; each takes a user of its own."""
    server = Dovecot(certificate, ca.ca_file, issuer.base)
    try:
        yield server.start()
    finally:
        server.remove()


@pytest.fixture
def clamd() -> Iterator[Clamd]:
    """Run a ClamAV that knows the EICAR test file and nothing else."""
    with Clamd() as server:
        yield server


@pytest.fixture
def user(dovecot: Dovecot) -> User:
    """Return somebody with an empty mailbox."""
    return dovecot.user()


@pytest.fixture
def graph(ca: LocalCA, certificate: Certificate, issuer: Authority) -> Iterator[FakeGraph]:
    """Run a Microsoft Graph without mailboxes."""
    with FakeGraph(certificate, issuer, ca.ca_file) as graph:
        yield graph


@pytest.fixture
def ews(certificate: Certificate, issuer: Authority) -> Iterator[FakeEws]:
    """Run an Exchange without mailboxes."""
    with FakeEws(certificate, issuer) as ews:
        yield ews
