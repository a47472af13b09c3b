"""The suite that every transport must pass, ours and everybody's.

Subclass `TransportContract` in a test module of your own, and give it a pytest fixture named
`mailbox` that returns a `Mailbox`: an empty mailbox on a real server, or in a real folder.

    class TestMyTransport(TransportContract):
        @pytest.fixture
        def mailbox(self, tmp_path):
            return MyMailbox(tmp_path)
"""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from time import monotonic
from typing import TYPE_CHECKING, Literal, Protocol, runtime_checkable

import pytest

from postroom.model.envelope import Place, ServerAction
from postroom.source.diagnostic import Problem

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from postroom.hooks.contracts import Transport
    from postroom.model.envelope import ActionVerb, Envelope

LIMIT = 1_000_000
"""`max_message` of the transports in these tests, where it does not matter."""
MANY = int(os.environ.get("POSTROOM_MANY", "1000"))
"""Messages of a large mailbox."""
_PASSING = ("PR510", "PR514", "PR516")
"""Problems after which it is tried again."""
_ROUNDS = 6
"""Fetches within which trouble must be over."""
Trouble = Literal["throttled", "cut", "expired"]
"""The server wants to be asked later; the line breaks; the access token ends. In mid-run, once."""
TROUBLES: tuple[Trouble, ...] = ("throttled", "cut", "expired")


class Mailbox(Protocol):
    """What the author of a transport provides: a mailbox that the test owns, empty at first."""

    @property
    def verbs(self) -> Collection[ActionVerb]:
        """Return what `settle` can do here; the rest must be refused."""
        ...

    def deliver(self, raws: Sequence[bytes]) -> None:
        """Put messages into the mailbox, one after the other."""
        ...

    def poison(self) -> bool:
        """Put in a message that its server cannot give; False if there is no such thing here."""
        ...

    def transport(self, max_message: int) -> Transport:
        """Return a new transport of the mailbox; the fixture closes it."""
        ...

    def state(self) -> object:
        """Return all that a client could have changed: names, flags, messages."""
        ...


@runtime_checkable
class Troubled(Protocol):
    """What a mailbox may have besides: trouble with its server. Leave it out if there is none."""

    def trouble(self, kind: Trouble) -> Callable[[], bool] | None:
        """Have trouble come while the next transport fetches; return what tells whether it came.

        None if there is no such trouble here.
        """
        ...


class Ledger:
    """A `postroom.hooks.contracts.Position` that keeps what it is told in memory."""

    def __init__(self, *, full_sweep: bool = False) -> None:
        self.full_sweep = full_sweep
        self.held: set[Place] = set()
        self.cursors: dict[tuple[str, str], str] = {}

    def note(self, envelopes: Sequence[Envelope]) -> None:
        """Hold messages from now on, and move the cursor to the last."""
        for each in envelopes:
            self.held.add(each.place)
            self.cursors[each.place.mailbox, each.place.epoch] = each.place.key

    def cursor(self, mailbox: str, epoch: str) -> str:
        """Return the key of the last message that was noted, or ""."""
        return self.cursors.get((mailbox, epoch), "")

    def unknown(self, mailbox: str, epoch: str, keys: Sequence[str]) -> list[str]:
        """Return the keys that are not held, in the same order."""
        return [key for key in keys if Place(mailbox, epoch, key) not in self.held]


def message(number: int, body: str = "") -> bytes:
    """Return a small message; no two numbers give the same bytes."""
    lines = [
        "From: Ann Example <ann@partner.example>",
        "To: help@xyz.example",
        f"Subject: Message {number}",
        f"Message-ID: <{number}@partner.example>",
        "Date: Mon, 01 Jan 2024 10:00:00 +0000",
        "",
        body or f"This is the text of message {number}.",
        "",
    ]
    return "\r\n".join(lines).encode("ascii")


def action_for(envelope: Envelope, verb: ActionVerb, target: str = "") -> ServerAction:
    """Return the action that the engine would ask for."""
    now = datetime(2024, 1, 2, tzinfo=UTC)
    digest = sha256(envelope.raw).hexdigest()
    return ServerAction(1, "test", envelope.place, verb, target, now, digest)


def fetch(mailbox: Mailbox, ledger: Ledger | None = None, limit: int = 10_000) -> list[Envelope]:
    """Fetch with a transport of its own, as after a restart."""
    transport = mailbox.transport(LIMIT)
    try:
        return list(transport.fetch(ledger or Ledger(), limit))
    finally:
        transport.close()


def _as_far_as_it_goes(transport: Transport, ledger: Ledger) -> list[Envelope]:
    """Fetch until it ends, or until a problem that passes."""
    found: list[Envelope] = []
    try:
        for each in transport.fetch(ledger, 10_000):
            ledger.note([each])
            found.append(each)
    except Problem as problem:
        if problem.diagnostic.code not in _PASSING:
            raise
    return found


class TransportContract:
    """What the engine relies on. Each test gets an empty mailbox."""

    def test_an_empty_mailbox_has_nothing(self, mailbox: Mailbox) -> None:
        """Nothing is not an error."""
        assert fetch(mailbox) == []

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

    def test_a_place_is_the_same_after_a_restart(self, mailbox: Mailbox) -> None:
        """And no two messages have the same."""
        mailbox.deliver([message(number) for number in range(5)])
        first, second = fetch(mailbox), fetch(mailbox)
        assert [each.place for each in first] == [each.place for each in second]
        assert len({each.place for each in first}) == len(first)

    def test_fetch_changes_nothing(self, mailbox: Mailbox) -> None:
        """No flag, no name, no message."""
        mailbox.deliver([message(number) for number in range(3)])
        before = mailbox.state()
        fetch(mailbox)
        assert mailbox.state() == before

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

    def test_one_transport_can_fetch_many_times(self, mailbox: Mailbox) -> None:
        """Each time it finds what came since."""
        transport, ledger = mailbox.transport(LIMIT), Ledger()
        for number in range(3):
            mailbox.deliver([message(number)])
            found = list(transport.fetch(ledger, 10))
            assert [each.raw for each in found] == [message(number)]
            ledger.note(found)
        transport.close()

    def test_a_full_sweep_finds_what_lies_behind_the_cursor(self, mailbox: Mailbox) -> None:
        """A message that was passed over is not lost."""
        mailbox.deliver([message(number) for number in range(4)])
        ledger = Ledger(full_sweep=True)
        found = fetch(mailbox)
        ledger.note([found[0], found[3]])
        assert [each.raw for each in fetch(mailbox, ledger)] == [message(1), message(2)]

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

    def test_a_fetch_can_be_left_half_way(self, mailbox: Mailbox) -> None:
        """What was not taken comes again."""
        mailbox.deliver([message(1), message(2)])
        transport = mailbox.transport(LIMIT)
        first = next(iter(transport.fetch(Ledger(), 10)))
        assert first.raw == message(1)
        assert [each.raw for each in transport.fetch(Ledger(), 10)] == [message(1), message(2)]
        transport.close()

    @pytest.mark.parametrize("kind", TROUBLES)
    def test_trouble_in_mid_run_costs_no_message(self, kind: Trouble, mailbox: Mailbox) -> None:
        """All come, in order, whole and once, when it is tried again."""
        happened = mailbox.trouble(kind) if isinstance(mailbox, Troubled) else None
        if happened is None:
            pytest.skip(f"there is no such trouble here: {kind}")
        raws = [message(number, "x" * 70 + "\r\n" + "y" * 900) for number in range(150)]
        mailbox.deliver(raws)
        transport, ledger = mailbox.transport(LIMIT), Ledger()
        found = [each for _ in range(_ROUNDS) for each in _as_far_as_it_goes(transport, ledger)]
        transport.close()
        assert happened()
        assert [each.raw for each in found] == raws
        assert all(each.problem is None for each in found)

    def test_many_messages_come_in_order(self, mailbox: Mailbox) -> None:
        """None twice, none left out. `POSTROOM_MANY` says how many."""
        raws = [message(number) for number in range(MANY)]
        mailbox.deliver(raws)
        assert [each.raw for each in fetch(mailbox)] == raws

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

    def test_keeping_changes_nothing(self, mailbox: Mailbox) -> None:
        """It is done as soon as it is asked for."""
        mailbox.deliver([message(1)])
        (found,) = fetch(mailbox)
        before = mailbox.state()
        transport = mailbox.transport(LIMIT)
        assert transport.settle(action_for(found, "keep")).done
        transport.close()
        assert mailbox.state() == before

    def test_what_is_deleted_is_gone_and_nothing_else(self, mailbox: Mailbox) -> None:
        """A second time it is already done."""
        self._take_away(mailbox, "delete")

    def test_what_is_moved_is_gone_and_nothing_else(self, mailbox: Mailbox) -> None:
        """The folder is made where it is missing."""
        self._take_away(mailbox, "move")

    def _take_away(self, mailbox: Mailbox, verb: ActionVerb) -> None:
        if verb not in mailbox.verbs:
            pytest.skip(f"nothing can be done here that would {verb} a message")
        mailbox.deliver([message(1), message(2), message(3)])
        action = action_for(fetch(mailbox)[1], verb, "Processed")
        transport = mailbox.transport(LIMIT)
        for _ in range(2):
            receipt = transport.settle(action)
            assert receipt.done, receipt.detail
        transport.close()
        assert [each.raw for each in fetch(mailbox)] == [message(1), message(3)]

    def test_a_flag_hides_nothing_and_changes_no_place(self, mailbox: Mailbox) -> None:
        """Set twice, it is set once."""
        if "flag" not in mailbox.verbs:
            pytest.skip("there are no flags here")
        mailbox.deliver([message(1), message(2)])
        found, before = fetch(mailbox), mailbox.state()
        transport = mailbox.transport(LIMIT)
        assert transport.settle(action_for(found[0], "flag", "seen")).done
        after = mailbox.state()
        assert after != before
        assert transport.settle(action_for(found[0], "flag", "seen")).done
        assert mailbox.state() == after
        transport.close()
        assert [each.place for each in fetch(mailbox)] == [each.place for each in found]

    def test_a_flag_or_a_folder_that_cannot_be_is_refused(self, mailbox: Mailbox) -> None:
        """And the message stays as it is."""
        mailbox.deliver([message(1)])
        (found,) = fetch(mailbox)
        before = mailbox.state()
        transport = mailbox.transport(LIMIT)
        for action in (
            action_for(found, "flag", "no such\r\nflag"),
            action_for(found, "move", ""),
            action_for(found, "move", "../elsewhere"),
        ):
            receipt = transport.settle(action)
            assert (receipt.done, receipt.final) == (False, True), receipt
        transport.close()
        assert mailbox.state() == before

    def test_what_cannot_be_done_here_is_refused_for_good(self, mailbox: Mailbox) -> None:
        """With words that say why."""
        mailbox.deliver([message(1)])
        (found,) = fetch(mailbox)
        transport = mailbox.transport(LIMIT)
        verbs: tuple[ActionVerb, ...] = ("flag", "move", "delete")
        for verb in verbs:
            if verb not in mailbox.verbs:
                receipt = transport.settle(action_for(found, verb, "Processed"))
                assert (receipt.done, receipt.final) == (False, True), receipt
                assert receipt.detail
        transport.close()
        assert [each.raw for each in fetch(mailbox)] == [message(1)]

    def test_another_message_in_the_same_place_is_not_touched(self, mailbox: Mailbox) -> None:
        """The hash tells them apart."""
        mailbox.deliver([message(1)])
        (found,) = fetch(mailbox)
        before = mailbox.state()
        transport = mailbox.transport(LIMIT)
        verbs: tuple[ActionVerb, ...] = ("flag", "move", "delete")
        for verb in verbs:
            if verb in mailbox.verbs:
                wrong = replace(action_for(found, verb, "seen"), sha256="0" * 64)
                assert not transport.settle(wrong).done
        transport.close()
        assert mailbox.state() == before

    def test_a_message_that_somebody_else_removed_is_settled(self, mailbox: Mailbox) -> None:
        """There is nothing left to do."""
        if "delete" not in mailbox.verbs:
            pytest.skip("nothing can be deleted here")
        mailbox.deliver([message(1)])
        (found,) = fetch(mailbox)
        transport, other = mailbox.transport(LIMIT), mailbox.transport(LIMIT)
        assert other.settle(action_for(found, "delete")).done
        other.close()
        assert transport.settle(action_for(found, "delete")).done
        transport.close()

    def test_probe_counts_and_changes_nothing(self, mailbox: Mailbox) -> None:
        """Its high-water mark moves with new mail."""
        transport = mailbox.transport(LIMIT)
        mailbox.deliver([message(1)])
        before, first = mailbox.state(), transport.probe()
        assert first.ok
        assert first.waiting in (1, None)
        assert mailbox.state() == before
        mailbox.deliver([message(2)])
        assert transport.probe().high_water != first.high_water
        transport.close()

    def test_the_newest_message_of_a_probe_lies_where_it_is_fetched_from(
        self, mailbox: Mailbox
    ) -> None:
        """So that it can be looked for in the ledger. A transport need not know it."""
        transport = mailbox.transport(LIMIT)
        assert transport.probe().newest is None
        mailbox.deliver([message(1), message(2)])
        newest = transport.probe().newest
        transport.close()
        assert newest in (None, fetch(mailbox)[-1].place)

    def test_waiting_ends_in_time(self, mailbox: Mailbox) -> None:
        """With push or without."""
        transport = mailbox.transport(LIMIT)
        list(transport.fetch(Ledger(), 1))
        started = monotonic()
        transport.wait(timedelta(seconds=0.2))
        transport.close()
        assert monotonic() - started < 5

    def test_closing_twice_is_closing(self, mailbox: Mailbox) -> None:
        """Also before anything was asked."""
        transport = mailbox.transport(LIMIT)
        transport.close()
        transport.close()
