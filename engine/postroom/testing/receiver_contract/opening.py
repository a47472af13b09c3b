"""A receiver opens and closes without losing what is in hand."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from postroom.source.diagnostic import Problem
from postroom.testing.checks import shows
from postroom.testing.receiver_contract.line import ADDRESS, MOMENT, SECONDS, message

if TYPE_CHECKING:
    from postroom.testing.receiver_contract.line import Clerk, Line


class OpeningContract:
    """The sender's own queue is the position: what was not answered comes again."""

    @shows("positions")
    def test_closing_answers_what_is_in_hand(self, line: Line, clerk: Clerk) -> None:
        """And takes nothing new."""
        receiver = line.receiver(clerk)
        receiver.open()
        clerk.go_on.clear()
        with ThreadPoolExecutor(2) as pool:
            sending = pool.submit(line.send, message(1), [ADDRESS])
            assert clerk.busy.wait(SECONDS)
            closing = pool.submit(receiver.close)
            with pytest.raises(TimeoutError):
                closing.result(MOMENT)
            clerk.go_on.set()
            assert sending.result(SECONDS) == ["taken"]
            closing.result(SECONDS)
        with pytest.raises(OSError):  # noqa: PT011 - refused, reset or gone: whichever it is
            line.send(message(2), [ADDRESS])
        assert len(clerk.parcels) == 1

    def test_a_second_one_at_the_same_address_is_refused(self, line: Line, clerk: Clerk) -> None:
        """And the first goes on."""
        receiver, second = line.receiver(clerk), line.receiver(clerk)
        receiver.open()
        with pytest.raises(Problem) as caught:
            second.open()
        assert caught.value.diagnostic.code == "PR518"
        second.close()
        assert line.send(message(1), [ADDRESS]) == ["taken"]
        receiver.close()

    @shows("positions")
    def test_it_can_be_opened_again_after_it_was_closed(self, line: Line, clerk: Clerk) -> None:
        """At the same address, by a new engine."""
        for number in range(3):
            receiver = line.receiver(clerk)
            receiver.open()
            assert line.send(message(number), [ADDRESS]) == ["taken"]
            receiver.close()
            receiver.close()

    def test_closing_what_was_never_opened_is_fine(self, line: Line, clerk: Clerk) -> None:
        """Nothing happens."""
        line.receiver(clerk).close()
