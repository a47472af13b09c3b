"""A mailbox on a real Dovecot, as the contract suite wants it, whatever protocol it is read by."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any, ClassVar, Generic, TypeVar

from tests.plugins.troubles import Between
from tests.servers.dovecot import PASSWORD

from postroom.hooks.contracts import Transport, TransportContext
from postroom.model.settings import Secret

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from tests.servers.ca import LocalCA
    from tests.servers.dovecot import Dovecot, User

    from postroom.model.envelope import ActionVerb
    from postroom.testing.fault_proxy import Fault
    from postroom.testing.transport_contract import Trouble

Kind = TypeVar("Kind", bound=Transport)
LIMIT = 1_000_000


class DovecotBox(ABC, Generic[Kind]):
    """The mailbox of a user. What the protocol makes of it is up to heirs."""

    kind: ClassVar[type[Transport]]
    verbs: ClassVar[tuple[ActionVerb, ...]]

    def __init__(self, user: User, ca: LocalCA, **settings: Any) -> None:
        self.user = user
        self.ca = ca
        self._transports: list[Kind] = []
        implicit = settings.get("tls", "implicit") == "implicit"
        port = self.ports(user.server)[0 if implicit else 1]
        self.settings = self.kind.settings(
            host="localhost",
            port=port,
            username=user.name,
            ca_file=ca.ca_file,
            timeout=timedelta(seconds=10),
            **{"password": Secret(PASSWORD), **settings},
        )
        self._between = Between(port, ca, user.server.trust, settings.get("auth"), implicit)

    @abstractmethod
    def ports(self, server: Dovecot) -> tuple[int, int]:
        """Return the ports for implicit TLS and for STARTTLS."""

    @abstractmethod
    def later(self) -> Fault:
        """Return a server that says, in mid-run and once, that it wants to be asked later."""

    def deliver(self, raws: Sequence[bytes]) -> None:
        """Put messages into the mailbox."""
        self.user.append(raws)

    def trouble(self, kind: Trouble) -> Callable[[], bool] | None:
        """Have a proxy make trouble on the way to the server."""
        happened = self._between.trouble(kind, self.later())
        if self._between.proxy is not None:
            self.settings = replace(self.settings, port=self._between.proxy.port)
        return happened

    def transport(
        self,
        max_message: int = LIMIT,
        trace: Callable[[str], None] | None = None,
        start_at: datetime | None = None,
        **changes: Any,
    ) -> Kind:
        """Return a new transport; changes are those of its settings."""
        context = TransportContext("test", max_message, trace, start_at)
        made: Any = self.kind(replace(self.settings, **changes), context)
        self._transports.append(made)
        return self._transports[-1]

    def close(self) -> None:
        """Close every transport that was handed out."""
        for each in self._transports:
            each.close()
        self._between.close()
