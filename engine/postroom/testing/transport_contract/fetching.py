"""Messages come whole, oldest first, however many there are."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, ClassVar

from postroom.testing.checks import shows
from postroom.testing.transport_contract.means import fetch, many, message

if TYPE_CHECKING:
    from postroom.testing.transport_contract.mailbox import Mailbox


class FetchingContract:
    """What comes, and in which order."""

    usually_many: ClassVar[int] = 1000
    """Messages of a large mailbox; a server that takes its time may have fewer."""

    def test_an_empty_mailbox_has_nothing(self, mailbox: Mailbox) -> None:
        """Nothing is not an error."""
        assert fetch(mailbox) == []

    @shows("oldest first")
    def test_messages_come_whole_and_oldest_first(self, mailbox: Mailbox) -> None:
        """Byte for byte as they were delivered."""
        raws = [message(number) for number in range(12)]
        mailbox.deliver(raws)
        found = fetch(mailbox)
        assert [each.raw for each in found] == raws
        assert [each.size for each in found] == [len(raw) for raw in raws]
        assert all(each.problem is None for each in found)

    def test_a_time_of_arrival_has_a_time_zone(self, mailbox: Mailbox) -> None:
        """It is in UTC, or left out."""
        mailbox.deliver([message(1)])
        (found,) = fetch(mailbox)
        assert found.received_at is None or found.received_at.utcoffset() == timedelta(0)

    def test_fetch_changes_nothing(self, mailbox: Mailbox) -> None:
        """No flag, no name, no message."""
        mailbox.deliver([message(number) for number in range(3)])
        before = mailbox.state()
        fetch(mailbox)
        assert mailbox.state() == before

    @shows("many")
    def test_many_messages_come_in_order(self, mailbox: Mailbox) -> None:
        """None twice, none left out. `POSTROOM_MANY` says how many."""
        raws = [message(number) for number in range(many(self.usually_many))]
        mailbox.deliver(raws)
        assert [each.raw for each in fetch(mailbox)] == raws
