"""A mailbox on the fake of Exchange Web Services, as the contract suite wants it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from tests.plugins.tokens import Issued
from tests.servers.ews import PASSWORD, USER
from tests.servers.web import Response

from postroom.hooks.contracts import TransportContext
from postroom.model.settings import Secret
from postroom_ews.settings import EwsSettings
from postroom_ews.transport import EwsTransport

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tests.servers.ca import LocalCA
    from tests.servers.ews import FakeEws
    from tests.servers.ews_soap import EwsError

    from postroom.model.envelope import ActionVerb
    from postroom.testing.transport_contract import Trouble

LIMIT = 1_000_000
ADDRESS = "help@kestrel.example"
_TROUBLE_AT = 2


class Box:
    """The mailbox of an address; signed in with a password, or as an application."""

    verbs: tuple[ActionVerb, ...] = ("keep", "flag", "move", "delete")

    def __init__(self, ews: FakeEws, ca: LocalCA, *, tokens: bool = False) -> None:
        self.ews = ews
        self.mailbox = ews.mailbox(ADDRESS)
        self.auth = Issued(ews.issuer, "app:app-id", "ews") if tokens else None
        self._transports: list[EwsTransport] = []
        self.settings = EwsSettings(
            url=ews.url,
            mailbox=ADDRESS,
            username=None if tokens else USER,
            password=None if tokens else Secret(PASSWORD),
            method="basic",
            auth=self.auth,
            impersonate=tokens,
            ca_file=ca.ca_file,
            timeout=timedelta(seconds=10),
        )

    def deliver(self, raws: Sequence[bytes]) -> None:
        for raw in raws:
            self.mailbox.deliver(raw)

    def poison(self) -> bool:
        self.mailbox.deliver(b"Subject: poison\r\n\r\n").poison = True
        return True

    def trouble(self, kind: Trouble) -> Callable[[], bool] | None:
        """Have it come with one of the messages, in the middle."""
        if kind == "expired" and self.auth is None:
            return None
        asked: list[str] = []

        def at_the_last(operation: str) -> Response | EwsError | None:
            if operation != "GetItem":
                return None
            asked.append(operation)
            return self._have(kind) if len(asked) == _TROUBLE_AT else None

        self.ews.answers.append(at_the_last)
        return lambda: len(asked) >= _TROUBLE_AT

    def _have(self, kind: Trouble) -> Response | None:
        match kind:
            case "throttled":
                return Response(429, b"", {"Retry-After": "7"})
            case "cut":
                return Response(200, b"<s:Envelope " * 20, breaks_after=20)
            case "expired":
                assert self.auth is not None
                self.ews.issuer.access[self.auth.handed_out[-1]].until = 0
                return None

    def transport(
        self,
        max_message: int = LIMIT,
        trace: Callable[[str], None] | None = None,
        **changes: Any,
    ) -> EwsTransport:
        context = TransportContext("test", max_message, trace)
        self._transports.append(EwsTransport(replace(self.settings, **changes), context))
        return self._transports[-1]

    def close(self) -> None:
        """Close every transport that was handed out."""
        for each in self._transports:
            each.close()

    def state(self) -> object:
        return self.mailbox.state()
