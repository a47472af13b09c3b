"""What our own transports and receivers are held to besides, with an engine around them."""

from __future__ import annotations

from base64 import b64decode
from contextlib import closing, suppress
from dataclasses import fields, replace
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

import pytest
from tests.servers.ports import free_ports
from tests.unit.runtime.memory import House, envelope

from postroom.model.envelope import Place
from postroom.model.settings import Secret
from postroom.runtime.events import Committed
from postroom.runtime.receiving.intake import Intake
from postroom.runtime.receiving.receivers import Counter
from postroom.runtime.trace import _secrets
from postroom.source.diagnostic import Problem
from postroom.testing.checks import shows
from postroom.testing.receiver_contract import ADDRESS, ReceiverContract
from postroom.testing.receiver_contract import message as handed
from postroom.testing.transport_contract import Ledger, TransportContract, action_for, message

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from postroom.hooks.contracts import Transport
    from postroom.testing.receiver_contract import Line, Told
    from postroom.testing.transport_contract import Mailbox

BEFORE = 4
WRONG = "canary-4711-that-opens-nothing"


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

    def test_neither_trace_nor_problem_shows_a_secret(self, mailbox: Mailbox) -> None:
        """Not as it is and not in base64, of good ones and of those that are refused."""
        telling: object = mailbox
        if not isinstance(telling, Telling):
            pytest.skip("there is no server that anything is said to")
        told: list[str] = []
        mailbox.deliver([message(1)])
        with closing(telling.transport(1_000_000, told.append)) as transport:
            (found,) = transport.fetch(Ledger(), 10)
            assert transport.probe().ok
            assert transport.settle(action_for(found, "delete")).done
        assert told
        shown = told + refusal(telling)
        auth = getattr(telling.settings, "auth", None)
        good = {*_secrets(telling.settings), *(auth.handed_out if auth else [])}
        assert good
        for line in shown:
            assert not good & set(line.split())
            for secret in {each for each in good if len(each) > 8} | {WRONG}:
                assert all(secret not in each for each in readings(line)), line

    def test_a_folder_or_a_server_that_is_not_there_is_named(self, mailbox: Mailbox) -> None:
        """With what can be done about it."""
        telling: object = mailbox
        if not isinstance(telling, Telling):
            pytest.skip("there is no server that anything is said to")
        known = {each.name for each in fields(telling.settings)}
        nowhere = free_ports(1)[0]
        address = f"https://localhost:{nowhere}/v1.0"
        wrong: dict[str, tuple[Any, str]] = {
            "folder": ("Nowhere", "PR513"),
            "port": (nowhere, "PR510"),
            "url": (address, "PR510"),
            "base_url": (address, "PR510"),
        }
        told: list[str] = []
        for name in known & wrong.keys():
            value, code = wrong[name]
            with (
                closing(telling.transport(1_000_000, told.append, **{name: value})) as transport,
                pytest.raises(Problem) as caught,
            ):
                transport.probe()
            assert caught.value.diagnostic.code == code
            assert (value if name == "folder" else "localhost") in str(caught.value)
            assert caught.value.diagnostic.help


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


@runtime_checkable
class Telling(Protocol):
    """A mailbox on a server, and what it is asked with."""

    settings: Any

    def transport(
        self, max_message: int, trace: Callable[[str], None], /, **changes: Any
    ) -> Transport:
        """Return a transport that traces what is said."""
        ...


class Refused:
    """A credential whose token opens nothing."""

    method = None

    def token(self, purpose: str) -> Secret:
        del purpose
        return Secret(WRONG)

    def refused(self, token: Secret) -> None:
        """Have no better one."""


def refusal(mailbox: Telling) -> list[str]:
    """Sign in with what is wrong; return what is traced and said of it."""
    told: list[str] = []
    with_token = getattr(mailbox.settings, "auth", None) is not None
    wrong = {"auth": Refused()} if with_token else {"password": Secret(WRONG)}
    with (
        closing(mailbox.transport(1_000_000, told.append, **wrong)) as transport,
        pytest.raises(Problem) as caught,
    ):
        transport.probe()
    assert caught.value.diagnostic.code == "PR511"
    assert caught.value.diagnostic.help
    return [*told, str(caught.value), repr(caught.value.diagnostic)]


def readings(line: str) -> Iterator[str]:
    """Yield a line, and what its words are if they are base64."""
    yield line
    for word in line.split():
        with suppress(ValueError):
            yield b64decode(word, validate=True).decode("latin-1")


def send(line: Line, house: House, raws: Sequence[bytes]) -> list[Told]:
    """Hand messages to an engine, one after the other; return what is told."""
    intake = Intake(house.engine)
    receiver = line.receiver(Counter(house.engine, intake, "test", ("support",)))
    receiver.open()
    told = [line.send(raw, [ADDRESS])[0] for raw in raws]
    receiver.close()
    intake.close()
    return told


def moves_on_to_graph(mailbox: Mailbox) -> None:
    """Messages are the same in another place, not copies: what is due on the server goes along."""
    house = House()
    mailbox.deliver([message(number) for number in range(3)])
    with closing(mailbox.transport(1_000_000)) as transport:
        found = list(transport.fetch(Ledger(), 10))
    assert len(house.engine.process(house.account, found)) == 3
    by_graph = [replace(each, place=Place("INBOX", "", f"id-{n}")) for n, each in enumerate(found)]
    assert house.engine.process(house.account, by_graph) == [], "nothing is to be decided"
    copy = replace(found[0], place=Place("INBOX", "", "another"))
    assert house.engine.process(house.account, [copy]), "a copy there is decided, as a duplicate"


def created(house: House) -> int:
    """Return how many records there are."""
    decided = [each for event in house.events(Committed) for each in event.decided]
    return sum(decision.outcome == "created" for _, decision in decided)
