"""A mailbox on a real Cyrus, read over JMAP, as the contract suite wants it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from tests.servers.cyrus import PASSWORD

from postroom.hooks.contracts import TransportContext
from postroom.model.settings import Secret
from postroom_jmap.settings import JmapSettings
from postroom_jmap.transport import JmapTransport

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tests.servers.ca import LocalCA
    from tests.servers.cyrus import Person

    from postroom.model.envelope import ActionVerb

LIMIT = 1_000_000


class Box:
    """The mailbox of a user."""

    verbs: tuple[ActionVerb, ...] = ("keep", "flag", "move", "delete")

    def __init__(self, person: Person, ca: LocalCA) -> None:
        self.person = person
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
        """Do nothing: what Cyrus lists it can give."""
        return False

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
        self.person.close()

    def state(self) -> object:
        return self.person.state()
