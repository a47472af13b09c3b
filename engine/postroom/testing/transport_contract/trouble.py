"""What goes wrong between us and the server costs no message."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

import pytest

from postroom.source.diagnostic import Problem
from postroom.testing.checks import shows
from postroom.testing.transport_contract.mailbox import Troubled
from postroom.testing.transport_contract.means import LIMIT, Ledger, message

if TYPE_CHECKING:
    from postroom.hooks.contracts import Transport
    from postroom.model.envelope import Envelope
    from postroom.testing.transport_contract.mailbox import Mailbox, Trouble

_PASSING: Final = ("PR510", "PR514", "PR516")
"""Problems after which it is tried again."""
_ROUNDS: Final = 6
"""Fetches within which trouble must be over."""


class TroubleContract:
    """All messages come, in order, whole and once, when it is tried again."""

    in_a_run: ClassVar[int] = 150
    """Messages, in the middle of which there is trouble; a server may have fewer."""

    @shows("throttled")
    def test_a_server_that_wants_to_be_asked_later_costs_no_message(self, mailbox: Mailbox) -> None:
        """It says so once, in the middle of a run."""
        self._go_through("throttled", mailbox)

    @shows("token ends")
    def test_a_token_that_ends_in_mid_run_costs_no_message(self, mailbox: Mailbox) -> None:
        """A new one is asked for."""
        self._go_through("expired", mailbox)

    @shows("line cut")
    def test_a_line_that_breaks_in_mid_run_costs_no_message(self, mailbox: Mailbox) -> None:
        """A new one is made."""
        self._go_through("cut", mailbox)

    def _go_through(self, kind: Trouble, mailbox: Mailbox) -> None:
        happened = mailbox.trouble(kind) if isinstance(mailbox, Troubled) else None
        if happened is None:
            pytest.skip("there is no such trouble here")
        body = "x" * 70 + "\r\n" + "y" * 900
        raws = [message(number, body) for number in range(self.in_a_run)]
        mailbox.deliver(raws)
        transport, ledger = mailbox.transport(LIMIT), Ledger()
        found = [each for _ in range(_ROUNDS) for each in _as_far_as_it_goes(transport, ledger)]
        transport.close()
        assert happened()
        assert [each.raw for each in found] == raws
        assert all(each.problem is None for each in found)


def _as_far_as_it_goes(transport: Transport, ledger: Ledger) -> list[Envelope]:
    """Fetch until it ends, or until a problem that passes."""
    found: list[Envelope] = []
    try:
        for each in transport.fetch(ledger, 10_000):
            ledger.note([each])
            found.append(each)
    except Problem as problem:
        if problem.diagnostic.code not in _PASSING:
            raise
    return found
