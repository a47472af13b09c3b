"""What our own transports and receivers are held to besides, with an engine around them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.unit.runtime.memory import House, envelope

from postroom.runtime.events import Committed
from postroom.runtime.intake import Intake
from postroom.runtime.receiving import Counter
from postroom.testing.checks import shows
from postroom.testing.receiver_contract import ADDRESS, ReceiverContract
from postroom.testing.receiver_contract import message as handed
from postroom.testing.transport_contract import Ledger, TransportContract, message

if TYPE_CHECKING:
    from collections.abc import Sequence

    from postroom.testing.receiver_contract import Line, Told
    from postroom.testing.transport_contract import Mailbox

BEFORE = 4


class OurTransport(TransportContract):
    @shows("moved to")
    def test_an_account_that_moves_here_imports_nothing_again(self, mailbox: Mailbox) -> None:
        """What another transport brought is known by its bytes; what is new comes in."""
        house, raws = House(), [message(number) for number in range(BEFORE + 1)]
        house.engine.process(house.account, [envelope(n, raws[n]) for n in range(BEFORE)])
        mailbox.deliver(raws)
        transport = mailbox.transport(1_000_000)
        found = list(transport.fetch(Ledger(), 100))
        transport.close()
        house.engine.process(house.account, found)
        assert len(found) == BEFORE + 1
        assert created(house) == BEFORE + 1


class OurReceiver(ReceiverContract):
    @shows("settle twice")
    def test_what_is_sent_twice_is_one_record(self, line: Line) -> None:
        """A sender who has not heard the answer sends the message again."""
        house = House()
        assert send(line, house, [handed(1), handed(1)]) == ["taken", "taken"]
        assert created(house) == 1

    @shows("moved to")
    def test_an_account_that_moves_here_imports_nothing_again(self, line: Line) -> None:
        """What a transport brought before is known by its bytes; what is new comes in."""
        house, raws = House(), [handed(number) for number in range(BEFORE + 1)]
        house.engine.process(house.account, [envelope(n, raws[n]) for n in range(BEFORE)])
        assert send(line, house, raws) == ["taken"] * len(raws)
        assert created(house) == BEFORE + 1


def send(line: Line, house: House, raws: Sequence[bytes]) -> list[Told]:
    """Hand messages to an engine, one after the other; return what is told."""
    intake = Intake(house.engine)
    receiver = line.receiver(Counter(house.engine, intake, "test", ("support",)))
    receiver.open()
    told = [line.send(raw, [ADDRESS])[0] for raw in raws]
    receiver.close()
    intake.close()
    return told


def created(house: House) -> int:
    """Return how many records there are."""
    decided = [each for event in house.events(Committed) for each in event.decided]
    return sum(decision.outcome == "created" for _, decision in decided)
