"""A mailbox that is read over IMAP."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from tests.plugins.dovecot_box import DovecotBox

from postroom.testing.fault_proxy import No
from postroom_imap.transport import ImapTransport

if TYPE_CHECKING:
    from tests.servers.dovecot import Dovecot

    from postroom.model.envelope import ActionVerb
    from postroom.testing.fault_proxy import Fault


class Box(DovecotBox[ImapTransport]):
    kind = ImapTransport
    verbs: ClassVar[tuple[ActionVerb, ...]] = ("keep", "flag", "move", "delete")

    def ports(self, server: Dovecot) -> tuple[int, int]:
        return server.imaps, server.imap

    def later(self) -> Fault:
        return No(b"UID FETCH", b"[THROTTLED] not now")

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

    def state(self) -> object:
        """Return every message of every folder with its flags.

        Without \\Recent, which is lost as soon as anybody opens a folder to change it.
        """
        return self.exact_state().replace("\\Recent", "").split()

    def exact_state(self) -> str:
        return self.user.doveadm("fetch", "mailbox uid flags size.physical", "all")
