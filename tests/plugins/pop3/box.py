"""A mailbox on a real Dovecot, read over POP3, as the contract suite wants it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from tests.plugins.troubles import Between, Err, Never
from tests.servers.dovecot import PASSWORD

from postroom.hooks.contracts import TransportContext
from postroom.model.settings import Secret
from postroom_pop3.settings import Pop3Settings
from postroom_pop3.transport import Pop3Transport

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tests.servers.ca import LocalCA
    from tests.servers.dovecot import User

    from postroom.model.envelope import ActionVerb
    from postroom.testing.transport_contract import Trouble

LIMIT = 1_000_000


class Box:
    """The mailbox of a user."""

    verbs: tuple[ActionVerb, ...] = ("keep", "delete")

    def __init__(self, user: User, ca: LocalCA, **settings: Any) -> None:
        tls = settings.get("tls", "implicit")
        self.user = user
        self._transports: list[Pop3Transport] = []
        self.settings = Pop3Settings(
            host="localhost",
            port=user.server.pop3s if tls == "implicit" else user.server.pop3,
            username=user.name,
            ca_file=ca.ca_file,
            timeout=timedelta(seconds=10),
            **{"password": Secret(PASSWORD), **settings},
        )

        self._between = Between(
            self.settings.port or 0, ca, user.server.trust, settings.get("auth"), tls == "implicit"
        )

    def deliver(self, raws: Sequence[bytes]) -> None:
        self.user.append(raws)

    def poison(self) -> bool:
        """Have a proxy refuse it: of a file that it cannot read, Dovecot ends the session."""
        if self.settings.tls != "implicit":
            pytest.skip("it is shown with TLS from the first byte; the rest is the same")
        self.deliver([b"Subject: poison\r\n\r\n"])
        count = len(self.user.doveadm("search", "all").splitlines())
        faults = [Never(b"RETR %d" % count) for _ in range(8)]
        self.settings = replace(self.settings, port=self._between.open(faults))
        return True

    def trouble(self, kind: Trouble) -> Callable[[], bool] | None:
        """Have a proxy make trouble on the way to the server."""
        happened = self._between.trouble(kind, Err(b"RETR", after=70))
        if self._between.proxy is not None:
            self.settings = replace(self.settings, port=self._between.proxy.port)
        return happened

    def transport(
        self,
        max_message: int = LIMIT,
        trace: Callable[[str], None] | None = None,
        **changes: Any,
    ) -> Pop3Transport:
        context = TransportContext("test", max_message, trace)
        self._transports.append(Pop3Transport(replace(self.settings, **changes), context))
        return self._transports[-1]

    def close(self) -> None:
        """Close every transport that was handed out."""
        for each in self._transports:
            each.close()
        self._between.close()

    def state(self) -> object:
        """Return every message: flags are beyond what a POP3 client can see or change."""
        return self.user.doveadm("fetch", "mailbox uid size.physical", "all")
