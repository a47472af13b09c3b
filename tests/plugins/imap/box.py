"""A mailbox on a real Dovecot, as the contract suite wants it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from tests.plugins.troubles import Between
from tests.servers.dovecot import PASSWORD

from postroom.hooks.contracts import TransportContext
from postroom.model.settings import Secret
from postroom.testing.fault_proxy import No
from postroom_imap.settings import ImapSettings
from postroom_imap.transport import ImapTransport

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from tests.servers.ca import LocalCA
    from tests.servers.dovecot import User

    from postroom.model.envelope import ActionVerb
    from postroom.testing.transport_contract import Trouble

LIMIT = 1_000_000


class Box:
    """The mailbox of a user."""

    verbs: tuple[ActionVerb, ...] = ("keep", "flag", "move", "delete")

    def __init__(self, user: User, ca: LocalCA, **settings: Any) -> None:
        tls = settings.get("tls", "implicit")
        self.user = user
        self.ca = ca
        self._transports: list[ImapTransport] = []
        self.settings = ImapSettings(
            host="localhost",
            port=user.server.imaps if tls == "implicit" else user.server.imap,
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
        """Make the file of a message unreadable under the server."""
        self.deliver([b"Subject: poison\r\n\r\n"])
        (path,) = (
            path
            for folder in ("new", "cur")
            for path in (self.user.maildir / folder).iterdir()
            if path.read_bytes().startswith(b"Subject: poison")
        )
        path.chmod(0)
        return True

    def trouble(self, kind: Trouble) -> Callable[[], bool] | None:
        """Have a proxy make trouble on the way to the server."""
        happened = self._between.trouble(kind, No(b"UID FETCH", b"[THROTTLED] not now"))
        if self._between.proxy is not None:
            self.settings = replace(self.settings, port=self._between.proxy.port)
        return happened

    def transport(
        self,
        max_message: int = LIMIT,
        trace: Callable[[str], None] | None = None,
        start_at: datetime | None = None,
        **changes: Any,
    ) -> ImapTransport:
        context = TransportContext("test", max_message, trace, start_at)
        self._transports.append(ImapTransport(replace(self.settings, **changes), context))
        return self._transports[-1]

    def close(self) -> None:
        """Close every transport that was handed out."""
        for each in self._transports:
            each.close()
        self._between.close()

    def state(self) -> object:
        """Return every message of every folder with its flags.

        Without \\Recent, which is lost as soon as anybody opens a folder to change it.
        """
        return self.exact_state().replace("\\Recent", "").split()

    def exact_state(self) -> str:
        return self.user.doveadm("fetch", "mailbox uid flags size.physical", "all")
