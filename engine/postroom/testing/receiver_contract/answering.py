"""A message comes whole, and its sender learns what became of it, no sooner than it is true."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, ClassVar

import pytest

from postroom.hooks.contracts import Reply
from postroom.testing.checks import shows
from postroom.testing.receiver_contract.line import (
    ADDRESS,
    MOMENT,
    OTHER,
    SECONDS,
    Clerk,
    message,
)
from postroom.testing.transport_contract.means import many

if TYPE_CHECKING:
    from postroom.testing.receiver_contract.line import Line

_WORDS = "no room\r\n250 all is well\x00 ü" * 30
"""Whatever the words are, they break nothing."""
_SENDERS = 4


class AnsweringContract:
    """What is told to whom, and when."""

    usually_many: ClassVar[int] = 60
    """Messages of many."""

    @pytest.fixture
    def clerk(self) -> Clerk:
        """Return the counter behind the receiver."""
        return Clerk()

    @shows("oldest first")
    def test_a_message_arrives_byte_for_byte(self, line: Line, clerk: Clerk) -> None:
        """Lines of dots, letters of other alphabets, and a very long line included."""
        odd = message(1, ".\r\n..\r\n.x\r\n" + "grüße " * 100 + "\r\n" + "x" * 200_000 + "\r\n.")
        receiver = line.receiver(clerk)
        receiver.open()
        for raw in (message(1), odd):
            assert line.send(raw, [ADDRESS]) == ["taken"]
        receiver.close()
        assert [parcel.raw for parcel in clerk.parcels] == [message(1), odd]

    @shows("positions")
    def test_nothing_is_told_before_the_commit(self, line: Line, clerk: Clerk) -> None:
        """The sender waits for it."""
        receiver = line.receiver(clerk)
        receiver.open()
        clerk.go_on.clear()
        with ThreadPoolExecutor(1) as pool:
            sending = pool.submit(line.send, message(1), [ADDRESS])
            assert clerk.busy.wait(SECONDS)
            with pytest.raises(TimeoutError):
                sending.result(MOMENT)
            clerk.go_on.set()
            assert sending.result(SECONDS) == ["taken"]
        receiver.close()

    @shows("throttled")
    def test_a_sender_who_is_to_come_later_comes_again(self, line: Line, clerk: Clerk) -> None:
        """Nothing was taken before."""
        receiver = line.receiver(clerk)
        receiver.open()
        clerk.replies[ADDRESS] = Reply("later", _WORDS)
        assert line.send(message(1), [ADDRESS]) == ["later"]
        clerk.parcels.clear()
        clerk.replies.clear()
        assert line.send(message(1), [ADDRESS]) == ["taken"]
        receiver.close()
        assert [parcel.raw for parcel in clerk.parcels] == [message(1)]

    @shows("poison")
    def test_one_message_that_is_refused_holds_up_no_other(self, line: Line, clerk: Clerk) -> None:
        """Its sender learns that there is no sense in trying again."""
        receiver = line.receiver(clerk)
        receiver.open()
        clerk.replies[ADDRESS] = Reply("never", _WORDS)
        assert line.send(message(1), [ADDRESS]) == ["never"]
        clerk.replies.clear()
        assert line.send(message(2), [ADDRESS]) == ["taken"]
        receiver.close()

    def test_each_recipient_has_a_reply(self, line: Line, clerk: Clerk) -> None:
        """In the order in which they were named."""
        if not line.several_recipients:
            return
        clerk.replies[OTHER] = Reply("later", "busy")
        receiver = line.receiver(clerk)
        receiver.open()
        assert line.send(message(1), [OTHER, ADDRESS], "ann@partner.example") == ["later", "taken"]
        assert line.send(message(2), ["nobody@kestrel.example", ADDRESS]) == ["never", "taken"]
        receiver.close()
        assert [parcel.rcpt_to for parcel in clerk.parcels] == [(OTHER, ADDRESS), (ADDRESS,)]
        assert [parcel.mail_from for parcel in clerk.parcels] == ["ann@partner.example", ""]

    @shows("poison")
    def test_what_is_too_large_is_refused_for_good(self, line: Line) -> None:
        """And what comes behind it is not."""
        clerk = Clerk(max_message=10_000)
        receiver = line.receiver(clerk)
        receiver.open()
        assert line.send(message(1, "x" * 20_000), [ADDRESS]) == ["never"]
        assert line.send(message(2), [ADDRESS]) == ["taken"]
        receiver.close()
        assert [parcel.raw for parcel in clerk.parcels] == [message(2)]

    def test_a_sender_who_waits_does_not_keep_others(self, line: Line, clerk: Clerk) -> None:
        """They are at the counter at the same time."""
        receiver = line.receiver(clerk)
        receiver.open()
        clerk.go_on.clear()
        with ThreadPoolExecutor(5) as pool:
            sending = [pool.submit(line.send, message(n), [ADDRESS]) for n in range(5)]
            assert clerk.busy.wait(SECONDS)
            clerk.go_on.set()
            assert [each.result(SECONDS) for each in sending] == [["taken"]] * 5
        receiver.close()
        assert {parcel.raw for parcel in clerk.parcels} == {message(n) for n in range(5)}

    @shows("many")
    def test_many_messages_come_once_each(self, line: Line, clerk: Clerk) -> None:
        """From several senders at a time. `POSTROOM_MANY` says how many."""
        raws = [message(number) for number in range(many(self.usually_many))]
        receiver = line.receiver(clerk)
        receiver.open()
        with ThreadPoolExecutor(_SENDERS) as pool:
            told = list(pool.map(lambda raw: line.send(raw, [ADDRESS]), raws))
        receiver.close()
        assert told == [["taken"]] * len(raws)
        assert sorted(parcel.raw for parcel in clerk.parcels) == sorted(raws)
