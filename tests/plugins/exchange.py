"""What EWS and Graph have in common in tests: a mailbox of Exchange, and facts about it."""

from __future__ import annotations

import tracemalloc
from abc import ABC, abstractmethod
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any, ClassVar, Protocol

import pytest
from tests.servers.web import Response

from postroom.hooks.contracts import TransportContext
from postroom.model.envelope import Place
from postroom.source.diagnostic import Problem
from postroom.testing.transport_contract import Ledger, action_for, fetch, message

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from tests.plugins.tokens import Issued
    from tests.servers.authority import Authority
    from tests.servers.exchange import Mailbox

    from postroom.hooks.contracts import Transport
    from postroom.model.envelope import ActionVerb
    from postroom.testing.transport_contract import Trouble

LIMIT = 1_000_000
ADDRESS = "help@kestrel.example"
MIB = 1024 * 1024


class Server(Protocol):
    """A fake."""

    issuer: Authority
    state: int
    answers: list[Any]
    asked: list[Any]


class ExchangeBox(ABC):
    """The mailbox of an address, reached over one of the two."""

    verbs: tuple[ActionVerb, ...] = ("keep", "flag", "move", "delete")
    kind: ClassVar[Any]
    """The class of the transport."""
    middle: ClassVar[int]
    """Which request for messages is in the middle of a run."""
    nowhere: ClassVar[dict[str, Any]]
    """Settings that lead to a server that is not there."""

    def __init__(
        self, server: Server, mailbox: Mailbox, settings: Any, auth: Issued | None
    ) -> None:
        self.server, self.mailbox, self.settings = server, mailbox, settings
        self.auth = auth
        self._transports: list[Transport] = []

    @abstractmethod
    def is_for_messages(self, asked: Any) -> bool:
        """Return whether a request is for the content of messages."""

    @abstractmethod
    def let_pass(self, transport: Any, seconds: float) -> None:
        """Have so many seconds pass for what a transport remembers of folders."""

    def deliver(self, raws: Sequence[bytes]) -> None:
        for raw in raws:
            self.mailbox.deliver(raw)

    def poison(self) -> bool:
        self.mailbox.deliver(b"Subject: poison\r\n\r\n").poison = True
        return True

    def always(self, answer: object) -> None:
        """Answer like this whatever is asked for."""
        self.server.answers.append(lambda _: answer)

    def trouble(self, kind: Trouble) -> Callable[[], bool] | None:
        """Have it come with one of the messages, in the middle."""
        if kind == "expired" and self.auth is None:
            pytest.skip("a password does not end")
        asked: list[object] = []

        def in_the_middle(request: Any) -> Response | None:
            if self.is_for_messages(request):
                asked.append(request)
                if len(asked) == self.middle:
                    return self._have(kind)
            return None

        self.server.answers.append(in_the_middle)
        return lambda: len(asked) >= self.middle

    def _have(self, kind: Trouble) -> Response | None:
        match kind:
            case "throttled":
                return Response(429, b"", {"Retry-After": "7"})
            case "cut":
                return Response(200, b"half of it, " * 20, breaks_after=20)
            case "expired":
                self.server.issuer.access.clear()
                return None

    def transport(
        self,
        max_message: int = LIMIT,
        trace: Callable[[str], None] | None = None,
        **changes: Any,
    ) -> Transport:
        context = TransportContext("test", max_message, trace)
        made: Transport = self.kind(replace(self.settings, **changes), context)
        self._transports.append(made)
        return made

    def close(self) -> None:
        """Close every transport that was handed out."""
        for each in self._transports:
            each.close()

    def state(self) -> object:
        return self.mailbox.state()


@contextmanager
def problem(code: str, *words: str) -> Iterator[list[Problem]]:
    """Expect a problem with a code, and words in its message or its hint."""
    found: list[Problem] = []
    with pytest.raises(Problem) as caught:
        yield found
    found.append(caught.value)
    told = caught.value.diagnostic
    assert told.code == code, told
    assert all(each in f"{told.message} {told.help}" for each in words), told


class ExchangeFacts:
    """What holds over both. A subclass brings the fixture `box`, signed in with tokens."""

    def test_a_mailbox_that_there_is_not_is_named(self, box: ExchangeBox) -> None:
        with problem("PR573", "nobody@kestrel.example"):
            box.transport(mailbox="nobody@kestrel.example").probe()

    def test_a_token_that_ended_is_replaced_once(self, box: ExchangeBox) -> None:
        transport = box.transport()
        box.deliver([message(1)])
        transport.probe()
        box.server.issuer.access.clear()
        assert [each.raw for each in transport.fetch(Ledger(), 10)] == [message(1)]
        assert box.auth is not None
        assert box.auth.complaints == 1

    def test_a_token_that_is_never_taken_ends_in_a_refusal(self, box: ExchangeBox) -> None:
        box.always(Response(401))
        with problem("PR511", "postroom login"):
            box.transport().probe()
        assert box.auth is not None
        assert box.auth.complaints == 1

    @pytest.mark.parametrize("status", [429, 503])
    def test_how_long_to_wait_is_passed_on(self, box: ExchangeBox, status: int) -> None:
        box.always(Response(status, b"", {"Retry-After": "90"}))
        with problem("PR516") as found:
            box.transport().probe()
        assert found[0].after == timedelta(seconds=90)

    @pytest.mark.parametrize("said", ["", "soon", "-5", "٣", "9" * 400])
    def test_a_wait_that_makes_no_sense_is_an_hour_at_most(
        self, box: ExchangeBox, said: str
    ) -> None:
        box.always(Response(429, b"", {"Retry-After": said.encode().decode("latin-1")}))
        with problem("PR516") as found:
            box.transport().probe()
        assert found[0].after in (None, timedelta(hours=1))

    @pytest.mark.parametrize("body", [b"", b"<html>", b"<s:Envelope><s:Bo", b"{", b"\0" * 100])
    def test_an_answer_that_is_none_is_said_to_be_none(self, box: ExchangeBox, body: bytes) -> None:
        transport = box.transport()
        transport.probe()
        box.always(Response(200, body))
        with problem("PR515"):
            list(transport.fetch(Ledger(), 10))

    def test_an_answer_without_end_is_cut_off(self, box: ExchangeBox) -> None:
        box.always(Response(200, b" " * 8_000_000))
        with problem("PR515"):
            box.transport().probe()

    def test_a_line_that_breaks_is_said_to_have_broken(self, box: ExchangeBox) -> None:
        box.always(Response(200, b"{}" * 600, breaks_after=3))
        with problem("PR510"):
            box.transport().probe()

    def test_a_certificate_of_somebody_else_is_refused(self, box: ExchangeBox) -> None:
        with problem("PR512", "ca_file"):
            box.transport(ca_file=None).probe()

    def test_a_server_that_is_not_there_is_named(self, box: ExchangeBox) -> None:
        with problem("PR510", "localhost"):
            box.transport(**box.nowhere).probe()

    def test_after_a_state_is_gone_everything_is_listed_again(self, box: ExchangeBox) -> None:
        """Exchange says ErrorInvalidSyncStateData, Graph 410 and syncStateNotFound."""
        transport, ledger = box.transport(), Ledger()
        box.deliver([message(1)])
        ledger.note(list(transport.fetch(ledger, 10)))
        box.server.state += 1
        box.deliver([message(2)])
        assert [each.raw for each in transport.fetch(ledger, 10)] == [message(2)]

    def test_a_message_that_went_away_is_no_longer_asked_for(self, box: ExchangeBox) -> None:
        transport = box.transport()
        box.deliver([message(1), message(2)])
        list(transport.fetch(Ledger(), 0))
        box.mailbox.remove(next(box.mailbox.all()))
        assert [each.raw for each in transport.fetch(Ledger(), 10)] == [message(2)]

    def test_a_message_that_goes_while_others_are_fetched_is_passed_over(
        self, box: ExchangeBox
    ) -> None:
        box.deliver([message(number) for number in range(60)])
        found = box.transport().fetch(Ledger(), 100)
        assert next(found).raw == message(0)
        box.mailbox.remove(list(box.mailbox.all())[59])
        assert [each.raw for each in found] == [message(number) for number in range(1, 59)]

    def test_a_folder_below_others_is_found(self, box: ExchangeBox) -> None:
        folders = box.mailbox
        year = folders.make("2024", folders.make("Billing", folders.root))
        folders.deliver(message(1), year)
        (found,) = box.transport(folder="/Billing/2024").fetch(Ledger(), 10)
        assert (found.raw, found.place.mailbox) == (message(1), "Billing/2024")

    def test_a_folder_that_is_missing_is_named_and_so_are_those_beside_it(
        self, box: ExchangeBox
    ) -> None:
        with problem("PR513", "`Billing`", "osteingang`"):
            box.transport(folder="Billing").probe()

    def test_a_message_that_a_person_filed_elsewhere_is_left_there(self, box: ExchangeBox) -> None:
        box.deliver([message(1)])
        (found,) = fetch(box)
        box.mailbox.move(next(box.mailbox.all()), box.mailbox.known("archive"))
        before = box.state()
        receipt = box.transport().settle(action_for(found, "delete"))
        assert (receipt.done, receipt.detail) == (True, "already gone")
        assert box.state() == before

    def test_a_folder_is_looked_for_once_however_many_are_moved_to_it(
        self, box: ExchangeBox
    ) -> None:
        box.deliver([message(1), message(2)])
        first, second = fetch(box)
        transport = box.transport()
        assert transport.settle(action_for(first, "move", "Done/2026")).done
        before = len(box.server.asked)
        assert transport.settle(action_for(second, "move", "Done/2026")).done
        since = str(box.server.asked[before:])
        assert not any(each in since for each in ("FindFolder", "GetFolder", "childFolders"))
        assert [each.folder.name for each in box.mailbox.all()] == ["2026", "2026"]

    def test_a_folder_that_went_away_meanwhile_is_made_anew(self, box: ExchangeBox) -> None:
        box.deliver([message(1), message(2)])
        first, second = fetch(box)
        transport = box.transport()
        assert transport.settle(action_for(first, "move", "Done")).done
        (done,) = [each for each in box.mailbox.folders.values() if each.name == "Done"]
        del box.mailbox.folders[done.id]
        receipts = [transport.settle(action_for(second, "move", "Done")) for _ in range(2)]
        assert not any(each.final for each in receipts if not each.done)
        assert receipts[-1].done
        assert [each.folder.name for each in box.mailbox.all()] == ["Done"]

    def test_a_folder_that_was_put_into_the_bin_is_made_anew_soon(self, box: ExchangeBox) -> None:
        """It keeps its id there, so that the server takes what is moved to it."""
        box.deliver([message(1), message(2)])
        first, second = fetch(box)
        transport = box.transport()
        assert transport.settle(action_for(first, "move", "Done")).done
        (done,) = [each for each in box.mailbox.folders.values() if each.name == "Done"]
        done.parent = box.mailbox.known("deleteditems")
        box.let_pass(transport, 601)
        assert transport.settle(action_for(second, "move", "Done")).done
        (again,) = [each for each in box.mailbox.children(box.mailbox.root) if each.name == "Done"]
        assert len(done.items) == len(again.items) == 1

    def test_a_category_joins_those_that_there_are(self, box: ExchangeBox) -> None:
        box.deliver([message(1)])
        next(box.mailbox.all()).categories = ["Ann"]
        (found,) = fetch(box)
        for _ in range(2):
            assert box.transport().settle(action_for(found, "flag", "done")).done
        assert next(box.mailbox.all()).categories == ["Ann", "done"]

    def test_what_was_due_over_another_transport_is_refused_with_words(
        self, box: ExchangeBox
    ) -> None:
        box.deliver([message(1)])
        (found,) = fetch(box)
        by_imap = replace(action_for(found, "delete"), place=Place("INBOX", "1700000000", "17"))
        receipt = box.transport().settle(by_imap)
        assert (receipt.done, receipt.final) == (False, True)
        assert "another transport" in receipt.detail

    def test_no_secret_is_traced(self, box: ExchangeBox) -> None:
        lines: list[str] = []
        box.deliver([message(1)])
        list(box.transport(trace=lines.append).fetch(Ledger(), 10))
        assert lines
        assert box.auth is not None
        assert not any(token in line for line in lines for token in box.auth.handed_out)

    def test_memory_does_not_grow_with_the_mailbox(self, box: ExchangeBox) -> None:
        """Of 12 messages of 1 MB never more than a few are held."""
        box.deliver([message(number, ("y" * 998 + "\r\n") * 1_000) for number in range(12)])
        transport = box.transport(max_message=2 * MIB)
        transport.probe()
        tracemalloc.start()
        assert sum(1 for _ in transport.fetch(Ledger(), 1_000)) == 12
        most = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert most < 10 * MIB
