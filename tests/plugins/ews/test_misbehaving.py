"""What Exchange, or somebody in between, may do wrong, and what becomes of it."""

from __future__ import annotations

import builtins
import sys
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from tests.plugins.ews.box import Box
from tests.plugins.exchange import ADDRESS, ExchangeFacts, problem
from tests.servers.ews import PASSWORD
from tests.servers.ews_soap import EwsError
from tests.servers.web import Response

from postroom.hooks.contracts import TransportContext
from postroom.testing.transport_contract import Ledger, message
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


class TestFacts(ExchangeFacts):
    @pytest.fixture
    def box(self, application: Box) -> Box:
        return application


def to(operation: str, answer: Response | EwsError) -> Callable[[str], Response | EwsError | None]:
    """Answer like this whenever an operation is asked for."""
    return lambda asked: answer if asked == operation else None


def test_an_application_acts_as_the_mailbox(application: Box) -> None:
    with problem("PR573", "impersonate: true"):
        application.transport(impersonate=False).probe()
    application.ews.denied.add(ADDRESS)
    with problem("PR511", "ApplicationImpersonation"):
        application.transport().probe()


def test_a_server_that_is_busy_says_for_how_long(box: Box) -> None:
    busy = EwsError("ErrorServerBusy", "Try again later.", BackOffMilliseconds=90_000)
    box.ews.answers.append(to("SyncFolderItems", busy))
    with problem("PR516") as found:
        list(box.transport().fetch(Ledger(), 10))
    assert found[0].after == timedelta(seconds=90)


def test_ews_that_is_switched_off_is_said_to_be(box: Box) -> None:
    box.ews.answers.append(to("GetFolder", Response(403, b"EWS is blocked")))
    with problem("PR511", "403"):
        box.transport().probe()


def test_between_sweeps_only_changes_are_asked_for(box: Box) -> None:
    transport, ledger = box.transport(), Ledger()
    box.deliver([message(number) for number in range(250)])
    ledger.note(list(transport.fetch(ledger, 1_000)))
    box.ews.asked.clear()
    assert list(transport.fetch(ledger, 10)) == []
    assert box.ews.asked == ["SyncFolderItems"]


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
