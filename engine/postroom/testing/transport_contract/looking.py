"""Looking at a mailbox, waiting for mail, and letting go."""

from __future__ import annotations

from datetime import timedelta
from time import monotonic
from typing import TYPE_CHECKING

from postroom.testing.checks import shows
from postroom.testing.transport_contract.means import LIMIT, Ledger, fetch, message

if TYPE_CHECKING:
    from postroom.testing.transport_contract.mailbox import Mailbox


class LookingContract:
    """What costs a server little and changes nothing there."""

    @shows("probe")
    def test_probe_counts_and_changes_nothing(self, mailbox: Mailbox) -> None:
        """Its high-water mark moves with new mail."""
        transport = mailbox.transport(LIMIT)
        mailbox.deliver([message(1)])
        before, first = mailbox.state(), transport.probe()
        assert first.ok
        assert first.waiting in (1, None)
        assert mailbox.state() == before
        mailbox.deliver([message(2)])
        assert transport.probe().high_water != first.high_water
        transport.close()

    @shows("probe")
    def test_the_newest_message_of_a_probe_lies_where_it_is_fetched_from(
        self, mailbox: Mailbox
    ) -> None:
        """So that it can be looked for in the ledger. A transport need not know it."""
        transport = mailbox.transport(LIMIT)
        assert transport.probe().newest is None
        mailbox.deliver([message(1), message(2)])
        newest = transport.probe().newest
        transport.close()
        assert newest in (None, fetch(mailbox)[-1].place)

    def test_waiting_ends_in_time(self, mailbox: Mailbox) -> None:
        """With push or without."""
        transport = mailbox.transport(LIMIT)
        list(transport.fetch(Ledger(), 1))
        started = monotonic()
        transport.wait(timedelta(seconds=0.2))
        transport.close()
        assert monotonic() - started < 5

    def test_closing_twice_is_closing(self, mailbox: Mailbox) -> None:
        """Also before anything was asked."""
        transport = mailbox.transport(LIMIT)
        transport.close()
        transport.close()
