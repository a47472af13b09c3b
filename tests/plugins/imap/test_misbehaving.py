"""What a server, or somebody in between, may do wrong, and what becomes of it."""

from __future__ import annotations

import base64
import threading
import time
from contextlib import suppress
from datetime import timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest
from tests.plugins import desk as desks
from tests.plugins.desk import PASSWORD, TIMEOUT
from tests.plugins.imap.fake import CAPABILITIES, FakeImap

from postroom.source.diagnostic import Problem
from postroom.testing.transport_contract import Ledger, action_for, message
from postroom_imap.idle import news_within
from postroom_imap.transport import ImapTransport

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.plugins.imap.fake import Handler
    from tests.servers.ca import Certificate, LocalCA
    from tests.servers.script import Wire

    from postroom.model.envelope import ActionVerb, Envelope

MAIL = {uid: message(uid) for uid in (1, 2, 3)}
HOUR = 3_600.0


class Desk(desks.Desk[ImapTransport]):
    kind = ImapTransport

    @property
    def commands(self) -> list[str]:
        """Return the commands that the server saw, without tags."""
        return [line.decode("ascii").partition(" ")[2] for line in self.server.seen]


@pytest.fixture
def desk(ca: LocalCA, certificate: Certificate) -> Desk:
    return Desk(ca, certificate)


def fetch(transport: ImapTransport, ledger: Ledger | None = None) -> list[Envelope]:
    return list(transport.fetch(ledger or Ledger(), 100))


def whole(found: list[Envelope]) -> list[bytes]:
    return [each.raw for each in found if not each.problem]


# --- certificates and STARTTLS ------------------------------------------------


def test_a_certificate_for_another_host_is_not_accepted(desk: Desk) -> None:
    other = desk.ca.issue("other", ["mail.other.example"])
    found = desk.refused(FakeImap(), certificate=other)
    assert found.code == "PR512"
    assert "not valid for 'localhost'" in found.message
    assert desk.server.seen == []


def test_an_expired_certificate_is_not_accepted(desk: Desk) -> None:
    found = desk.refused(FakeImap(), certificate=desk.ca.issue("old", expired=True))
    assert found.code == "PR512"
    assert "expired" in found.message


def test_a_certificate_of_nobody_we_know_is_not_accepted(
    desk: Desk, tmp_path_factory: pytest.TempPathFactory
) -> None:
    from tests.servers.ca import LocalCA

    stranger = LocalCA(tmp_path_factory.mktemp("stranger")).issue()
    assert desk.refused(FakeImap(), certificate=stranger).code == "PR512"


def starttls(context: Any, then: Callable[[Wire], None], extra: bytes = b"") -> Any:
    """Return a script that offers STARTTLS, says something extra, and goes on encrypted."""

    def script(wire: Wire) -> None:
        wire.say(b"* OK [CAPABILITY IMAP4rev1 STARTTLS X-IN-THE-CLEAR] ready\r\n")
        assert wire.line() == b"s1 CAPABILITY"
        wire.say(b"* CAPABILITY IMAP4rev1 STARTTLS X-IN-THE-CLEAR\r\ns1 OK\r\n")
        assert wire.line() == b"s2 STARTTLS"
        wire.say(b"s2 OK begin\r\n" + extra)
        wire.encrypt(context)
        then(wire)

    return script


def encrypted(wire: Wire) -> None:
    """Go on as a server does after STARTTLS, without another greeting."""
    fake = FakeImap(MAIL)
    while line := wire.line():
        tag, _, command = line.partition(b" ")
        if not fake.usual(wire, tag, command):
            return


def test_what_was_said_in_the_clear_is_forgotten(desk: Desk) -> None:
    script = starttls(desk.certificate.context(), encrypted)
    with desk.serving(script, tls="starttls") as transport:
        assert whole(fetch(transport)) == list(MAIL.values())
        assert transport._session is not None
        assert not transport._session.can("X-IN-THE-CLEAR")
    assert "CAPABILITY" in desk.commands[2]  # asked for again


def test_starttls_that_was_taken_out_of_the_capabilities_is_missed(desk: Desk) -> None:
    found = desk.refused(FakeImap(capabilities=b"IMAP4rev1 AUTH=PLAIN"), tls="starttls")
    assert found.code == "PR512"
    assert "does not offer STARTTLS" in found.message
    assert desk.commands == ["CAPABILITY"]


def test_starttls_that_is_refused_ends_it(desk: Desk) -> None:
    fake = FakeImap(capabilities=b"IMAP4rev1 STARTTLS", starttls=b"NO not today")
    found = desk.refused(fake, tls="starttls")
    assert found.code == "PR512"
    assert desk.commands == ["CAPABILITY", "STARTTLS"]


def test_data_before_the_handshake_ends_it(desk: Desk) -> None:
    script = starttls(desk.certificate.context(), encrypted, b"* OK injected\r\na1 OK\r\n")
    found = desk.refused(script, tls="starttls")
    assert found.code == "PR512"
    assert "in the clear" in found.message
    assert desk.commands == ["CAPABILITY", "STARTTLS"]


def test_preauth_in_the_clear_ends_it(desk: Desk) -> None:
    found = desk.refused(FakeImap(greeting=b"* PREAUTH welcome"), tls="starttls")
    assert found.code == "PR512"
    assert desk.commands == []


def test_preauth_behind_a_good_certificate_is_not_trusted(desk: Desk) -> None:
    found = desk.refused(FakeImap(greeting=b"* PREAUTH welcome"))
    assert found.code == "PR515"
    assert "signed in already" in found.message


def test_a_server_that_speaks_no_imap_is_named(desk: Desk) -> None:
    assert (
        desk.refused(FakeImap(greeting=b"220 smtp.example ESMTP"), tls="starttls").code == "PR512"
    )
    assert desk.refused(FakeImap(greeting=b"220 smtp.example ESMTP")).code in ("PR510", "PR515")


# --- signing in ---------------------------------------------------------------


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (b"NO [AUTHENTICATIONFAILED] wrong", "PR511"),
        (b"NO [UNAVAILABLE] Temporary authentication failure", "PR516"),
        (b"NO [ALERT] Too many simultaneous connections. (Failure)", "PR516"),
        (b"NO no", "PR511"),
        (b"BAD User is authenticated but not connected.", "PR511"),
        (b"NO [AUTHENTICATIONFAILED] " + PASSWORD.encode() + b" is wrong", "PR511"),
    ],
)
@pytest.mark.parametrize("way", ["plain", "login"])
def test_a_refusal_for_good_is_told_from_one_that_passes(
    desk: Desk, answer: bytes, code: str, way: str
) -> None:
    capabilities = CAPABILITIES if way == "plain" else b"IMAP4rev1"
    fake = FakeImap(capabilities=capabilities, authenticate=answer, login=answer)
    assert desk.refused(fake).code == code


def test_a_shared_mailbox_that_is_closed_is_explained(desk: Desk) -> None:
    fake = FakeImap(authenticate=b"BAD User is authenticated but not connected.")
    assert "full access" in str(desk.refused(fake).help)


def test_a_password_is_not_told_where_signing_in_is_disabled(desk: Desk) -> None:
    found = desk.refused(FakeImap(capabilities=b"IMAP4rev1 LOGINDISABLED"))
    assert found.code == "PR511"
    assert desk.commands == ["CAPABILITY"]


def test_a_name_with_signs_in_it_stays_one_word(desk: Desk) -> None:
    with desk.serving(FakeImap(capabilities=b"IMAP4rev1"), username='a "b\\c') as transport:
        transport.probe()
    assert desk.commands[1] == f'LOGIN "a \\"b\\\\c" "{PASSWORD}"'
    assert PASSWORD not in str(desk.trace)


def test_a_shared_mailbox_is_signed_in_as_it_is_written(desk: Desk) -> None:
    said: list[bytes] = []

    def authenticate(wire: Wire, tag: bytes, _command: bytes) -> bool:
        wire.say(b"+ \r\n")
        said.append(base64.b64decode(wire.line()))
        wire.say(tag + b" OK in\r\n")
        return True

    name = "owner@x.example/shared@x.example"
    with desk.serving(FakeImap(authenticate=authenticate), username=name) as transport:
        transport.probe()
    assert said == [f"\0{name}\0{PASSWORD}".encode()]


def test_a_connection_that_ends_while_signing_in_is_no_wrong_password(desk: Desk) -> None:
    assert desk.refused(FakeImap(authenticate=lambda *_: False)).code == "PR510"


# --- hanging and ending -------------------------------------------------------


def hang(wire: Wire, *_: object) -> bool:
    wire.line()
    return False


def drip(wire: Wire, *_: object) -> bool:
    for _each in range(100):
        wire.say(b"*")
        time.sleep(0.05)
    return False


def _silent(wire: Wire) -> None:
    wire.line()


@pytest.mark.parametrize("tls", ["implicit", "starttls"])
def test_a_server_that_never_greets_is_given_up(desk: Desk, tls: str) -> None:
    started = time.monotonic()
    assert desk.refused(_silent, tls=tls).code == "PR514"
    assert time.monotonic() - started < 5


@pytest.mark.parametrize("command", ["capability", "authenticate", "examine"])
@pytest.mark.parametrize("behave", [hang, drip])
def test_a_server_that_stops_or_drips_is_given_up(
    desk: Desk, command: str, behave: Handler
) -> None:
    started = time.monotonic()
    assert desk.refused(FakeImap(**{command: behave})).code == "PR514"  # type: ignore[arg-type]
    assert time.monotonic() - started < 5


def test_a_server_that_sends_us_away_is_tried_later(desk: Desk) -> None:
    found = desk.refused(FakeImap(greeting=b"* BYE Too many connections"))
    assert found.code == "PR516"
    assert "Too many connections" in found.message
    assert desk.refused(FakeImap(greeting=b"* BYE no"), tls="starttls").code == "PR516"


def test_bye_in_the_middle_ends_this_fetch_and_the_next_connects_again(desk: Desk) -> None:
    def bye(wire: Wire, *_: object) -> bool:
        wire.say(b"* BYE Server shutting down\r\n")
        return False

    broken, good = FakeImap(MAIL, uid_search=bye), FakeImap(MAIL)
    with desk.serving(broken, good) as transport:
        with pytest.raises(Problem) as caught:
            fetch(transport)
        assert caught.value.diagnostic.code == "PR510"
        assert "Server shutting down" in caught.value.diagnostic.message
        assert whole(fetch(transport)) == list(MAIL.values())
    assert desk.server.connections == 2


# --- answers that make no sense -----------------------------------------------


@pytest.mark.parametrize(
    "answer",
    [
        b"* 1 EXISTS\r\n",
        b"* OK [UIDVALIDITY x] ok\r\n* 1 EXISTS\r\n",
        b"* x EXISTS\r\n* OK [UIDVALIDITY 1] ok\r\n",
        b"* \xff\xfe\r\n",
        b"nonsense\r\n",
        b"* OK [PERMANENTFLAGS\r\n",
        b"",
    ],
)
def test_an_answer_without_sense_is_the_servers_fault(desk: Desk, answer: bytes) -> None:
    def opened(wire: Wire, tag: bytes, _command: bytes) -> bool:
        wire.say(answer + tag + b" OK done\r\n")
        return True

    assert desk.refused(FakeImap(examine=opened)).code in ("PR510", "PR515")


@pytest.mark.parametrize("answer", [b"* SEARCH 1 x\r\n", b"* SEARCH \xff\r\n", b"* SEARCH -1\r\n"])
def test_numbers_that_are_none_never_become_commands(desk: Desk, answer: bytes) -> None:
    def search(wire: Wire, tag: bytes, _command: bytes) -> bool:
        wire.say(answer + tag + b" OK done\r\n")
        return True

    with desk.serving(FakeImap(MAIL, uid_search=search)) as transport, suppress(Problem):
        fetch(transport)
    fetched = [each for each in desk.commands if each.startswith("UID FETCH")]
    assert all(each.split()[2].replace(",", "").isdecimal() for each in fetched)


# --- answers that are odd, and right --------------------------------------------


CHATTER = (
    b"* OK [ALERT] the weather is fine\r\n* 3 EXISTS\r\n* 0 RECENT\r\n"
    b"* 1 FETCH (FLAGS (\\Seen))\r\n* 2 FETCH (UID 2 FLAGS () MODSEQ (9))\r\n"
    b"* FLAGS (\\Seen)\r\n* CAPABILITY IMAP4rev1 X-NEW\r\n* NO [X] disk nearly full\r\n"
)


class Chatty(FakeImap):
    """Tells of this and that before and behind every answer (RFC 3501 7)."""

    def usual(self, wire: Wire, tag: bytes, command: bytes) -> bool:
        if command.split()[0].upper() in (b"UID", b"EXAMINE", b"SELECT"):
            wire.say(CHATTER)
        return super().usual(wire, tag, command)


class InPieces(FakeImap):
    """Gives what is asked of a message in several answers, in any order, in small letters."""

    def fetched(self, uid: int, items: bytes) -> bytes:
        whole = super().fetched(uid, items)
        if b"RFC822.SIZE" in items:
            date = b'"01-Jan-2024 10:00:00 +0000"'
            return (
                b"* %d FETCH (internaldate %b UID %d)\r\n* %d FETCH (rfc822.size %d UID %d)\r\n"
            ) % (uid, date, uid, uid, len(self.messages[uid]), uid)
        return b"* %d FETCH (UID %d FLAGS ())\r\n" % (uid, uid) + whole.replace(
            b"BODY[]", b"body[]"
        )


@pytest.mark.parametrize("kind", [Chatty, InPieces])
def test_what_is_told_unasked_and_in_pieces_confuses_nobody(
    desk: Desk, kind: type[FakeImap]
) -> None:
    with desk.serving(kind(MAIL)) as transport:
        assert whole(fetch(transport)) == list(MAIL.values())
        found = fetch(transport)
        assert [each.received_at.year for each in found if each.received_at] == [2024] * 3
        assert transport.settle(action_for(found[1], "move", "Done")).done
    assert desk.server.connections == 1


def test_a_folder_that_is_unavailable_is_tried_later(desk: Desk) -> None:
    found = desk.refused(FakeImap(examine=b"NO [UNAVAILABLE] the back end is down"))
    assert (found.code, "the back end is down" in found.message) == ("PR516", True)


def test_who_we_are_is_said_before_a_folder_is_opened(desk: Desk) -> None:
    """Some servers open none to strangers; those that refuse to hear it are read all the same."""
    for answer in ({}, {"id": b"BAD what?", "enable": b"NO not here"}):
        fake = FakeImap(MAIL, capabilities=CAPABILITIES + b" ID ENABLE CONDSTORE", **answer)
        with desk.serving(fake) as transport:
            assert whole(fetch(transport)) == list(MAIL.values())
        said = desk.commands
        assert said.index('ID ("name" "postroom")') < said.index('EXAMINE "INBOX"')


# --- one message that cannot be had -------------------------------------------


def poison(uid: int, behave: Handler) -> Handler:
    """Return a way to answer FETCH that goes wrong when a body is asked for."""

    def answer(wire: Wire, tag: bytes, command: bytes) -> bool:
        words = command.split()
        if b"BODY.PEEK[]" in command and b"%d" % uid in words[2].split(b","):
            return behave(wire, tag, command)
        return FakeImap(MAIL).usual(wire, tag, command)

    return answer


def no(wire: Wire, tag: bytes, _command: bytes) -> bool:
    wire.say(tag + b" NO this one is broken\r\n")
    return True


def bad(wire: Wire, tag: bytes, _command: bytes) -> bool:
    wire.say(tag + b" BAD Internal error\r\n")
    return True


def short(wire: Wire, tag: bytes, _command: bytes) -> bool:
    wire.say(b"* 1 FETCH (UID 2 BODY[] {3}\r\nfar more than three)\r\n" + tag + b" OK done\r\n")
    return True


def long(wire: Wire, tag: bytes, _command: bytes) -> bool:
    wire.say(b"* 1 FETCH (UID 2 BODY[] {9000}\r\nless)\r\n" + tag + b" OK done\r\n")
    return True


def monstrous(wire: Wire, tag: bytes, _command: bytes) -> bool:
    wire.say(b"* 1 FETCH (UID 2 BODY[] {99999999999999}\r\nx)\r\n" + tag + b" OK done\r\n")
    return True


def endless(wire: Wire, _tag: bytes, _command: bytes) -> bool:
    for _ in range(200):
        wire.say(b"* OK still at it" + b"." * 65_536 + b"\r\n")
    return False


def gone(*_: object) -> bool:
    return False


@pytest.mark.parametrize(
    ("uid", "behave"),
    [
        *((2, behave) for behave in (no, bad, short, long, monstrous, endless, gone)),
        *((uid, behave) for uid in (1, 3) for behave in (no, gone)),
    ],
)
def test_one_poisonous_message_costs_one_message(desk: Desk, uid: int, behave: Handler) -> None:
    with desk.serving(FakeImap(MAIL, uid_fetch=poison(uid, behave))) as transport:
        found = fetch(transport)
    assert [each.place.key for each in found] == ["1", "2", "3"]
    assert [each.place.key for each in found if each.problem] == [str(uid)]
    assert whole(found) == [raw for number, raw in MAIL.items() if number != uid]


def test_of_a_message_that_is_refused_there_is_the_header(desk: Desk) -> None:
    with desk.serving(FakeImap(MAIL, uid_fetch=poison(2, no))) as transport:
        found = fetch(transport)
    assert found[1].raw == MAIL[2][: MAIL[2].index(b"\r\n\r\n") + 4]
    assert found[1].problem == "the server does not give it: this one is broken"


def test_a_server_that_fails_for_all_is_at_fault_itself(desk: Desk) -> None:
    with desk.serving(FakeImap(MAIL, uid_fetch=poison_all(no))) as transport:
        for _ in range(5):
            with pytest.raises(Problem) as caught:
                fetch(transport)
            assert caught.value.diagnostic.code == "PR515"


def poison_all(behave: Handler) -> Handler:
    def answer(wire: Wire, tag: bytes, command: bytes) -> bool:
        if b"BODY.PEEK[]" in command:
            return behave(wire, tag, command)
        return FakeImap(MAIL).usual(wire, tag, command)

    return answer


def test_a_refusal_that_passes_blames_no_message(desk: Desk) -> None:
    def unavailable(wire: Wire, tag: bytes, _command: bytes) -> bool:
        wire.say(tag + b" NO [UNAVAILABLE] come back later\r\n")
        return True

    with desk.serving(FakeImap(MAIL, uid_fetch=poison(3, unavailable))) as transport:
        with pytest.raises(Problem) as caught:
            fetch(transport)
        assert caught.value.diagnostic.code == "PR516"


def test_a_lone_message_is_blamed_when_it_fails_three_times(desk: Desk) -> None:
    lone = {2: MAIL[2]}

    def answer(wire: Wire, tag: bytes, command: bytes) -> bool:
        fake = FakeImap(lone)
        return no(wire, tag, command) if b"PEEK[]" in command else fake.usual(wire, tag, command)

    with desk.serving(FakeImap(lone, uid_fetch=answer)) as transport:
        for _ in range(2):
            with pytest.raises(Problem):
                fetch(transport)
        (found,) = fetch(transport)
    assert found.problem


def test_a_million_numbers_are_read(desk: Desk) -> None:
    def search(wire: Wire, tag: bytes, _command: bytes) -> bool:
        numbers = b" ".join(b"%d" % uid for uid in range(1, 300_000))
        wire.say(b"* SEARCH " + numbers + b"\r\n" + tag + b" OK done\r\n")
        return True

    with desk.serving(FakeImap(MAIL, uid_search=search)) as transport:
        assert len(list(transport.fetch(Ledger(), 2))) == 2


def test_the_newest_message_is_not_taken_for_a_new_one(desk: Desk) -> None:
    """`7:*` names message 3 if that is the last (RFC 3501)."""
    ledger = Ledger()
    ledger.cursors["INBOX", "7"] = "6"
    mail = {**MAIL, 9: message(9)}
    with desk.serving(FakeImap(mail)) as transport:
        assert [each.place.key for each in fetch(transport, ledger)] == ["9"]
    assert "UID SEARCH UID 7:*" in desk.commands


# --- settling -----------------------------------------------------------------


def settle(desk: Desk, verb: ActionVerb, target: str = "", **fake: Any) -> Any:
    with desk.serving(FakeImap(MAIL, **fake)) as transport:
        found = fetch(transport)
        return transport.settle(action_for(found[1], verb, target))


def changes(desk: Desk) -> list[str]:
    """Return the commands that could change something."""
    quiet = ("CAPABILITY", "AUTHENTICATE", "EXAMINE", "SELECT", "UID SEARCH", "UID FETCH", "LOGOUT")
    return [each for each in desk.commands if each and not each.startswith((*quiet, "LIST"))]


def test_without_move_a_message_is_copied_and_only_then_removed(desk: Desk) -> None:
    receipt = settle(desk, "move", "Done/2024", capabilities=b"IMAP4rev1 AUTH=PLAIN UIDPLUS")
    assert receipt.done, receipt
    assert changes(desk) == [
        'UID COPY 2 "Done.2024"',
        "UID STORE 2 +FLAGS.SILENT (\\Deleted)",
        "UID EXPUNGE 2",
    ]


@pytest.mark.parametrize("verb", ["move", "delete"])
def test_without_uidplus_nothing_is_expunged(desk: Desk, verb: ActionVerb) -> None:
    receipt = settle(desk, verb, "Done", capabilities=b"IMAP4rev1 AUTH=PLAIN")
    assert (receipt.done, receipt.final) == (False, True)
    assert changes(desk) == []


def test_a_missing_folder_is_made(desk: Desk) -> None:
    refusals = iter([b"NO [TRYCREATE] no such folder", b"OK moved"])

    def move(wire: Wire, tag: bytes, _command: bytes) -> bool:
        wire.say(tag + b" " + next(refusals) + b"\r\n")
        return True

    assert settle(desk, "move", "Done", uid_move=move).done
    assert changes(desk) == ['UID MOVE 2 "Done"', 'CREATE "Done"', 'UID MOVE 2 "Done"']


def test_a_copy_that_fails_leaves_the_message_where_it_is(desk: Desk) -> None:
    answers = {"uid_copy": b"NO [OVERQUOTA] full", "capabilities": b"IMAP4rev1 AUTH=PLAIN UIDPLUS"}
    receipt = settle(desk, "move", "Done", **answers)
    assert (receipt.done, receipt.final) == (False, False)
    assert changes(desk) == ['UID COPY 2 "Done"']


def test_a_flag_that_the_server_does_not_keep_is_refused(desk: Desk) -> None:
    receipt = settle(desk, "flag", "Postroom")
    assert (receipt.done, receipt.final) == (False, True)
    assert changes(desk) == []


def test_a_folder_that_may_only_be_read_is_tried_again(desk: Desk) -> None:
    def select(wire: Wire, tag: bytes, command: bytes) -> bool:
        wire.say(FakeImap(MAIL)._opened() + tag + b" OK [READ-ONLY] done\r\n")
        return bool(command)

    receipt = settle(desk, "delete", select=select)
    assert (receipt.done, receipt.final) == (False, False)
    assert "may not change" in receipt.detail


def test_a_connection_that_ends_while_settling_is_made_anew(desk: Desk) -> None:
    broken = FakeImap(MAIL, uid_move=lambda *_: False)
    with desk.serving(broken, FakeImap(MAIL)) as transport:
        found = fetch(transport)
        assert transport.settle(action_for(found[1], "move", "Done")).done
    assert desk.server.connections == 2


def test_nothing_of_a_message_becomes_a_command(desk: Desk) -> None:
    evil = (
        b"Message-ID: <x\r\n a9 UID STORE 1:* +FLAGS (\\Deleted)\r\n a10 EXPUNGE>\r\n"
        b'Subject: ") UID EXPUNGE 1:* (\r\n\r\na11 LOGOUT\r\n'
    )
    with desk.serving(FakeImap({1: evil})) as transport:
        (found,) = fetch(transport)
        for verb, target in (("flag", "seen"), ("move", "Done"), ("delete", "")):
            transport.settle(action_for(found, verb, target))  # type: ignore[arg-type]
    assert found.raw == evil
    assert changes(desk) == [
        "UID STORE 1 +FLAGS.SILENT (\\Seen)",
        'UID MOVE 1 "Done"',
        "UID STORE 1 +FLAGS.SILENT (\\Deleted)",
        "UID EXPUNGE 1",
    ]


def test_a_target_with_signs_in_it_stays_one_word(desk: Desk) -> None:
    settle(desk, "move", 'a" b\\c')
    assert changes(desk) == ['UID MOVE 2 "a\\" b\\\\c"']


# --- waiting ------------------------------------------------------------------


def idle_with(say: bytes) -> Handler:
    def idle(wire: Wire, tag: bytes, _command: bytes) -> bool:
        wire.say(say)
        wire.line()
        wire.say(tag + b" OK done\r\n")
        return True

    return idle


@pytest.mark.parametrize(
    ("said", "news"),
    [
        (b"+ idling\r\n* 4 EXISTS\r\n", True),
        (b"+ idling\r\n* OK still here\r\n* 4 EXISTS\r\n", True),
        (b"* 4 EXISTS\r\n+ idling\r\n", True),
        (b"+ idling\r\n* 2 EXPUNGE\r\n* 1 FETCH (FLAGS (\\Seen))\r\n", False),
        (b"+ idling\r\n* BYE autologout\r\n", False),
        (b"", False),
    ],
)
def test_only_a_new_message_ends_the_waiting_with_news(
    desk: Desk, *, said: bytes, news: bool
) -> None:
    with desk.serving(FakeImap(MAIL, idle=idle_with(said))) as transport:
        fetch(transport)
        assert transport.wait(timedelta(seconds=0.3)) is news


def test_news_after_a_long_silence_is_no_slow_server(desk: Desk) -> None:
    def late(wire: Wire, tag: bytes, _command: bytes) -> bool:
        wire.say(b"+ idling\r\n")
        time.sleep(1.5 * TIMEOUT)
        wire.say(b"* 4 EXISTS\r\n")
        wire.line()
        wire.say(tag + b" OK done\r\n")
        return True

    with desk.serving(FakeImap(MAIL, idle=late)) as transport:
        fetch(transport)
        assert transport.wait(timedelta(seconds=10))
    assert desk.server.connections == 1


def test_idle_is_begun_anew_before_a_server_ends_it(desk: Desk) -> None:
    """After 30 minutes it may (RFC 2177)."""
    now, began = [0.0], []

    def idle(wire: Wire, tag: bytes, command: bytes) -> bool:
        began.append(now[0])
        return FakeImap().usual(wire, tag, command)

    def nothing_comes(seconds: float) -> bool:
        now[0] += seconds
        return False

    with desk.serving(FakeImap(MAIL, idle=idle)) as transport:
        fetch(transport)
        session = transport._session
        assert session is not None
        session._wire.readable = nothing_comes  # type: ignore[method-assign]
        assert not news_within(session._client, session._wire, 2 * HOUR, lambda: now[0])
    gaps = [after - before for before, after in pairwise([*began, now[0]])]
    assert now[0] == sum(gaps) == 2 * HOUR
    assert max(gaps) < 29 * 60


def test_a_refused_idle_is_waiting_without_push(desk: Desk) -> None:
    with desk.serving(FakeImap(MAIL, idle=b"NO not here")) as transport:
        fetch(transport)
        assert not transport.wait(timedelta(seconds=30))


def test_closing_from_another_thread_ends_a_hanging_fetch(desk: Desk) -> None:
    patience = timedelta(seconds=15)
    with desk.serving(FakeImap(MAIL, uid_search=hang), timeout=patience) as transport:
        threading.Timer(0.3, transport.close).start()
        started = time.monotonic()
        assert fetch(transport) == []
        assert time.monotonic() - started < 5
