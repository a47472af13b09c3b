"""What breaks off was not delivered, and what comes too late is not believed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from postroom.testing.checks import shows
from postroom.testing.receiver_contract.line import ADDRESS, Breakable, message

if TYPE_CHECKING:
    from postroom.testing.receiver_contract.line import Clerk, Line


class TroubleContract:
    """What goes wrong on the way."""

    @shows("line cut")
    def test_a_line_that_breaks_in_a_message_has_delivered_nothing(
        self, line: Line, clerk: Clerk
    ) -> None:
        """The next one does, and whole."""
        if not isinstance(line, Breakable):
            pytest.skip("there is no such trouble here")
        raw = message(1, "x" * 70 + ("\r\n" + "x" * 70) * 300)
        receiver = line.receiver(clerk)
        receiver.open()
        line.break_off(raw, [ADDRESS])
        assert line.send(raw, [ADDRESS]) == ["taken"]
        receiver.close()
        assert [parcel.raw for parcel in clerk.parcels] == [raw]

    @shows("token ends")
    def test_a_proof_that_has_run_out_is_not_believed(self, line: Line, clerk: Clerk) -> None:
        """With a new one the message is taken."""
        if not isinstance(line, Breakable):
            pytest.skip("there is no such trouble here")
        receiver = line.receiver(clerk)
        receiver.open()
        assert line.send_late(message(1), [ADDRESS]) == ["never"]
        assert clerk.parcels == []
        assert line.send(message(1), [ADDRESS]) == ["taken"]
        receiver.close()
