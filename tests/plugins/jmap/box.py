"""A mailbox on a real Cyrus, read over JMAP, as the contract suite wants it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from tests.plugins.jmap.front import Front
from tests.plugins.tokens import Issued
from tests.servers.cyrus import PASSWORD

from postroom.hooks.contracts import TransportContext
from postroom.model.settings import Secret
from postroom.testing.fault_proxy import FaultProxy
from postroom_jmap.settings import JmapSettings
from postroom_jmap.transport import JmapTransport

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tests.servers.authority import Authority
    from tests.servers.ca import LocalCA
    from tests.servers.cyrus import Person

    from postroom.model.envelope import ActionVerb
    from postroom.testing.transport_contract import Trouble

LIMIT = 1_000_000
POISON = b"Subject: poison\r\n\r\n"
_TROUBLE_AT = 15
_CONNECTIONS = 20


class Box:
    """The mailbox of a user."""

    verbs: tuple[ActionVerb, ...] = ("keep", "flag", "move", "delete")

    def __init__(self, person: Person, ca: LocalCA, issuer: Authority) -> None:
        self.person = person
        self._ca = ca
        self._issuer = issuer
        self._proxy: FaultProxy | None = None
        self._transports: list[JmapTransport] = []
        self.settings = JmapSettings(
            host="localhost",
            port=person.server.https,
            username=person.name,
            password=Secret(PASSWORD),
            ca_file=ca.ca_file,
            timeout=timedelta(seconds=20),
        )

    def deliver(self, raws: Sequence[bytes]) -> None:
        self.person.append(raws)

    def poison(self) -> bool:
        """Make the file of a message unreadable under the server."""
        self.deliver([POISON])
        (path,) = self.person.files(POISON)
        path.chmod(0)
        return True

    def trouble(self, kind: Trouble) -> Callable[[], bool]:
        """Have a proxy make trouble on the way to the server, where tokens are shown."""
        auth = Issued(self._issuer, self.person.name, "jmap")
        front = Front(kind, _TROUBLE_AT, auth, f"{self.person.name}:{PASSWORD}")
        shows, trusts = self._ca.issue("between").context(), self.person.server.trust
        doors = [front.door() for _ in range(_CONNECTIONS)]
        self._proxy = FaultProxy(("localhost", self.settings.port), doors, shows, trusts)
        self._proxy.__enter__()
        self.settings = replace(
            self.settings, port=self._proxy.port, username="", password=None, auth=auth
        )
        return lambda: front.happened

    def transport(
        self,
        max_message: int = LIMIT,
        trace: Callable[[str], None] | None = None,
        **changes: Any,
    ) -> JmapTransport:
        context = TransportContext("test", max_message, trace)
        self._transports.append(JmapTransport(replace(self.settings, **changes), context))
        return self._transports[-1]

    def close(self) -> None:
        """Close every transport that was handed out."""
        for each in self._transports:
            each.close()
        if self._proxy is not None:
            self._proxy.__exit__()
        self.person.close()

    def state(self) -> object:
        return self.person.state()
