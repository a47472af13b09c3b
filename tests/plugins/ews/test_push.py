"""Exchange tells of new mail, and what becomes of that when it does not."""

from __future__ import annotations

import time
from contextlib import closing
from datetime import timedelta
from threading import Thread
from typing import TYPE_CHECKING

import pytest
from tests.plugins.ews.box import Box
from tests.servers.ews_soap import EwsError
from tests.servers.web import Response

from postroom.source.diagnostic import Problem
from postroom.testing.transport_contract import Ledger, message
from postroom_ews import notices

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.servers.ca import LocalCA
    from tests.servers.ews import FakeEws

    from postroom.hooks.contracts import Transport

BRIEF = timedelta(seconds=0.3)
LONG = timedelta(seconds=15)
"""Nobody waits as long as that."""


@pytest.fixture
def box(ews: FakeEws, ca: LocalCA) -> Iterator[Box]:
    """Return one with tokens; passwords have a test of their own."""
    with closing(Box(ews, ca, tokens=True)) as box:
        yield box


def listening(box: Box) -> Transport:
    """Return a transport whose server takes note of what comes in from now on."""
    transport = box.transport()
    list(transport.fetch(Ledger(), 10))
    assert transport.wait(LONG), "what came in before the server took note is to be looked for"
    return transport


def to(operation: str, answer: Response | EwsError) -> Callable[[str], Response | EwsError | None]:
    return lambda asked: answer if asked == operation else None


def while_waiting(box: Box, transport: Transport, do: Callable[[], object]) -> tuple[bool, float]:
    """Do something once a connection stands; return what `wait` does, and seconds until then."""
    box.ews.streams.open.clear()
    begun: list[float] = []

    def act() -> None:
        assert box.ews.streams.open.wait(10)
        begun.append(time.monotonic())
        do()

    thread = Thread(target=act)
    thread.start()
    told = transport.wait(LONG)
    ended = time.monotonic()
    thread.join()
    return told, ended - begun[0]


def test_waiting_ends_when_mail_comes_in(box: Box) -> None:
    transport = listening(box)
    told, seconds = while_waiting(box, transport, lambda: box.deliver([message(1)]))
    assert told
    assert seconds < 5
    assert [each.raw for each in transport.fetch(Ledger(), 10)] == [message(1)]
    assert box.ews.asked.count("Subscribe") == 1


def test_mail_that_came_in_while_nobody_listened_is_told_of(box: Box) -> None:
    transport = listening(box)
    box.deliver([message(1)])
    assert transport.wait(LONG)


def test_what_is_moved_in_is_told_of_and_what_is_moved_away_is_not(box: Box) -> None:
    elsewhere = box.mailbox.known("archive")
    item = box.mailbox.deliver(message(1))
    transport = listening(box)
    box.mailbox.move(item, elsewhere)
    assert not transport.wait(BRIEF)
    told, _ = while_waiting(box, transport, lambda: box.mailbox.move(item, box.mailbox.inbox))
    assert told


def test_without_news_waiting_ends_in_time_and_the_next_one_goes_on(box: Box) -> None:
    transport = listening(box)
    begun = time.monotonic()
    assert not transport.wait(BRIEF)
    assert time.monotonic() - begun < 5
    told, _ = while_waiting(box, transport, lambda: box.deliver([message(1)]))
    assert told
    assert box.ews.asked.count("Subscribe") == 1


def test_a_connection_whose_time_is_up_is_opened_anew(
    box: Box, monkeypatch: pytest.MonkeyPatch
) -> None:
    transport = listening(box)
    box.ews.streams.minute = 0.05
    monkeypatch.setattr(notices, "_SHORTEST", 0.0)

    def deliver_later() -> None:
        while box.ews.streams.opened < 3:
            time.sleep(0.01)
        box.deliver([message(1)])

    told, _ = while_waiting(box, transport, deliver_later)
    assert told
    assert box.ews.asked.count("Subscribe") == 1


def test_a_connection_that_ends_at_once_is_not_opened_again_and_again(box: Box) -> None:
    transport = listening(box)
    box.ews.streams.minute = 0
    assert not transport.wait(LONG)
    assert box.ews.streams.opened == 1


def test_a_connection_that_breaks_is_only_the_end_of_waiting(box: Box) -> None:
    transport = listening(box)
    box.ews.streams.manner = "cutting"
    assert not transport.wait(LONG)
    box.ews.streams.manner = "telling"
    box.deliver([message(1)])
    assert transport.wait(LONG)


def test_a_connection_that_stalls_costs_no_more_than_the_wait(box: Box) -> None:
    transport = listening(box)
    box.ews.streams.manner = "silent"
    begun = time.monotonic()
    box.deliver([message(1)])
    assert not transport.wait(BRIEF)
    assert time.monotonic() - begun < 5
    assert [each.raw for each in transport.fetch(Ledger(), 10)] == [message(1)]


def test_a_subscription_that_ended_is_made_anew_the_next_time(box: Box) -> None:
    transport = listening(box)
    box.ews.streams.known.clear()
    assert not transport.wait(LONG), "so that a server that forgets at once is not asked for ever"
    assert transport.wait(LONG)
    told, _ = while_waiting(box, transport, lambda: box.deliver([message(1)]))
    assert told
    assert box.ews.asked.count("Subscribe") == 2


@pytest.mark.parametrize(
    "refusal",
    [EwsError("ErrorInvalidRequest"), EwsError("ErrorAccessDenied"),
     EwsError("ErrorExceededSubscriptionCount"), Response(403), Response(200, b"<html>")],
)  # fmt: skip
def test_where_the_server_refuses_it_is_looked_at_as_ever(
    box: Box, refusal: Response | EwsError
) -> None:
    lines: list[str] = []
    transport = box.transport(trace=lines.append)
    list(transport.fetch(Ledger(), 10))
    box.ews.answers.append(to("Subscribe", refusal))
    assert not transport.wait(LONG)
    assert "no notices for 1800 s" in lines[-1], "why is in the trace"
    box.ews.answers.clear()
    assert not transport.wait(LONG)
    assert "Subscribe" not in box.ews.asked, "it is not asked again for half an hour"
    box.deliver([message(1)])
    assert [each.raw for each in transport.fetch(Ledger(), 10)] == [message(1)]


def test_where_too_many_listen_it_is_looked_at_as_ever(box: Box) -> None:
    """Exchange allows one name only so many connections of this kind."""
    transport = listening(box)
    crowded = EwsError("ErrorExceededConnectionCount", "You have exceeded the connection count.")
    box.ews.answers.append(to("GetStreamingEvents", crowded))
    assert not transport.wait(LONG)
    box.ews.answers.clear()
    assert not transport.wait(LONG)
    assert box.ews.asked.count("Subscribe") == 1


def test_a_server_that_is_busy_is_left_alone_for_as_long_as_it_says(box: Box) -> None:
    transport = listening(box)
    busy = EwsError("ErrorServerBusy", "Try again later.", BackOffMilliseconds=90_000)
    box.ews.answers.append(to("GetStreamingEvents", busy))
    with pytest.raises(Problem) as caught:
        transport.wait(LONG)
    assert caught.value.after == timedelta(seconds=90)


def test_closing_ends_waiting_and_the_server_forgets_us(box: Box) -> None:
    transport = listening(box)
    told, seconds = while_waiting(box, transport, transport.close)
    assert not told
    assert seconds < 5
    assert box.ews.streams.known == {}


def test_without_push_nothing_is_asked_for(box: Box) -> None:
    transport = box.transport(push=False)
    list(transport.fetch(Ledger(), 10))
    assert not transport.wait(LONG)
    assert "Subscribe" not in box.ews.asked


def test_a_notice_that_has_no_end_is_cut_off(box: Box) -> None:
    transport = listening(box)

    def endless() -> Iterator[bytes]:
        yield b"<s:Envelope>"
        while True:
            yield b" " * 100_000

    box.ews.answers.append(to("GetStreamingEvents", Response(chunks=endless())))
    assert not transport.wait(LONG)
