"""What a POP3 server, or somebody in between, may do wrong, and what becomes of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.plugins import desk as desks
from tests.plugins.desk import PASSWORD

from postroom.source.diagnostic import Problem
from postroom.testing.transport_contract import Ledger, action_for, message
from postroom_pop3.transport import Pop3Transport

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tests.servers.ca import Certificate, LocalCA
    from tests.servers.script import Wire

    from postroom.model.envelope import Envelope, ServerAction

ANOTHER = "another message has this unique id now"
MAIL = {number: message(number) for number in (1, 2, 3)}


class FakePop3:
    """A POP3 server that is well-behaved but for answers that differ, by command."""

    def __init__(self, messages: Mapping[int, bytes] | None = None, **answers: bytes) -> None:
        self.messages = dict(messages or {})
        self.answers = answers
        self.marked: set[int] = set()
        self.deleted: set[int] = set()

    def __call__(self, wire: Wire) -> None:
        wire.say(self.answers.get("greeting", b"+OK ready") + b"\r\n")
        while line := wire.line():
            words = line.split()
            name = words[0].decode("ascii").lower()
            numbered = f"{name}_{words[1].decode('ascii')}" if len(words) > 1 else name
            answer = self.answers.get(numbered, self.answers.get(name))
            wire.say(answer if answer is not None else self.usual(name, words[1:]))
            if name == "quit" and answer is None:
                self.deleted |= self.marked
                return

    def usual(self, name: str, words: list[bytes]) -> bytes:
        """Answer as a good server does."""
        match name:
            case "list":
                lines = [b"%d %d" % (n, len(raw)) for n, raw in self.messages.items()]
            case "uidl":
                lines = [b"%d uid-%d" % (n, n) for n in self.messages]
            case "retr":
                lines = self.messages[int(words[0])].split(b"\r\n")[:-1]
            case "top":
                lines = self.messages[int(words[0])].partition(b"\r\n\r\n")[0].split(b"\r\n")
                lines.append(b"")
            case "dele":
                self.marked.add(int(words[0]))
                return b"+OK\r\n"
            case _:
                return b"+OK\r\n"
        stuffed = [b"." + line if line.startswith(b".") else line for line in lines]
        return b"\r\n".join([b"+OK", *stuffed, b".", b""])


class Desk(desks.Desk[Pop3Transport]):
    kind = Pop3Transport


@pytest.fixture
def desk(ca: LocalCA, certificate: Certificate) -> Desk:
    return Desk(ca, certificate)


def fetch(transport: Pop3Transport) -> list[Envelope]:
    return list(transport.fetch(Ledger(), 100))


# --- certificates and STLS ----------------------------------------------------


def test_a_certificate_for_another_host_is_not_accepted(desk: Desk) -> None:
    other = desk.ca.issue("pop3-other", ("other.example",))
    found = desk.refused(FakePop3(), certificate=other)
    assert found.code == "PR512"
    assert "certificate" in found.message


def test_an_expired_certificate_is_not_accepted(desk: Desk) -> None:
    expired = desk.ca.issue("pop3-expired", expired=True)
    assert desk.refused(FakePop3(), certificate=expired).code == "PR512"


def test_a_certificate_of_nobody_we_know_is_not_accepted(desk: Desk) -> None:
    assert desk.refused(FakePop3(), ca_file=None).code == "PR512"


def in_the_clear(capabilities: bytes, answer: bytes) -> Callable[[Wire], None]:
    def script(wire: Wire) -> None:
        wire.say(b"+OK ready\r\n")
        while line := wire.line():
            wire.say(capabilities if line == b"CAPA" else answer)

    return script


def test_stls_that_was_taken_out_of_the_capabilities_is_missed(desk: Desk) -> None:
    found = desk.refused(in_the_clear(b"+OK\r\nUIDL\r\n.\r\n", b"+OK\r\n"), tls="starttls")
    assert (found.code, "does not offer STLS" in found.message) == ("PR512", True)
    assert desk.server.seen == [b"CAPA"]


def test_stls_that_is_refused_ends_it(desk: Desk) -> None:
    script = in_the_clear(b"+OK\r\nSTLS\r\n.\r\n", b"-ERR not today\r\n")
    assert desk.refused(script, tls="starttls").code == "PR512"


def test_data_before_the_handshake_ends_it(desk: Desk) -> None:
    script = in_the_clear(b"+OK\r\nSTLS\r\n.\r\n", b"+OK\r\n+OK welcome\r\n")
    found = desk.refused(script, tls="starttls")
    assert (found.code, "in the clear" in found.message) == ("PR512", True)


def test_a_server_that_sends_us_away_is_tried_later(desk: Desk) -> None:
    def script(wire: Wire) -> None:
        wire.say(b"-ERR too many connections\r\n")

    assert desk.refused(script, tls="starttls").code == "PR516"


# --- signing in ---------------------------------------------------------------


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (b"-ERR [AUTH] wrong password\r\n", "PR511"),
        (b"-ERR no\r\n", "PR511"),
        (b"-ERR [IN-USE] the mailbox is locked\r\n", "PR516"),
        (b"-ERR [SYS/TEMP] later\r\n", "PR516"),
        (b"-ERR [LOGIN-DELAY] not yet\r\n", "PR516"),
    ],
)
def test_a_refusal_for_good_is_told_from_one_that_passes(
    answer: bytes, code: str, desk: Desk
) -> None:
    assert desk.refused(FakePop3({}, **{"pass": answer})).code == code


def test_a_server_that_repeats_the_password_does_not_make_us_show_it(desk: Desk) -> None:
    answer = b"-ERR " + PASSWORD.encode() + b" is wrong\r\n"
    assert "***" in desk.refused(FakePop3({}, **{"pass": answer})).message


# --- fetching -----------------------------------------------------------------


def test_a_line_of_any_length_is_read(desk: Desk) -> None:
    raw = b"Subject: long\r\n\r\n" + b"x" * 4_500 + b"\r\n"
    with desk.serving(FakePop3({1: raw})) as transport:
        assert [each.raw for each in fetch(transport)] == [raw]


def test_lines_that_begin_with_dots_stay_as_they_are(desk: Desk) -> None:
    raw = b"Subject: dots\r\n\r\n.\r\n..\r\n.x\r\n"
    with desk.serving(FakePop3({1: raw})) as transport:
        assert [each.raw for each in fetch(transport)] == [raw]


def test_one_message_that_is_refused_costs_one_message(desk: Desk) -> None:
    server = FakePop3(MAIL, retr_2=b"-ERR it is broken\r\n")
    with desk.serving(server) as transport:
        found = fetch(transport)
    assert [each.raw for each in found if not each.problem] == [MAIL[1], MAIL[3]]
    assert found[1].problem == "the server does not give the message: it is broken"


def test_a_refusal_that_passes_blames_no_message(desk: Desk) -> None:
    """Any other of its words costs one message; these are about the server."""
    server = FakePop3(MAIL, retr_2=b"-ERR [SYS/TEMP] too many requests\r\n")
    with desk.serving(server) as transport:
        envelopes = transport.fetch(Ledger(), 100)
        assert next(envelopes).raw == MAIL[1]
        with pytest.raises(Problem) as caught:
            next(envelopes)
    assert caught.value.diagnostic.code == "PR516"


def test_a_server_that_never_ends_is_given_up(desk: Desk) -> None:
    def endless(wire: Wire) -> None:
        good = FakePop3({1: MAIL[1]}, retr=b"+OK\r\n" + b"x" * 3_000_000)
        good(wire)

    with desk.serving(endless) as transport, pytest.raises(Problem) as caught:
        fetch(transport)
    assert caught.value.diagnostic.code == "PR515"


def test_a_server_that_says_nothing_is_given_up(desk: Desk) -> None:
    assert desk.refused(FakePop3(uidl=b"")).code == "PR514"


def test_a_connection_that_ends_half_way_is_told(desk: Desk) -> None:
    def script(wire: Wire) -> None:
        wire.say(b"+OK ready\r\n")
        wire.line()

    assert desk.refused(script).code == "PR510"


@pytest.mark.parametrize("answer", [b"+OK\r\nnonsense\r\n.\r\n", b"+OK\r\n1\r\n.\r\n", b"?\r\n"])
def test_an_answer_without_sense_is_the_servers_fault(answer: bytes, desk: Desk) -> None:
    assert desk.refused(FakePop3(uidl=answer)).code == "PR515"


def test_without_unique_ids_nothing_is_fetched(desk: Desk) -> None:
    found = desk.refused(FakePop3(MAIL, uidl=b"-ERR unknown command\r\n"))
    assert (found.code, "no unique ids" in found.message) == ("PR515", True)


# --- odd ids ------------------------------------------------------------------


def listed(*ids: bytes) -> bytes:
    lines = [b"%d %b" % (number, each) for number, each in enumerate(ids, start=1)]
    return b"\r\n".join([b"+OK", *lines, b".", b""])


@pytest.mark.parametrize(
    "ids",
    [
        (b"same", b"same", b"same"),
        (b"a", b"b", b"a"),
        (b"\xff", b"\xfe", b"\xfd"),
        (b"~" * 500, b"~" * 501, b"~" * 502),
        (b"<1 2>", b"<1 3>", b"1 2"),
        (b" 1 ", b"2\t", b"3"),
    ],
)
def test_messages_are_told_apart_whatever_their_ids(desk: Desk, ids: tuple[bytes, ...]) -> None:
    with desk.serving(FakePop3(MAIL, uidl=listed(*ids))) as transport:
        found = fetch(transport)
        assert [each.raw for each in found] == list(MAIL.values())
        assert len({each.place for each in found}) == 3
        ledger = Ledger()
        ledger.note(found)
        assert list(transport.fetch(ledger, 100)) == []


@pytest.mark.parametrize("refused", [{}, {"top": b"-ERR unknown command\r\n"}])
def test_a_message_that_takes_the_id_of_one_that_went_is_fetched(
    refused: dict[str, bytes], desk: Desk
) -> None:
    ledger, shared = Ledger(), listed(b"a", b"a")
    before = FakePop3({1: MAIL[1], 2: MAIL[2]}, uidl=shared, **refused)
    after = FakePop3({1: MAIL[2], 2: MAIL[3]}, uidl=shared, **refused)
    with desk.serving(before, after, after) as transport:
        ledger.note(list(transport.fetch(ledger, 100)))
        found = list(transport.fetch(ledger, 100))
        assert [each.raw for each in found] == [MAIL[3]]
        ledger.note(found)
        assert list(transport.fetch(ledger, 100)) == []


def test_only_messages_that_share_an_id_are_looked_into(desk: Desk) -> None:
    ledger, server = Ledger(), FakePop3(MAIL, uidl=listed(b"a", b"b", b"a"))
    with desk.serving(server) as transport:
        ledger.note(fetch(transport))
        desk.server.seen.clear()
        assert list(transport.fetch(ledger, 100)) == []
    assert [line for line in desk.server.seen if line.startswith((b"TOP", b"RETR"))] == [
        b"TOP 1 0", b"TOP 3 0"
    ]  # fmt: skip


def test_of_two_messages_with_one_id_the_one_that_is_left_has_it_alone(desk: Desk) -> None:
    """It comes once more, and is known by its bytes."""
    both = FakePop3({1: MAIL[1], 2: MAIL[2]}, uidl=listed(b"a", b"a"))
    left = FakePop3({1: MAIL[2]}, uidl=listed(b"a"))
    with desk.serving(both, left) as transport:
        ledger = Ledger()
        ledger.note(fetch(transport))
        assert [each.place.key for each in transport.fetch(ledger, 100)] == ["a"]


def test_a_message_is_deleted_that_shared_its_id_and_no_longer_does(desk: Desk) -> None:
    both = FakePop3({1: MAIL[1], 2: MAIL[2]}, uidl=listed(b"a", b"a"))
    left = FakePop3({1: MAIL[2]}, uidl=listed(b"a"))
    with desk.serving(both, left) as transport:
        receipts = transport.settle_together(deletions(fetch(transport)))
    assert [each.detail for each in receipts] == [ANOTHER, "deleted"]
    assert left.deleted == {1}


def test_a_message_is_deleted_that_shares_its_id_by_now(desk: Desk) -> None:
    alone = FakePop3({1: MAIL[2]}, uidl=listed(b"a"))
    both = FakePop3({1: MAIL[1], 2: MAIL[2]}, uidl=listed(b"a", b"a"))
    with desk.serving(alone, both) as transport:
        assert transport.settle(deletions(fetch(transport))[0]).detail == "deleted"
    assert both.deleted == {2}


def test_of_two_copies_with_one_id_that_is_deleted_which_is_meant(desk: Desk) -> None:
    """The second is gone; the first must not go in its place."""
    both = FakePop3({1: MAIL[1], 2: MAIL[1]}, uidl=listed(b"a", b"a"))
    left = FakePop3({1: MAIL[1]}, uidl=listed(b"a"))
    with desk.serving(both, left) as transport:
        second = fetch(transport)[1]
        assert transport.settle(action_for(second, "delete")).detail == ANOTHER
    assert left.deleted == set()


def test_a_message_under_the_id_of_another_is_not_deleted(desk: Desk) -> None:
    """Which one has the id and which which does not changes when one of them goes."""
    before = FakePop3(MAIL, uidl=listed(b"a", b"a", b"b"))
    after = FakePop3({1: MAIL[2], 2: MAIL[3]}, uidl=listed(b"a", b"b"))
    with desk.serving(before, after) as transport:
        first = fetch(transport)[0]
        assert not transport.settle(action_for(first, "delete")).done
    assert after.deleted == set()


# --- settling -----------------------------------------------------------------


def test_a_message_is_deleted_when_the_session_ends_and_not_before(desk: Desk) -> None:
    server = FakePop3(MAIL)
    with desk.serving(server) as transport:
        second = fetch(transport)[1]
        assert transport.settle(action_for(second, "delete")).done
    assert server.deleted == {2}


def test_a_goodbye_that_is_refused_is_no_deletion(desk: Desk) -> None:
    server = FakePop3(MAIL, quit=b"-ERR [SYS/TEMP] some deleted messages not removed\r\n")
    with desk.serving(server) as transport:
        second = fetch(transport)[1]
        receipt = transport.settle(action_for(second, "delete"))
    assert (receipt.done, receipt.final) == (False, False)


def deletions(found: list[Envelope]) -> list[ServerAction]:
    return [action_for(each, "delete") for each in found]


def test_many_messages_are_deleted_in_one_session_that_lists_them_once(desk: Desk) -> None:
    reading, deleting = FakePop3(MAIL), FakePop3(MAIL)
    with desk.serving(reading, deleting) as transport:
        receipts = transport.settle_together(deletions(fetch(transport)))
    assert [each.detail for each in receipts] == ["deleted"] * 3
    assert deleting.deleted == {1, 2, 3}
    assert desk.server.seen.count(b"UIDL") == 2, "once to read, once to delete"


def test_one_of_many_that_is_another_message_now_stays(desk: Desk) -> None:
    reading, deleting = FakePop3(MAIL), FakePop3({**MAIL, 2: message(4)}, dele_3=b"-ERR no\r\n")
    with desk.serving(reading, deleting) as transport:
        receipts = transport.settle_together(deletions(fetch(transport)))
    assert [(each.done, each.final) for each in receipts] == [
        (True, True), (False, True), (False, False)
    ]  # fmt: skip
    assert deleting.deleted == {1}


def test_nothing_is_told_of_as_deleted_if_the_session_does_not_end_well(desk: Desk) -> None:
    reading, gone = FakePop3(MAIL), FakePop3({1: MAIL[1], 3: MAIL[3]}, quit=b"-ERR not all\r\n")
    with desk.serving(reading, gone) as transport:
        receipts = transport.settle_together(deletions(fetch(transport)))
    assert [each.detail for each in receipts] == ["not all", "already gone", "not all"]
    assert [each.done for each in receipts] == [False, True, False]


def test_a_session_that_breaks_before_its_end_settles_nothing(desk: Desk) -> None:
    reading, cut = FakePop3(MAIL), FakePop3(MAIL, quit=b"")
    with desk.serving(reading, cut) as transport:
        with pytest.raises(Problem) as caught:
            transport.settle_together(deletions(fetch(transport)))
        assert caught.value.diagnostic.code == "PR514"


def test_a_session_that_deletes_ends_in_good_time(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What it did is known then, and others can use the mailbox."""
    monkeypatch.setattr("postroom_pop3.transport._LONGEST", -1.0)
    reading, deleting = FakePop3(MAIL), FakePop3(MAIL)
    with desk.serving(reading, deleting) as transport:
        assert len(transport.settle_together(deletions(fetch(transport)))) == 1
    assert deleting.deleted == {1}


def test_a_list_that_is_refused_is_asked_for_later(desk: Desk) -> None:
    server = FakePop3(MAIL, list=b"-ERR busy\r\n")
    with desk.serving(server) as transport, pytest.raises(Problem) as caught:
        fetch(transport)
    assert caught.value.diagnostic.code == "PR516"


def test_fetching_marks_nothing(desk: Desk) -> None:
    server = FakePop3(MAIL)
    with desk.serving(server) as transport:
        fetch(transport)
    assert not any(line.startswith(b"DELE") for line in desk.server.seen)
    assert b"QUIT" not in desk.server.seen, "even a confused server deletes nothing without it"
