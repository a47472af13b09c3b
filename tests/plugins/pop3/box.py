"""A mailbox that is read over POP3."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

import pytest
from tests.plugins.dovecot_box import DovecotBox
from tests.plugins.troubles import Err, Never

from postroom_pop3.transport import Pop3Transport

if TYPE_CHECKING:
    from tests.servers.dovecot import Dovecot

    from postroom.model.envelope import ActionVerb
    from postroom.testing.fault_proxy import Fault


class Box(DovecotBox[Pop3Transport]):
    kind = Pop3Transport
    verbs: ClassVar[tuple[ActionVerb, ...]] = ("keep", "delete")

    def ports(self, server: Dovecot) -> tuple[int, int]:
        return server.pop3s, server.pop3

    def later(self) -> Fault:
        return Err(b"RETR", after=70)

    def poison(self) -> bool:
        """Have a proxy refuse it: of a file that it cannot read, Dovecot ends the session."""
        if self.settings.tls != "implicit":
            pytest.skip("it is shown with TLS from the first byte; the rest is the same")
        self.deliver([b"Subject: poison\r\n\r\n"])
        count = len(self.user.doveadm("search", "all").splitlines())
        faults = [Never(b"RETR %d" % count) for _ in range(8)]
        self.settings = replace(self.settings, port=self._between.open(faults))
        return True

    def state(self) -> object:
        """Return every message: flags are beyond what a POP3 client can see or change."""
        return self.user.doveadm("fetch", "mailbox uid size.physical", "all")
