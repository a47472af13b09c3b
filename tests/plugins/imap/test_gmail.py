"""Gmail's ids and labels, on a small Gmail of ours: the real one cannot be had here."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from tests.plugins.contract import OurTransport
from tests.plugins.imap.gmail import ALL, FIRST_ID, TRASH, FakeGmail
from tests.plugins.imap.test_misbehaving import Desk
from tests.servers.script import ScriptedServer
from tests.unit.runtime.memory import House

from postroom.hooks.contracts import TransportContext
from postroom.model.envelope import Place
from postroom.model.settings import Secret
from postroom.testing.transport_contract import (
    Ledger,
    Mailbox,
    action_for,
    message,
)
from postroom_imap.settings import ImapSettings
from postroom_imap.transport import ImapTransport

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tests.servers.ca import Certificate, LocalCA

    from postroom.model.envelope import ActionVerb, Envelope


class Box:
    """The inbox of a small Gmail, as the contract suite wants it."""

    verbs: tuple[ActionVerb, ...] = ("keep", "flag", "move", "delete")

    def __init__(self, server: ScriptedServer, gmail: FakeGmail, settings: ImapSettings) -> None:
        self.server = server
        self.gmail = gmail
        self._settings = settings
        self._transports: list[ImapTransport] = []

    def deliver(self, raws: Sequence[bytes]) -> None:
        for raw in raws:
            self.gmail.deliver(raw)

    def poison(self) -> bool:
        return False

    def transport(self, max_message: int = 1_000_000, **changes: Any) -> ImapTransport:
        context = TransportContext("test", max_message)
        self._transports.append(ImapTransport(replace(self._settings, **changes), context))
        return self._transports[-1]

    def fetch(self, ledger: Ledger, folder: str = "INBOX") -> list[Envelope]:
        """Fetch what is new, as after a restart, and have it noted."""
        with closing(self.transport(folder=folder)) as transport:
            found = list(transport.fetch(ledger, 1_000))
        ledger.note(found)
        return found

    def settle(self, found: Envelope, verb: ActionVerb, target: str = "", **changes: Any) -> str:
        with closing(self.transport(**changes)) as transport:
            receipt = transport.settle(action_for(found, verb, target))
        assert receipt.done, receipt
        return receipt.detail

    def state(self) -> object:
        gmail = self.gmail
        return {each: (gmail.labels_of(each), gmail.flags[each]) for each in gmail.store}.__repr__()

    def close(self) -> None:
        for each in self._transports:
            each.close()


@pytest.fixture
def mailbox(ca: LocalCA, certificate: Certificate) -> Iterator[Box]:
    gmail = FakeGmail()
    with ScriptedServer(gmail, tls=certificate.context()) as server:
        settings = ImapSettings(
            host="localhost", port=server.port, username="me", password=Secret("app password"),
            ca_file=ca.ca_file,
        )  # fmt: skip
        with closing(Box(server, gmail, settings)) as box:
            yield box


class TestGmail(OurTransport):
    @pytest.fixture
    def mailbox(self, mailbox: Box) -> Mailbox:
        return mailbox


def test_a_message_is_known_by_its_id_and_its_conversation_is_kept(mailbox: Box) -> None:
    mailbox.deliver([message(1)])
    (found,) = mailbox.fetch(Ledger())
    assert found.place == Place("Gmail", "", str(FIRST_ID))
    assert found.thread == str(FIRST_ID & ~7)
    with closing(mailbox.transport()) as transport:
        assert transport.probe().newest == found.place


def test_the_log_has_the_conversation(mailbox: Box) -> None:
    house = House()
    mailbox.deliver([message(1)])
    house.engine.process(house.account, mailbox.fetch(Ledger()))
    (decided,) = [e for b in house.store.batches for e in b.entries if e.kind == "decision"]
    told = decided.body["message"]
    assert isinstance(told, dict)
    assert told["conversation"] == str(FIRST_ID & ~7)


def test_a_message_with_several_labels_is_one_message(mailbox: Box) -> None:
    ledger = Ledger()
    mailbox.gmail.deliver(message(1), "INBOX", "Kunden/Köln", "Billing")
    assert len(mailbox.fetch(ledger)) == 1
    for folder in ("Kunden/Köln", "Billing", ALL):
        assert mailbox.fetch(ledger, folder) == []


@pytest.mark.parametrize("sweep", [True, False])
def test_a_message_that_was_moved_away_and_back_is_the_same(mailbox: Box, *, sweep: bool) -> None:
    """It has another UID then."""
    ledger, transport = Ledger(full_sweep=sweep), mailbox.transport()
    first = mailbox.gmail.deliver(message(1))
    ledger.note(list(transport.fetch(ledger, 10)))
    mailbox.gmail.unlabel(first, "INBOX")
    assert list(transport.fetch(ledger, 10)) == []
    mailbox.gmail.label(first, "INBOX")
    mailbox.gmail.deliver(message(2))
    assert [each.raw for each in transport.fetch(ledger, 10)] == [message(2)]


def test_a_folder_that_is_numbered_anew_holds_what_it_held(mailbox: Box) -> None:
    ledger, transport = Ledger(), mailbox.transport()
    mailbox.deliver([message(number) for number in range(5)])
    ledger.note(list(transport.fetch(ledger, 10)))
    mailbox.gmail.labels["INBOX"].uidvalidity += 1
    assert list(transport.fetch(ledger, 10)) == []


def test_between_sweeps_only_what_was_added_is_asked_about(mailbox: Box) -> None:
    ledger, transport = Ledger(full_sweep=True), mailbox.transport()
    mailbox.deliver([message(number) for number in range(5)])
    ledger.note(list(transport.fetch(ledger, 10)))
    ledger.full_sweep = False
    for number in range(5, 8):
        mailbox.server.seen.clear()
        mailbox.deliver([message(number)])
        (found,) = transport.fetch(ledger, 10)
        assert found.raw == message(number)
        ledger.note([found])
        asked = [line.partition(b" ")[2] for line in mailbox.server.seen]
        assert asked[1] == b"UID SEARCH UID %d:*" % (number + 1)
        assert asked[-1] == b"UID FETCH %d (BODY.PEEK[])" % (number + 1)


def test_a_keyword_becomes_a_label_that_people_see(mailbox: Box) -> None:
    mailbox.deliver([message(1)])
    (found,) = mailbox.fetch(Ledger())
    for _ in range(2):
        assert mailbox.settle(found, "flag", "Postroom") == "labelled Postroom"
    assert mailbox.gmail.labels_of(FIRST_ID) == {ALL, "INBOX", "Postroom"}
    assert mailbox.settle(found, "flag", "seen") == "flagged seen"
    assert mailbox.gmail.flags[FIRST_ID] == {"\\Seen"}


def test_moving_takes_one_label_for_another(mailbox: Box) -> None:
    mailbox.gmail.deliver(message(1), "INBOX", "Billing")
    (found,) = mailbox.fetch(Ledger(), "Billing")
    assert mailbox.settle(found, "move", "Erledigt/Köln", folder="Billing")
    assert mailbox.gmail.labels_of(FIRST_ID) == {ALL, "INBOX", "Erledigt/Köln"}


def test_out_of_all_mail_nothing_is_moved(mailbox: Box) -> None:
    """The label is set, and that is all there is to do."""
    ledger = Ledger()
    mailbox.deliver([message(1)])
    (found,) = mailbox.fetch(ledger, ALL)
    assert mailbox.settle(found, "move", "Done", folder=ALL) == "moved to Done"
    assert mailbox.gmail.labels_of(FIRST_ID) == {ALL, "INBOX", "Done"}
    assert mailbox.fetch(ledger, ALL) == []


def test_what_is_deleted_goes_into_the_trash_whatever_it_is_called(mailbox: Box) -> None:
    """In a folder alone it would lose a label, and stay in All Mail for ever."""
    mailbox.gmail.deliver(message(1), "INBOX", "Billing")
    (found,) = mailbox.fetch(Ledger())
    assert mailbox.settle(found, "delete") == f"moved to {TRASH}"
    assert mailbox.gmail.labels_of(FIRST_ID) == {TRASH}


def test_a_message_that_has_another_number_now_is_still_dealt_with(mailbox: Box) -> None:
    mailbox.deliver([message(1)])
    (found,) = mailbox.fetch(Ledger())
    mailbox.gmail.unlabel(FIRST_ID, "INBOX")
    mailbox.deliver([message(2)])
    mailbox.gmail.label(FIRST_ID, "INBOX")
    assert mailbox.settle(found, "move", "Done") == "moved to Done"
    assert mailbox.gmail.labels_of(FIRST_ID) == {ALL, "Done"}
    assert mailbox.gmail.labels_of(FIRST_ID + 1) == {ALL, "INBOX"}


def test_a_message_that_somebody_has_archived_is_left_there(mailbox: Box) -> None:
    mailbox.deliver([message(1)])
    (found,) = mailbox.fetch(Ledger())
    mailbox.gmail.unlabel(FIRST_ID, "INBOX")
    assert mailbox.settle(found, "delete") == "already gone"
    assert mailbox.gmail.labels_of(FIRST_ID) == {ALL}


def test_an_id_means_nothing_to_another_server(ca: LocalCA, certificate: Certificate) -> None:
    from tests.plugins.imap.fake import FakeImap

    desk = Desk(ca, certificate)
    with desk.serving(FakeImap({1: message(1)})) as transport:
        (found,) = transport.fetch(Ledger(), 10)
        elsewhere = replace(found, place=Place("Gmail", "", "1"))
        receipt = transport.settle(action_for(elsewhere, "delete"))
    assert (receipt.done, receipt.final) == (False, True)
