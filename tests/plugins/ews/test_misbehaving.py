"""What Exchange, or somebody in between, may do wrong, and what becomes of it."""

from __future__ import annotations

import builtins
import sys
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from tests.plugins.ews.box import ADDRESS, Box
from tests.servers.ews import PASSWORD
from tests.servers.ews_soap import EwsError
from tests.servers.web import Response

from postroom.hooks.contracts import TransportContext
from postroom.model.envelope import Place
from postroom.source.diagnostic import Problem
from postroom.testing.transport_contract import Ledger, action_for, fetch, message
from postroom_ews.transport import EwsTransport

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.servers.ca import LocalCA
    from tests.servers.ews import FakeEws


@pytest.fixture
def box(ews: FakeEws, ca: LocalCA) -> Iterator[Box]:
    with closing(Box(ews, ca)) as box:
        yield box


@pytest.fixture
def application(ews: FakeEws, ca: LocalCA) -> Iterator[Box]:
    with closing(Box(ews, ca, tokens=True)) as box:
        yield box


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


def to(operation: str, answer: Response | EwsError) -> Callable[[str], Response | EwsError | None]:
    """Answer like this whenever an operation is asked for."""
    return lambda asked: answer if asked == operation else None


def test_a_token_that_ended_is_replaced_once(application: Box) -> None:
    transport = application.transport()
    application.deliver([message(1)])
    transport.probe()
    application.ews.issuer.access.clear()
    assert [each.raw for each in transport.fetch(Ledger(), 10)] == [message(1)]
    assert application.auth is not None
    assert application.auth.complaints == 1


def test_a_token_that_is_never_taken_ends_in_a_refusal(application: Box) -> None:
    application.ews.answers.append(to("GetFolder", Response(401)))
    with problem("PR511", "postroom login"):
        application.transport().probe()
    assert application.auth is not None
    assert application.auth.complaints == 1


def test_an_application_acts_as_the_mailbox(application: Box) -> None:
    with problem("PR573", "impersonate: true"):
        application.transport(impersonate=False).probe()
    application.ews.denied.add(ADDRESS)
    with problem("PR511", "ApplicationImpersonation"):
        application.transport().probe()


def test_a_mailbox_that_there_is_not_is_named(application: Box) -> None:
    with problem("PR573", "nobody@kestrel.example"):
        application.transport(mailbox="nobody@kestrel.example").probe()


def test_a_server_that_is_busy_says_for_how_long(box: Box) -> None:
    busy = EwsError("ErrorServerBusy", "Try again later.", BackOffMilliseconds=90_000)
    box.ews.answers.append(to("SyncFolderItems", busy))
    with problem("PR516") as found:
        list(box.transport().fetch(Ledger(), 10))
    assert found[0].after == timedelta(seconds=90)


@pytest.mark.parametrize("status", [429, 503])
def test_so_does_the_web_server_before_it(box: Box, status: int) -> None:
    box.ews.answers.append(to("GetFolder", Response(status, b"", {"Retry-After": "90"})))
    with problem("PR516") as found:
        box.transport().probe()
    assert found[0].after == timedelta(seconds=90)


def test_ews_that_is_switched_off_is_said_to_be(box: Box) -> None:
    box.ews.answers.append(to("GetFolder", Response(403, b"EWS is blocked")))
    with problem("PR511", "403"):
        box.transport().probe()


@pytest.mark.parametrize("body", [b"", b"<html>", b"<s:Envelope><s:Bo", b"\0" * 100])
def test_an_answer_that_is_none_is_said_to_be_none(box: Box, body: bytes) -> None:
    box.ews.answers.append(to("SyncFolderItems", Response(200, body)))
    with problem("PR515"):
        list(box.transport().fetch(Ledger(), 10))


def test_an_answer_without_end_is_cut_off(box: Box) -> None:
    box.ews.answers.append(to("GetFolder", Response(200, b" " * 8_000_000)))
    with problem("PR515"):
        box.transport().probe()


def test_a_certificate_of_somebody_else_is_refused(box: Box) -> None:
    with problem("PR512", "ca_file"):
        box.transport(ca_file=None).probe()


def test_a_server_that_is_not_there_is_named(box: Box) -> None:
    with problem("PR510", "localhost"):
        box.transport(url="https://localhost:1/EWS/Exchange.asmx").probe()


def test_after_a_state_is_gone_everything_is_listed_again(box: Box) -> None:
    transport, ledger = box.transport(), Ledger()
    box.deliver([message(1)])
    ledger.note(list(transport.fetch(ledger, 10)))
    box.ews.state += 1
    box.deliver([message(2)])
    assert [each.raw for each in transport.fetch(ledger, 10)] == [message(2)]


def test_between_sweeps_only_changes_are_asked_for(box: Box) -> None:
    transport, ledger = box.transport(), Ledger()
    box.deliver([message(number) for number in range(250)])
    ledger.note(list(transport.fetch(ledger, 1_000)))
    box.ews.asked.clear()
    assert list(transport.fetch(ledger, 10)) == []
    assert box.ews.asked == ["SyncFolderItems"]


def test_a_message_that_goes_while_others_are_fetched_is_passed_over(box: Box) -> None:
    box.deliver([message(number) for number in range(60)])
    found = box.transport().fetch(Ledger(), 100)
    assert next(found).raw == message(0)
    box.mailbox.remove(list(box.mailbox.all())[59])
    assert [each.raw for each in found] == [message(number) for number in range(1, 59)]


def test_a_folder_below_others_is_found(box: Box) -> None:
    folders = box.mailbox
    year = folders.make("2024", folders.make("Billing", folders.root))
    folders.deliver(message(1), year)
    (found,) = box.transport(folder="/Billing/2024").fetch(Ledger(), 10)
    assert (found.raw, found.place.mailbox) == (message(1), "Billing/2024")


def test_a_folder_that_is_missing_is_named_and_so_are_those_beside_it(box: Box) -> None:
    with problem("PR513", "`Billing`", "`Posteingang`"):
        box.transport(folder="Billing").probe()


def test_a_category_joins_those_that_there_are(box: Box) -> None:
    box.deliver([message(1)])
    next(box.mailbox.all()).categories = ["Ann"]
    (found,) = fetch(box)
    assert box.transport().settle(action_for(found, "flag", "done")).done
    assert next(box.mailbox.all()).categories == ["Ann", "done"]


def test_what_was_due_over_another_transport_is_refused_with_words(box: Box) -> None:
    box.deliver([message(1)])
    (found,) = fetch(box)
    by_imap = replace(action_for(found, "delete"), place=Place("INBOX", "1700000000", "17"))
    receipt = box.transport().settle(by_imap)
    assert (receipt.done, receipt.final) == (False, True)
    assert "another transport" in receipt.detail


def test_no_secret_is_traced(application: Box) -> None:
    lines: list[str] = []
    application.deliver([message(1)])
    list(application.transport(trace=lines.append).fetch(Ledger(), 10))
    assert application.auth is not None
    assert lines
    assert not any(token in line for line in lines for token in application.auth.handed_out)


def test_without_the_library_it_says_which_extra_to_install(
    box: Box, monkeypatch: pytest.MonkeyPatch
) -> None:
    usual = builtins.__import__

    def missing(name: str, *args: Any) -> Any:
        if name.startswith("exchangelib"):
            raise ImportError(name)
        return usual(name, *args)

    for each in [name for name in sys.modules if name.startswith("postroom_ews.session")]:
        monkeypatch.delitem(sys.modules, each)
    monkeypatch.setattr(builtins, "__import__", missing)
    transport = EwsTransport(box.settings, TransportContext("test", 1_000))
    with problem("PR574", "postroom[exchange]"):
        transport.probe()


@pytest.mark.parametrize(
    "changes",
    [{"url": "http://mail.xyz.example/EWS/Exchange.asmx"}, {"url": "https://[::1"},
     {"mailbox": "help"}, {"password": None}, {"username": None}, {"auth": object()}],
)  # fmt: skip
def test_settings_that_make_no_sense_are_refused(box: Box, changes: dict[str, Any]) -> None:
    assert box.settings.never_shown == PASSWORD
    with pytest.raises(ValueError, match=r"address|together|either"):
        replace(box.settings, **changes)
