"""What exchangelib would do if it were left to itself, and does not do here."""

from __future__ import annotations

import time
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from tests.plugins.ews.box import Box
from tests.servers.ews_soap import EwsError
from tests.servers.web import Response

from postroom.model.settings import Secret
from postroom.source.diagnostic import Problem
from postroom.testing.transport_contract import Ledger, action_for, fetch, message

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.servers.ca import LocalCA
    from tests.servers.ews import FakeEws


@pytest.fixture
def box(ews: FakeEws, ca: LocalCA) -> Iterator[Box]:
    with closing(Box(ews, ca)) as box:
        yield box


@pytest.fixture
def nobody_sleeps(monkeypatch: pytest.MonkeyPatch) -> None:
    def sleep(seconds: float) -> None:
        raise AssertionError(f"somebody sleeps for {seconds} s in place of the engine")

    monkeypatch.setattr(time, "sleep", sleep)


@pytest.mark.usefixtures("nobody_sleeps")
@pytest.mark.parametrize(
    "trouble",
    [EwsError("ErrorServerBusy", "", BackOffMilliseconds=600_000),
     EwsError("ErrorServerBusy"),
     EwsError("ErrorInternalServerTransientError"),
     EwsError("ErrorTooManyObjectsOpened"),
     Response(429, b"", {"Retry-After": "600"}),
     Response(503, b"", {"Retry-After": "600"}),
     Response(503)],
    ids=["busy", "busy, unsaid", "transient", "too many", "429", "503", "503, unsaid"],
)  # fmt: skip
def test_it_does_not_sleep_and_the_engine_is_told_how_long_to_wait(
    box: Box, trouble: EwsError | Response
) -> None:
    box.ews.answers.append(lambda _: trouble)
    with pytest.raises(Problem) as caught:
        box.transport().probe()
    assert caught.value.diagnostic.code == "PR516", "at the very first request as well"
    said = (trouble.values if isinstance(trouble, EwsError) else trouble.headers) != {}
    if said:
        assert caught.value.after == timedelta(seconds=600)


@pytest.mark.usefixtures("nobody_sleeps")
def test_a_token_revoked_in_the_middle_of_a_run_costs_one_question(
    ews: FakeEws, ca: LocalCA
) -> None:
    """It takes a 401 for a server that is busy, and would sleep for ten seconds."""
    with closing(Box(ews, ca, tokens=True)) as box:
        raws = [message(number) for number in range(120)]
        box.deliver(raws)
        found = box.transport().fetch(Ledger(), 1_000)
        first = next(found)
        ews.issuer.access.clear()
        assert [first.raw, *(each.raw for each in found)] == raws
        assert box.auth is not None
        assert box.auth.complaints == 1


def test_it_does_not_guess_the_version_of_the_server(box: Box) -> None:
    box.transport().probe()
    assert box.ews.asked[0] == "GetFolder", "and no ConvertId with an id that there is not"
    assert set(box.ews.asked_for) == {"Exchange2016"}


@pytest.mark.parametrize(
    ("version", "name"),
    [("2013", "Exchange2013_SP1"), ("2016", "Exchange2016"), ("2019", "Exchange2016")],
)
def test_a_server_is_asked_as_the_version_that_was_given(box: Box, version: str, name: str) -> None:
    box.ews.version = name
    assert box.transport(version=version).probe().ok
    assert set(box.ews.asked_for) == {name}


def test_a_server_that_is_older_than_was_said_is_read_all_the_same(box: Box) -> None:
    box.ews.version = "Exchange2013_SP1"
    assert box.transport(version="2019").probe().ok


def test_it_keeps_nothing_of_one_account_for_the_next(box: Box) -> None:
    """Its cache of protocols is one for the process, and knows no passwords."""
    assert box.transport().probe().ok
    with pytest.raises(Problem, match="PR511"):
        box.transport(password=Secret("wrong")).probe()
    assert box.transport().probe().ok


@pytest.mark.parametrize("verb", ["move", "delete"])
def test_an_exception_among_its_results_is_not_taken_for_done(box: Box, verb: str) -> None:
    box.deliver([message(1)])
    (found,) = fetch(box)
    item = next(box.mailbox.all())
    gone = box.mailbox.remove

    def goes(operation: str) -> None:
        if operation in ("MoveItem", "DeleteItem"):
            gone(item)

    box.ews.answers.append(goes)
    action = action_for(found, "move", "Done")
    receipt = box.transport().settle(replace(action, verb=verb))  # type: ignore[arg-type]
    assert (receipt.done, receipt.detail) == (True, "already gone")


def test_what_exchange_declines_to_move_is_tried_again(box: Box) -> None:
    box.deliver([message(1)])
    (found,) = fetch(box)
    quota = EwsError("ErrorQuotaExceeded", "The mailbox is full.")
    box.ews.answers.append(lambda operation: quota if operation == "MoveItem" else None)
    receipt = box.transport().settle(action_for(found, "move", "Done"))
    assert (receipt.done, receipt.final, receipt.detail) == (False, False, "The mailbox is full.")


def test_a_list_longer_than_a_page_is_followed_to_its_end(box: Box) -> None:
    """It stops at a page where the server does not say that there is more."""
    box.deliver([message(number) for number in range(600)])
    assert box.transport().probe().waiting == 600
    transport = box.transport()
    assert sum(1 for _ in transport.fetch(Ledger(), 0)) == 0
    assert box.ews.asked.count("SyncFolderItems") == 2
