"""A sweep that asks for what has changed finds what a list of everything would."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from postroom.testing.transport_contract import Ledger, message
from postroom_imap.mailbox import Folder
from postroom_imap.problems import DeclinedError
from postroom_imap.seen import LISTED_EVERY, Seen

if TYPE_CHECKING:
    from tests.plugins.imap.box import Box

    from postroom_imap.session import Session

OPENED = Folder("INBOX", False, "7", 1, 0, frozenset(), 1, False)  # noqa: FBT003


@dataclass
class Server:
    """A folder, as a session shows it; messages are numbers with the count of changes."""

    modseqs: dict[int, int] = field(default_factory=dict)
    uidnext: int = 1
    modseq: int = 1
    uidvalidity: int = 7
    lists: int = 0
    declines: bool = False

    def append(self) -> None:
        self.modseq += 1
        self.modseqs[self.uidnext] = self.modseq
        self.uidnext += 1

    def change(self, which: int) -> None:
        if self.modseqs:
            self.modseq += 1
            self.modseqs[sorted(self.modseqs)[which % len(self.modseqs)]] = self.modseq

    def expunge(self, which: int) -> None:
        if self.modseqs:
            self.modseq += 1
            del self.modseqs[sorted(self.modseqs)[which % len(self.modseqs)]]

    def anew(self) -> None:
        self.uidvalidity += 1
        self.modseqs = dict.fromkeys(range(1, len(self.modseqs) + 1), 1)
        self.uidnext, self.modseq = len(self.modseqs) + 1, 1

    @property
    def folder(self) -> Folder:
        now = replace(OPENED, uidvalidity=str(self.uidvalidity), uidnext=self.uidnext)
        return replace(now, count=len(self.modseqs), modseq=self.modseq)

    def uids(self, above: int = 0) -> list[int]:
        self.lists += not above
        return sorted(uid for uid in self.modseqs if uid > above)

    def changed_since(self, modseq: int) -> list[int]:
        if self.declines:
            raise DeclinedError("NO not today")
        return [uid for uid, changed in self.modseqs.items() if changed > modseq]


@dataclass
class Look:
    """What a transport does, and what the engine makes of it."""

    server: Server
    seen: Seen = field(default_factory=Seen)
    held: set[tuple[int, int]] = field(default_factory=set)

    def sweep(self, *, keep: int = 1_000, sweep: bool = True) -> list[int]:
        """Return what is found that the ledger does not hold, of which so many are then held."""
        server = self.server
        uids = self.seen.uids(cast("Session", server), server.folder, sweep=sweep)
        assert uids == sorted(uids)
        fresh = [uid for uid in uids if (server.uidvalidity, uid) not in self.held]
        self.seen.held(server.folder, fresh, sweep=sweep)
        self.held |= {(server.uidvalidity, uid) for uid in fresh[:keep]}
        return fresh


DOINGS = st.lists(
    st.one_of(
        st.tuples(st.just("append"), st.just(0)),
        st.tuples(st.sampled_from(("change", "expunge", "anew")), st.integers(0, 9)),
        st.tuples(st.sampled_from(("sweep", "round")), st.integers(0, 3)),
    ),
    max_size=60,
)


@given(DOINGS)
def test_nothing_that_the_ledger_lacks_is_left_out(doings: list[tuple[str, int]]) -> None:
    look = Look(Server())
    for doing, number in doings:
        server = look.server
        lacks = [uid for uid in server.modseqs if (server.uidvalidity, uid) not in look.held]
        match doing:
            case "append":
                server.append()
            case "anew":
                server.anew()
            case "sweep" | "round":
                found = look.sweep(keep=number, sweep=doing == "sweep")
                assert set(lacks) <= set(found)
            case _:
                getattr(server, doing)(number)


def test_a_folder_in_which_nothing_has_changed_is_not_listed_again() -> None:
    look = Look(Server())
    for _ in range(5):
        look.server.append()
    assert look.sweep() == [1, 2, 3, 4, 5]
    for _ in range(LISTED_EVERY - 1):
        assert look.sweep() == []
    assert look.server.lists == 1


def test_once_a_day_everything_is_listed_all_the_same() -> None:
    look = Look(Server())
    for _ in range(3 * LISTED_EVERY):
        look.sweep()
    assert look.server.lists == 3


def test_a_server_that_hides_a_message_from_its_count_is_found_out() -> None:
    look = Look(Server())
    look.sweep()
    look.server.modseqs[look.server.uidnext] = 0
    look.server.uidnext += 1
    assert look.sweep() == [1]


@pytest.mark.parametrize("modseq", [None, 0, 3])
def test_a_count_that_is_missing_or_went_back_is_no_help(modseq: int | None) -> None:
    look = Look(Server())
    for _ in range(5):
        look.server.append()
    look.sweep()
    look.held.clear()
    look.server.modseq = cast("int", modseq)
    assert look.sweep() == [1, 2, 3, 4, 5]
    assert look.server.lists == 2


def test_a_server_that_does_not_say_what_has_changed_is_asked_for_everything() -> None:
    look = Look(Server(declines=True))
    look.sweep()
    look.server.append()
    assert look.sweep() == [1]
    assert look.server.lists == 2


# --- against a real server ----------------------------------------------------


def asked(lines: list[str]) -> list[str]:
    """Return the commands that have been sent, without their tags, and forget them."""
    words = [line.split(maxsplit=2) for line in lines if line.startswith("C: ")]
    lines.clear()
    return [each[2].strip() for each in words if len(each) > 2]


def test_a_sweep_asks_dovecot_for_no_more_than_what_has_changed(box: Box) -> None:
    lines: list[str] = []
    box.deliver([message(number) for number in range(5)])
    transport, ledger = box.transport(trace=lines.append), Ledger(full_sweep=True)
    found = list(transport.fetch(ledger, 10))
    assert [each.raw for each in found] == [message(number) for number in range(5)]
    ledger.note([each for each in found if each.place.key != "2"])
    asked(lines)

    assert [each.place.key for each in transport.fetch(ledger, 10)] == ["2"]
    assert asked(lines)[0] == 'EXAMINE "INBOX"'
    ledger.note([found[1]])
    assert list(transport.fetch(ledger, 10)) == []
    assert asked(lines) == ['EXAMINE "INBOX"']

    box.user.doveadm("flags", "add", "\\Seen", "mailbox", "INBOX", "uid", "4")
    box.user.doveadm("expunge", "mailbox", "INBOX", "uid", "1")
    box.deliver([message(9)])
    assert [each.raw for each in transport.fetch(ledger, 10)] == [message(9)]
    (search,) = [line for line in asked(lines) if line.startswith("UID SEARCH")]
    assert search.startswith("UID SEARCH MODSEQ ")

    validity = int(found[0].place.epoch) + 1000
    box.user.doveadm("mailbox", "update", "--uid-validity", str(validity), "INBOX")
    assert len(list(transport.fetch(ledger, 10))) == 5
    assert "UID SEARCH UID 1:*" in asked(lines)


def test_a_sweep_that_was_broken_off_is_no_sweep(box: Box) -> None:
    box.deliver([message(number) for number in range(6)])
    transport, ledger = box.transport(), Ledger(full_sweep=True)
    assert len(list(transport.fetch(ledger, 2))) == 2
    found = transport.fetch(ledger, 10)
    next(found)
    del found
    assert len(list(transport.fetch(ledger, 10))) == 6
