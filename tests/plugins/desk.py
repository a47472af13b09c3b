"""Scripts behind a good certificate, and a transport that is asked about them."""

from __future__ import annotations

from contextlib import closing, contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING, Any, ClassVar, Generic, TypeVar

import pytest
from tests.servers.script import ScriptedServer

from postroom.hooks.contracts import Transport, TransportContext
from postroom.model.settings import Secret
from postroom.source.diagnostic import Diagnostic, Problem

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.servers.ca import Certificate, LocalCA
    from tests.servers.script import Wire

Kind = TypeVar("Kind", bound=Transport)
PASSWORD = "xyzzy-47"
TIMEOUT = 0.6


class Desk(Generic[Kind]):
    """For one kind of transport, which an heir names."""

    kind: ClassVar[type[Transport]]

    def __init__(self, ca: LocalCA, certificate: Certificate) -> None:
        self.ca = ca
        self.certificate = certificate
        self.trace: list[str] = []
        self.server: ScriptedServer

    @contextmanager
    def serving(
        self,
        *scripts: Callable[[Wire], None],
        tls: str = "implicit",
        certificate: Certificate | None = None,
        **settings: Any,
    ) -> Iterator[Kind]:
        """Serve scripts, one for each connection, to a transport with these settings."""
        context = (certificate or self.certificate).context() if tls == "implicit" else None
        with ScriptedServer(*scripts, tls=context) as self.server:
            usual = {
                "host": "localhost", "port": self.server.port, "username": "me",
                "password": Secret(PASSWORD), "ca_file": self.ca.ca_file,
                "timeout": timedelta(seconds=TIMEOUT),
            }  # fmt: skip
            told = self.kind.settings(tls=tls, **{**usual, **settings})
            transport: Any = self.kind(told, TransportContext("test", 5_000, self.trace.append))
            with closing(transport):
                yield transport

    def refused(self, *scripts: Callable[[Wire], None], **settings: Any) -> Diagnostic:
        """Return why a transport cannot be used; the password must be nowhere in it."""
        with self.serving(*scripts, **settings) as transport, pytest.raises(Problem) as caught:
            transport.probe()
        assert PASSWORD not in f"{caught.value} {caught.value.diagnostic} {self.trace}"
        return caught.value.diagnostic
