"""Messages come in portions, and a bad one costs only itself, however the server puts it."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

import pytest
from tests.plugins.ews.box import Box
from tests.servers.ews_soap import EwsError
from tests.servers.web import Response

from postroom.source.diagnostic import Problem
from postroom.testing.transport_contract import Ledger, message
from postroom_ews.portions import portions
from postroom_ews.session import Change

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.servers.ca import LocalCA
    from tests.servers.ews import FakeEws

MIB = 1024 * 1024


@pytest.fixture
def box(ews: FakeEws, ca: LocalCA) -> Iterator[Box]:
    with closing(Box(ews, ca)) as box:
        yield box


def sizes(*listed: int) -> list[list[int]]:
    changes = [Change(str(at), size=size) for at, size in enumerate(listed)]
    return [[each.size for each in portion] for portion in portions(changes)]


def test_fifty_at_a_time_and_a_mebibyte() -> None:
    assert [len(each) for each in sizes(*[10] * 120)] == [50, 50, 20]
    assert sizes(600_000, 400_000, 100_000, 5 * MIB, 10) == [
        [600_000, 400_000], [100_000], [5 * MIB], [10],
    ]  # fmt: skip
    assert sizes() == []


def test_a_hundred_messages_cost_two_requests(box: Box) -> None:
    box.deliver([message(number) for number in range(100)])
    transport = box.transport()
    list(transport.fetch(Ledger(), 1_000))
    assert box.ews.asked.count("GetItem") == 2


def test_bad_ones_are_told_among_the_good_ones_in_one_answer(box: Box) -> None:
    for number in range(20):
        box.mailbox.deliver(message(number)).poison = number in (3, 4, 19)
    found = list(box.transport().fetch(Ledger(), 100))
    assert [at for at, each in enumerate(found) if each.problem] == [3, 4, 19]
    assert [each.raw for each in found if not each.problem] == [
        message(number) for number in range(20) if number not in (3, 4, 19)
    ]
    assert box.ews.asked.count("GetItem") == 1


@pytest.mark.parametrize(
    "spoiled",
    [EwsError("ErrorInternalServerError", "It fell over."), Response(200, b"<html>no SOAP</html>"),
     Response(200, b" " * 8_000_000)],
    ids=["fault", "nonsense", "too much"],
)  # fmt: skip
def test_one_that_spoils_the_answer_for_all_is_found_by_asking_for_each(
    box: Box, spoiled: EwsError | Response
) -> None:
    box.deliver([message(number) for number in range(5)])
    box.ews.spoils[list(box.mailbox.all())[2].id] = spoiled
    found = list(box.transport().fetch(Ledger(), 100))
    assert [each.problem is not None for each in found] == [False, False, True, False, False]
    assert [each.raw for each in found if not each.problem] == [
        message(number) for number in (0, 1, 3, 4)
    ]


def test_a_server_that_makes_no_sense_at_all_blames_no_message(box: Box) -> None:
    box.deliver([message(1), message(2)])
    nonsense = Response(200, b"<html>no SOAP</html>")
    box.ews.answers.append(lambda operation: nonsense if operation == "GetItem" else None)
    with pytest.raises(Problem, match="PR515"):
        list(box.transport().fetch(Ledger(), 10))


def test_an_answer_that_leaves_one_out_is_not_taken_for_the_others(box: Box) -> None:
    box.deliver([message(number) for number in range(3)])
    box.ews.leaves_out.add(next(box.mailbox.all()).id)
    found = list(box.transport().fetch(Ledger(), 10))
    assert [each.raw for each in found if not each.problem] == [message(1), message(2)]
    assert [each.place.key for each in found] == [each.id for each in box.mailbox.all()]


@pytest.mark.parametrize(
    "code",
    ["ErrorMailboxStoreUnavailable", "ErrorMailboxMoveInProgress", "ErrorMailboxFailover",
     "ErrorADUnavailable", "ErrorConnectionFailed", "ErrorInsufficientResources",
     "ErrorExceededConnectionCount"],
)  # fmt: skip
def test_a_mailbox_that_cannot_be_reached_blames_not_even_one_message(box: Box, code: str) -> None:
    box.deliver([message(1)])
    transport, trouble = box.transport(), EwsError(code, "It comes back.")
    box.ews.answers.append(lambda operation: trouble if operation == "GetItem" else None)
    with pytest.raises(Problem, match="PR516"):
        list(transport.fetch(Ledger(), 10))
    box.ews.answers.clear()
    assert [each.raw for each in transport.fetch(Ledger(), 10)] == [message(1)]


def test_a_server_that_gives_no_message_at_all_blames_none(box: Box) -> None:
    for number in range(6):
        box.mailbox.deliver(message(number)).poison = number > 1
    transport = box.transport()
    found = transport.fetch(Ledger(), 100)
    assert [next(found).raw for _ in range(2)] == [message(0), message(1)]
    with pytest.raises(Problem, match="PR516"):
        next(found)


def test_many_bad_ones_in_a_row_hold_up_nothing_once_a_good_one_comes(box: Box) -> None:
    for number in range(45):
        box.mailbox.deliver(message(number)).poison = 10 <= number < 44
    found = list(box.transport().fetch(Ledger(), 100))
    assert [at for at, each in enumerate(found) if each.problem] == list(range(10, 44))
