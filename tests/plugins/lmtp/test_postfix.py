"""A real Postfix hands over by LMTP, keeps what it is told to, and comes again."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from time import monotonic, sleep
from typing import TYPE_CHECKING

import pytest
from tests.plugins.contract import created
from tests.servers.ports import free_ports
from tests.servers.postfix import Postfix
from tests.unit.runtime.memory import House

from postroom.hooks.contracts import Reply
from postroom.runtime.receiving.intake import Intake
from postroom.runtime.receiving.receivers import Counter
from postroom.testing.checks import shows
from postroom.testing.fault_proxy import Fault, FaultProxy
from postroom.testing.receiver_contract import Clerk
from postroom.testing.transport_contract import message
from postroom.testing.transport_contract.means import many
from postroom_lmtp.receiver import LmtpReceiver
from postroom_lmtp.settings import LmtpSettings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from postroom.hooks import contracts
    from postroom.testing.fault_proxy import Line


@dataclass(eq=False)
class Deaf(Fault):
    """The connection is gone as soon as the client has said so much."""

    left: int

    def client_says(self, line: Line, data: bytes) -> bytes:
        self.left -= len(data)
        if self.left < 0:
            line.reset()
        return data


@dataclass(eq=False)
class Mute(Fault):
    """The connection is gone instead of the reply to a message."""

    heard: bytes = b""

    def client_says(self, line: Line, data: bytes) -> bytes:
        del line
        self.heard = (self.heard + data)[-40:]
        return data

    def server_says(self, line: Line, data: bytes) -> None:
        if b"\r\n.\r\n" in self.heard:
            line.reset()
        line.say(data)


@dataclass
class Handover:
    """A Postfix, a proxy that it hands over through, and the port behind it."""

    postfix: Postfix
    proxy: FaultProxy
    port: int
    sent: int = 0

    @contextmanager
    def open(self, counter: contracts.Counter) -> Iterator[None]:
        receiver = LmtpReceiver(LmtpSettings(port=self.port), counter)
        receiver.open()
        try:
            yield
        finally:
            receiver.close()

    def send(self, raw: bytes) -> str:
        """Send a message to an address of its own; return the address."""
        self.sent += 1
        to = f"support+{self.sent}@example.test"
        self.postfix.send(raw, [to])
        return to


class Everybody(Clerk):
    """Expects mail for everybody."""

    def expects(self, recipient: str) -> Reply:
        del recipient
        return Reply("taken")


@pytest.fixture(scope="module")
def handover() -> Iterator[Handover]:
    (port,) = free_ports(1)
    with FaultProxy(("127.0.0.1", port)) as proxy:
        # one at a time, so that the order is that of sending; and every connection is a new one
        more = "lmtp_destination_concurrency_limit = 1\nlmtp_connection_cache_on_demand = no\n"
        postfix = Postfix(f"lmtp:inet:127.0.0.1:{proxy.port}", more)
        try:
            yield Handover(postfix.start(), proxy, port)
        finally:
            postfix.remove()


class TestByPostfix:
    @shows("oldest first", "many")
    def test_messages_come_whole_and_in_order(self, handover: Handover) -> None:
        """With nothing but fields of Postfix before them. `POSTROOM_MANY` says how many."""
        clerk, raws = Everybody(), [message(number) for number in range(many(20))]
        with handover.open(clerk):
            for raw in raws:
                handover.send(raw)
            give_up_at = monotonic() + 60 + len(raws) / 10
            while len(clerk.parcels) < len(raws) and monotonic() < give_up_at:
                sleep(0.02)
        found = [parcel.raw for parcel in clerk.parcels]
        assert [raw[raw.index(b"From: Ann") :] for raw in sorted(found, key=by_subject)] == raws
        assert len(found) == len(raws)

    @shows("throttled")
    def test_what_is_to_come_later_comes_again(self, handover: Handover) -> None:
        clerk = Everybody()
        clerk.replies = dict.fromkeys([f"support+{handover.sent + 1}@example.test"], LATER)
        with handover.open(clerk):
            to = handover.send(message(1))
            handover.postfix.wait_for(to, "deferred")
            clerk.replies.clear()
            handover.postfix.flush()
            handover.postfix.wait_for(to, "sent")
        assert len(clerk.parcels) == 2, "the first one was not taken"

    @shows("poison")
    def test_what_is_refused_for_good_holds_up_no_other(self, handover: Handover) -> None:
        clerk = Everybody(max_message=10_000)
        with handover.open(clerk):
            large, small = handover.send(message(1, "x" * 20_000)), handover.send(message(2))
            handover.postfix.wait_for(large, "bounced")
            handover.postfix.wait_for(small, "sent")
        assert len(clerk.parcels) == 1

    @shows("line cut")
    def test_a_line_that_breaks_in_a_message_costs_nothing(self, handover: Handover) -> None:
        clerk = Everybody()
        handover.proxy.faults.append(Deaf(50_000))
        with handover.open(clerk):
            to = handover.send(message(1, ("x" * 70 + "\r\n") * 1_500))
            handover.postfix.wait_for(to, "deferred")
            handover.postfix.flush()
            handover.postfix.wait_for(to, "sent")
        assert len(clerk.parcels) == 1

    @shows("settle twice", "positions")
    def test_an_answer_that_is_lost_makes_no_second_record(self, handover: Handover) -> None:
        house = House(rules_text=RULES)
        intake = Intake(house.engine)
        handover.proxy.faults.append(Mute())
        with handover.open(Counter(house.engine, intake, "lmtp", ("support",))):
            to = handover.send(message(1))
            handover.postfix.wait_for(to, "deferred")
            assert created(house) == 1
            handover.postfix.flush()
            handover.postfix.wait_for(to, "sent")
        intake.close()
        assert created(house) == 1


def by_subject(raw: bytes) -> int:
    return int(raw.partition(b"Subject: Message ")[2].partition(b"\r\n")[0])


LATER = Reply("later", "not now")
RULES = House().rules_text.replace("@kestrel.example", "@example.test")
