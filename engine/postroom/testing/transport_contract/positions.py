"""What the ledger holds is not fetched again, and nothing is passed over."""

from __future__ import annotations

from typing import TYPE_CHECKING

from postroom.testing.checks import shows
from postroom.testing.transport_contract.means import LIMIT, Ledger, fetch, message

if TYPE_CHECKING:
    from postroom.testing.transport_contract.mailbox import Mailbox


class PositionsContract:
    """By what a message is known, and where the next fetch begins."""

    @shows("positions")
    def test_a_place_is_the_same_after_a_restart(self, mailbox: Mailbox) -> None:
        """And no two messages have the same."""
        mailbox.deliver([message(number) for number in range(5)])
        first, second = fetch(mailbox), fetch(mailbox)
        assert [each.place for each in first] == [each.place for each in second]
        assert len({each.place for each in first}) == len(first)

    @shows("positions")
    def test_what_the_ledger_holds_is_not_fetched_again(self, mailbox: Mailbox) -> None:
        """Between sweeps and in one."""
        mailbox.deliver([message(1), message(2)])
        ledger = Ledger()
        ledger.note(fetch(mailbox, ledger))
        assert fetch(mailbox, ledger) == []
        mailbox.deliver([message(3)])
        assert [each.raw for each in fetch(mailbox, ledger)] == [message(3)]
        ledger.full_sweep = True
        assert [each.raw for each in fetch(mailbox, ledger)] == [message(3)]

    @shows("positions")
    def test_one_transport_can_fetch_many_times(self, mailbox: Mailbox) -> None:
        """Each time it finds what came since."""
        transport, ledger = mailbox.transport(LIMIT), Ledger()
        for number in range(3):
            mailbox.deliver([message(number)])
            found = list(transport.fetch(ledger, 10))
            assert [each.raw for each in found] == [message(number)]
            ledger.note(found)
        transport.close()

    @shows("positions")
    def test_a_full_sweep_finds_what_lies_behind_the_cursor(self, mailbox: Mailbox) -> None:
        """A message that was passed over is not lost."""
        mailbox.deliver([message(number) for number in range(4)])
        ledger = Ledger(full_sweep=True)
        found = fetch(mailbox)
        ledger.note([found[0], found[3]])
        assert [each.raw for each in fetch(mailbox, ledger)] == [message(1), message(2)]

    @shows("positions")
    def test_a_limit_is_kept_and_the_rest_comes_next(self, mailbox: Mailbox) -> None:
        """A backlog is worked off in pieces, and in order."""
        raws = [message(number) for number in range(7)]
        mailbox.deliver(raws)
        ledger, pieces = Ledger(), []
        for _ in range(3):
            found = fetch(mailbox, ledger, limit=3)
            ledger.note(found)
            pieces.append([each.raw for each in found])
        assert pieces == [raws[:3], raws[3:6], raws[6:]]

    @shows("positions")
    def test_a_fetch_can_be_left_half_way(self, mailbox: Mailbox) -> None:
        """What was not taken comes again."""
        mailbox.deliver([message(1), message(2)])
        transport = mailbox.transport(LIMIT)
        first = next(iter(transport.fetch(Ledger(), 10)))
        assert first.raw == message(1)
        assert [each.raw for each in transport.fetch(Ledger(), 10)] == [message(1), message(2)]
        transport.close()
