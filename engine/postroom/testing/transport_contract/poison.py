"""One message that cannot be had costs one message."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from postroom.testing.checks import shows
from postroom.testing.transport_contract.means import Ledger, fetch, message

if TYPE_CHECKING:
    from postroom.testing.transport_contract.mailbox import Mailbox


class PoisonContract:
    """What is wrong with one message holds up no other."""

    def test_of_a_message_that_is_too_large_there_is_only_the_header(
        self, mailbox: Mailbox
    ) -> None:
        """The others come as ever."""
        large = message(2, body="x" * 70 + ("\r\n" + "x" * 70) * 300)
        mailbox.deliver([message(1), large, message(3)])
        transport = mailbox.transport(2_000)
        found = list(transport.fetch(Ledger(), 10))
        transport.close()
        assert [each.problem is None for each in found] == [True, False, True]
        assert found[1].raw == large[: large.index(b"\r\n\r\n") + 4]
        assert found[1].size == len(large)
        assert [found[0].raw, found[2].raw] == [message(1), message(3)]

    @shows("poison")
    def test_one_message_that_cannot_be_had_costs_one_message(self, mailbox: Mailbox) -> None:
        """It comes with its problem; those before and behind it come whole."""
        mailbox.deliver([message(1), message(2)])
        if not mailbox.poison():
            pytest.skip("there is no such message here")
        mailbox.deliver([message(3)])
        found = fetch(mailbox)
        assert len(found) == 4
        assert [each.raw for each in found if not each.problem] == [
            message(1), message(2), message(3),
        ]  # fmt: skip
        assert sum(each.problem is not None for each in found) == 1
