"""The suite that every receiver must pass, ours and everybody's.

Subclass `ReceiverContract` in a test module of your own, and give it a pytest fixture named `line`
that returns a `Line`: a way to open your receiver for a counter, and to send mail to it.

    class TestMyReceiver(ReceiverContract):
        @pytest.fixture
        def line(self, tmp_path):
            return MyLine(tmp_path)
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Event, Lock
from typing import TYPE_CHECKING, Literal, Protocol, TypeAlias

import pytest

from postroom.hooks.contracts import Reply
from postroom.source.diagnostic import Problem

if TYPE_CHECKING:
    from collections.abc import Sequence

    from postroom.hooks.contracts import Parcel, Receiver

Told: TypeAlias = Literal["taken", "later", "never"]
ADDRESS = "support@kestrel.example"
OTHER = "sales@kestrel.example"
_SECONDS = 20.0
_MOMENT = 0.2


class Line(Protocol):
    """What the author of a receiver provides: both ends of a line."""

    @property
    def several_recipients(self) -> bool:
        """Whether a message can be for several recipients, each with a reply of its own."""
        ...

    def receiver(self, counter: Clerk) -> Receiver:
        """Return a new receiver, not opened; always at the same address. The fixture closes it."""
        ...

    def send(self, raw: bytes, recipients: Sequence[str], sender: str = "") -> list[Told]:
        """Send a message over a new connection; return what is told for each recipient.

        Raises OSError if nobody listens, or the line breaks before there is an answer.
        """
        ...


class Clerk:
    """A `postroom.hooks.contracts.Counter` that keeps what it is handed, and says what it is told.

    It expects mail for `ADDRESS` and `OTHER`.
    """

    def __init__(self, max_message: int = 1_000_000) -> None:
        self.max_message = max_message
        self.accounts: tuple[str, ...] = ("support", "sales")
        self.parcels: list[Parcel] = []
        self.replies: dict[str, Reply] = {}
        """By recipient; for everybody else `taken`."""
        self.busy = Event()
        """Set as soon as something was handed in."""
        self.go_on = Event()
        """The commit lasts until it is set."""
        self.go_on.set()
        self._lock = Lock()

    def expects(self, recipient: str) -> Reply:
        """Return whether it is one of the two addresses."""
        return Reply("taken" if recipient in (ADDRESS, OTHER) else "never", "who is that?")

    def hand_in(self, parcel: Parcel) -> Sequence[Reply]:
        """Keep a message, and wait for what stands for the commit."""
        self.busy.set()
        assert self.go_on.wait(_SECONDS)
        with self._lock:
            self.parcels.append(parcel)
        return [self.replies.get(each, Reply("taken")) for each in parcel.rcpt_to or ("",)]


def message(number: int, body: str = "") -> bytes:
    """Return a small message; no two numbers give the same bytes."""
    text = f"From: Ann <ann@partner.example>\r\nSubject: Message {number}\r\n\r\n{body}\r\n"
    return text.encode()


class ReceiverContract:
    """What senders rely on."""

    @pytest.fixture
    def clerk(self) -> Clerk:
        """Return the counter behind the receiver."""
        return Clerk()

    def test_a_message_arrives_byte_for_byte(self, line: Line, clerk: Clerk) -> None:
        """Lines of dots, letters of other alphabets, and a very long line included."""
        odd = message(1, ".\r\n..\r\n.x\r\n" + "grüße " * 100 + "\r\n" + "x" * 200_000 + "\r\n.")
        receiver = line.receiver(clerk)
        receiver.open()
        for raw in (message(1), odd):
            assert line.send(raw, [ADDRESS]) == ["taken"]
        receiver.close()
        assert [parcel.raw for parcel in clerk.parcels] == [message(1), odd]

    def test_nothing_is_told_before_the_commit(self, line: Line, clerk: Clerk) -> None:
        """The sender waits for it."""
        receiver = line.receiver(clerk)
        receiver.open()
        clerk.go_on.clear()
        with ThreadPoolExecutor(1) as pool:
            sending = pool.submit(line.send, message(1), [ADDRESS])
            assert clerk.busy.wait(_SECONDS)
            with pytest.raises(TimeoutError):
                sending.result(_MOMENT)
            clerk.go_on.set()
            assert sending.result(_SECONDS) == ["taken"]
        receiver.close()

    @pytest.mark.parametrize("state", ["later", "never"])
    def test_the_sender_learns_whether_to_try_again(
        self, line: Line, clerk: Clerk, state: Told
    ) -> None:
        """And whatever the words are, they break nothing."""
        clerk.replies[ADDRESS] = Reply(state, "no room\r\n250 all is well\x00 ü" * 30)
        receiver = line.receiver(clerk)
        receiver.open()
        assert line.send(message(1), [ADDRESS]) == [state]
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
            assert clerk.busy.wait(_SECONDS)
            clerk.go_on.set()
            assert [each.result(_SECONDS) for each in sending] == [["taken"]] * 5
        receiver.close()
        assert {parcel.raw for parcel in clerk.parcels} == {message(n) for n in range(5)}

    def test_closing_answers_what_is_in_hand(self, line: Line, clerk: Clerk) -> None:
        """And takes nothing new."""
        receiver = line.receiver(clerk)
        receiver.open()
        clerk.go_on.clear()
        with ThreadPoolExecutor(2) as pool:
            sending = pool.submit(line.send, message(1), [ADDRESS])
            assert clerk.busy.wait(_SECONDS)
            closing = pool.submit(receiver.close)
            with pytest.raises(TimeoutError):
                closing.result(_MOMENT)
            clerk.go_on.set()
            assert sending.result(_SECONDS) == ["taken"]
            closing.result(_SECONDS)
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
