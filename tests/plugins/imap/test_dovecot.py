"""What is particular to IMAP, against a real server."""

from __future__ import annotations

import base64
import threading
import time
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import pytest

from postroom.model.settings import Secret
from postroom.source.diagnostic import Problem
from postroom.testing.fault_proxy import FaultProxy, Silent
from postroom.testing.transport_contract import Ledger, action_for, fetch, message
from postroom_imap.settings import ImapSettings

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.plugins.imap.box import Box


def problem(ask: Callable[[], object]) -> Any:
    with pytest.raises(Problem) as caught:
        ask()
    return caught.value.diagnostic


def test_a_message_marked_as_read_is_found_all_the_same(box: Box) -> None:
    box.deliver([message(1), message(2)])
    box.user.doveadm("flags", "add", "\\Seen \\Deleted", "mailbox", "INBOX", "uid", "1")
    assert [each.raw for each in fetch(box)] == [message(1), message(2)]


def test_reading_leaves_even_the_recent_flag(box: Box) -> None:
    box.deliver([message(1)])
    before = box.exact_state()
    assert "Recent" in before
    fetch(box)
    box.transport().probe()
    assert box.exact_state() == before


def test_place_and_time_are_those_of_the_server(box: Box) -> None:
    box.deliver([message(1)])
    (found,) = fetch(box)
    validity = box.user.doveadm("mailbox", "status", "uidvalidity", "INBOX").split("=")[-1].strip()
    assert (found.place.mailbox, found.place.epoch, found.place.key) == ("INBOX", validity, "1")
    assert found.received_at is not None
    now = datetime.fromtimestamp(time.time(), UTC)
    assert abs(now - found.received_at) < timedelta(minutes=1)


def test_a_new_uidvalidity_makes_every_message_new(box: Box) -> None:
    box.deliver([message(1), message(2)])
    ledger = Ledger()
    transport = box.transport()
    first = list(transport.fetch(ledger, 10))
    ledger.note(first)
    validity = int(first[0].place.epoch) + 1000
    box.user.doveadm("mailbox", "update", "--uid-validity", str(validity), "INBOX")
    second = list(transport.fetch(ledger, 10))
    transport.close()
    assert [each.raw for each in second] == [each.raw for each in first]
    assert {each.place.epoch for each in second} == {str(validity)}


def test_reused_numbers_of_a_folder_made_anew_are_other_messages(box: Box) -> None:
    box.user.doveadm("mailbox", "create", "Work")
    box.user.append([message(1), message(2)], "Work")
    transport, ledger = box.transport(folder="Work"), Ledger()
    old = list(transport.fetch(ledger, 10))
    ledger.note(old)
    box.user.doveadm("mailbox", "delete", "Work")
    time.sleep(1.1)  # UIDVALIDITY is the time in seconds
    box.user.doveadm("mailbox", "create", "Work")
    box.user.append([message(2), message(3)], "Work")
    new = list(transport.fetch(ledger, 10))
    assert [each.place.key for each in new] == [each.place.key for each in old] == ["1", "2"]
    assert [each.raw for each in new] == [message(2), message(3)]
    receipt = transport.settle(action_for(old[0], "delete"))
    assert (receipt.done, receipt.final) == (False, True)
    transport.close()
    assert len(list(box.transport(folder="Work").fetch(Ledger(), 10))) == 2


def test_what_others_expunge_during_a_fetch_is_passed_over(box: Box) -> None:
    box.deliver([message(number) for number in range(250)])
    found = box.transport().fetch(Ledger(), 1_000)
    assert next(found).raw == message(0)
    box.user.doveadm("expunge", "mailbox", "INBOX", "uid", "120:130,240:245")
    gone = {*range(120, 131), *range(240, 246)}
    left = [number for number in range(1, 250) if number + 1 not in gone]
    assert [each.raw for each in found] == [message(number) for number in left]


def test_a_connection_that_died_in_between_is_made_anew(box: Box) -> None:
    box.deliver([message(1)])
    transport, ledger = box.transport(), Ledger()
    found = list(transport.fetch(ledger, 10))
    ledger.note(found)
    box.user.kick()
    box.deliver([message(2)])
    assert [each.raw for each in transport.fetch(ledger, 10)] == [message(2)]
    box.user.kick()
    assert transport.settle(action_for(found[0], "delete")).detail == "deleted"
    transport.close()


def test_a_wrong_password_is_refused_for_good_and_not_repeated(box: Box) -> None:
    lines: list[str] = []
    transport = box.transport(trace=lines.append, password=Secret("xyzzy-47"))
    found = problem(transport.probe)
    assert found.code == "PR511"
    assert box.user.name in found.message
    assert "[AUTHENTICATIONFAILED]" in found.message
    assert "xyzzy-47" not in f"{found} {lines}"


def test_the_trace_shows_the_conversation_without_the_password(box: Box) -> None:
    lines: list[str] = []
    box.deliver([message(1)])
    transport = box.transport(trace=lines.append, password=Secret("pw"))
    list(transport.fetch(Ledger(), 1))
    transport.close()
    text = "\n".join(lines)
    assert 'EXAMINE "INBOX"' in text
    assert "BODY.PEEK[]" in text
    assert f"({len(message(1))} bytes)" in text
    assert "This is the text" not in text
    secret = base64.b64encode(f"\0{box.user.name}\0pw".encode()).decode()
    assert secret not in text
    assert '"pw"' not in text


@pytest.mark.parametrize("letter", ["\r\n", "\0", "\n"])
def test_a_line_end_in_the_password_goes_nowhere(box: Box, letter: str) -> None:
    lines: list[str] = []
    transport = box.transport(trace=lines.append, password=Secret(f"pw{letter}a1 LOGOUT"))
    found = problem(transport.probe)
    assert found.code == "PR511"
    assert "line end" in found.message
    assert "LOGOUT" not in f"{found} {lines}"


def test_a_folder_that_is_missing_is_named_with_those_there_are(box: Box) -> None:
    transport = box.transport(folder="Helpdesk/New")
    for ask in (transport.probe, lambda: list(transport.fetch(Ledger(), 1))):
        found = problem(ask)
        assert found.code == "PR513"
        assert "`Helpdesk/New`" in found.message
        assert "INBOX" in found.help
        assert "Trash" in found.help


def test_a_folder_below_others_with_letters_of_its_own_is_read(box: Box) -> None:
    box.user.doveadm("mailbox", "create", "Eingang/Störung & Co")
    box.user.append([message(1)], '"Eingang/St&APY-rung &- Co"')
    transport = box.transport(folder="Eingang/Störung & Co")
    (found,) = transport.fetch(Ledger(), 10)
    assert transport.settle(action_for(found, "move", "Erledigt/2024 ü")).done
    transport.close()
    assert "Erledigt/2024 ü" in box.user.doveadm("mailbox", "list", "-8")


def test_a_moved_message_is_whole_where_it_went(box: Box) -> None:
    box.deliver([message(1)])
    (found,) = fetch(box)
    transport = box.transport()
    assert transport.settle(action_for(found, "move", "Done/2024")).detail == "moved to Done/2024"
    transport.close()
    (moved,) = box.transport(folder="Done/2024").fetch(Ledger(), 10)
    assert sha256(moved.raw).digest() == sha256(found.raw).digest()


def test_moving_to_where_it_is_is_done(box: Box) -> None:
    box.deliver([message(1)])
    (found,) = fetch(box)
    assert box.transport().settle(action_for(found, "move", "INBOX")).done
    assert len(fetch(box)) == 1


@pytest.mark.parametrize(("flag", "shown"), [("flagged", "\\Flagged"), ("Postroom", "Postroom")])
def test_a_flag_is_one_of_the_protocol_or_a_keyword(box: Box, flag: str, shown: str) -> None:
    box.deliver([message(1)])
    (found,) = fetch(box)
    assert box.transport().settle(action_for(found, "flag", flag)).done
    assert shown in box.exact_state()


def test_deleting_one_leaves_what_others_marked_as_deleted(box: Box) -> None:
    box.deliver([message(1), message(2)])
    box.user.doveadm("flags", "add", "\\Deleted", "mailbox", "INBOX", "uid", "1")
    found = fetch(box)
    assert box.transport().settle(action_for(found[1], "delete")).done
    assert [each.raw for each in fetch(box)] == [message(1)]


def test_idle_tells_of_new_mail(box: Box) -> None:
    transport = box.transport()
    list(transport.fetch(Ledger(), 10))
    timer = threading.Timer(0.3, lambda: box.deliver([message(1)]))
    timer.start()
    started = time.monotonic()
    assert transport.wait(timedelta(seconds=20))
    assert time.monotonic() - started < 10
    timer.join()
    transport.close()


def test_mail_that_came_before_the_waiting_is_told_of_at_once(box: Box) -> None:
    transport = box.transport()
    list(transport.fetch(Ledger(), 10))
    box.deliver([message(1)])
    assert transport.wait(timedelta(seconds=20))
    transport.close()


def test_mail_that_came_before_something_was_settled_is_told_of_at_once(box: Box) -> None:
    box.deliver([message(1)])
    transport = box.transport()
    (found,) = transport.fetch(Ledger(), 10)
    box.deliver([message(2)])
    transport.settle(action_for(found, "move", "Done"))
    started = time.monotonic()
    assert transport.wait(timedelta(seconds=20))
    assert time.monotonic() - started < 1


def test_idle_is_renewed_and_goes_on(box: Box, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("postroom_imap.idle.RENEW_AFTER", 0.1)
    lines: list[str] = []
    transport = box.transport(trace=lines.append)
    list(transport.fetch(Ledger(), 10))
    assert not transport.wait(timedelta(seconds=0.35))
    transport.close()
    assert sum(line.endswith("IDLE") for line in lines) >= 3


@pytest.mark.parametrize("word", [b"IDLE", b"DONE"])
def test_a_waiting_that_the_server_never_ends_is_given_up(box: Box, word: bytes) -> None:
    """And mail that comes meanwhile is found over a new connection."""
    shows, user = box.ca.issue("between").context(), box.user
    silent = FaultProxy(("localhost", user.server.imaps), [Silent(word)], shows, user.server.trust)
    with silent as proxy:
        transport = box.transport(port=proxy.port, timeout=timedelta(seconds=0.4))
        list(transport.fetch(Ledger(), 10))
        box.deliver([message(1)])
        assert not transport.wait(timedelta(seconds=0.4))
        assert [each.raw for each in transport.fetch(Ledger(), 10)] == [message(1)]
        transport.close()
        assert len(proxy.met) == 2


@pytest.mark.parametrize("word", [b"IDLE", b"DONE"])
def test_closing_from_another_thread_ends_a_waiting_that_hangs(box: Box, word: bytes) -> None:
    shows, user = box.ca.issue("between").context(), box.user
    silent = FaultProxy(("localhost", user.server.imaps), [Silent(word)], shows, user.server.trust)
    with silent as proxy:
        transport = box.transport(port=proxy.port, timeout=timedelta(minutes=10))
        list(transport.fetch(Ledger(), 10))
        threading.Timer(0.3, transport.close).start()
        started = time.monotonic()
        assert not transport.wait(timedelta(seconds=0.1))
        assert 0.2 < time.monotonic() - started < 5


def test_closing_from_another_thread_ends_the_waiting(box: Box) -> None:
    transport = box.transport()
    list(transport.fetch(Ledger(), 10))
    threading.Timer(0.3, transport.close).start()
    started = time.monotonic()
    assert not transport.wait(timedelta(seconds=60))
    assert time.monotonic() - started < 5


def test_closing_from_another_thread_ends_a_fetch(box: Box) -> None:
    box.deliver([message(number) for number in range(150)])
    transport = box.transport()
    found = transport.fetch(Ledger(), 1_000)
    next(found)
    thread = threading.Thread(target=transport.close)
    thread.start()
    thread.join()
    assert len(list(found)) < 149


def test_waiting_without_push_or_connection_ends_at_once(box: Box) -> None:
    transport = box.transport()
    assert not transport.wait(timedelta(seconds=60))
    quiet = box.transport(push=False)
    list(quiet.fetch(Ledger(), 10))
    assert not quiet.wait(timedelta(seconds=60))
    quiet.close()


def test_a_transport_can_be_used_after_close(box: Box) -> None:
    box.deliver([message(1)])
    transport = box.transport()
    transport.probe()
    transport.close()
    assert len(list(transport.fetch(Ledger(), 10))) == 1
    transport.close()


def test_probe_tells_who_and_how_many(box: Box) -> None:
    box.deliver([message(1), message(2)])
    found = box.transport().probe()
    assert found.detail == f"signed in as {box.user.name}; 2 messages in INBOX"
    assert (found.high_water, found.waiting) == ("2", 2)


def test_a_server_that_is_not_there_is_named(box: Box) -> None:
    found = problem(box.transport(port=1).probe)
    assert found.code == "PR510"
    assert "localhost:1: the server cannot be reached: connection refused" in found.message


def test_a_name_that_nobody_has_is_named(box: Box) -> None:
    found = problem(box.transport(host="mail.invalid").probe)
    assert found.code == "PR510"
    assert "mail.invalid" in found.message


def test_a_certificate_of_an_unknown_authority_is_not_accepted(box: Box) -> None:
    found = problem(box.transport(ca_file=None).probe)
    assert found.code == "PR512"
    assert "certificate" in found.message
    assert "ca_file" in found.help


@pytest.mark.parametrize(("tls", "port"), [("implicit", "imap"), ("starttls", "imaps")])
def test_the_wrong_kind_of_encryption_is_no_reason_to_do_without(
    box: Box, tls: str, port: str
) -> None:
    wrong = {"port": getattr(box.user.server, port), "timeout": timedelta(seconds=1)}
    found = problem(box.transport(tls=tls, **wrong).probe)
    assert found.code in ("PR512", "PR514")
    assert "tls: starttls" in found.help


def test_a_file_of_authorities_that_is_missing_is_named(box: Box, tmp_path: Path) -> None:
    found = problem(box.transport(ca_file=tmp_path / "none.pem").probe)
    assert found.code == "PR512"
    assert "none.pem" in found.message


def test_a_message_that_cannot_be_read_is_alone_in_its_trouble(box: Box) -> None:
    box.deliver([message(number) for number in range(150)])
    box.poison()
    box.deliver([message(200)])
    found = fetch(box)
    assert [each.place.key for each in found if each.problem] == ["151"]
    assert len(found) == 152
    assert [each.raw for each in found[:150]] == [message(number) for number in range(150)]


def test_of_mail_from_before_the_start_there_is_the_place_and_the_time(box: Box) -> None:
    """Its bytes are not asked for; the engine notes that it is known, and leaves it alone."""
    lines: list[str] = []
    old = datetime(2020, 2, 1, 12, tzinfo=UTC)
    box.user.append([message(1), message(2)], at=old)
    box.deliver([message(3)])
    box.user.append([message(4)], at=old)
    transport = box.transport(trace=lines.append, start_at=datetime(2020, 2, 2, tzinfo=UTC))
    found = list(transport.fetch(Ledger(), 10))
    transport.close()
    assert [each.raw for each in found] == [b"", b"", message(3), b""]
    assert [each.received_at == old for each in found] == [True, True, False, True]
    assert [bool(each.problem) for each in found] == [True, True, False, True]
    assert sum("BODY.PEEK" in line for line in lines) == 1


def test_max_message_is_kept_to_the_byte(box: Box) -> None:
    box.deliver([message(1)])
    size = len(message(1))
    for limit, whole in ((size, True), (size - 1, False)):
        (found,) = box.transport(limit).fetch(Ledger(), 10)
        assert (found.problem is None) is whole
    (large,) = box.transport(size - 1).fetch(Ledger(), 10)
    action = action_for(large, "delete")
    assert box.transport(size - 1).settle(action).detail == "deleted"


def test_settings_show_no_password() -> None:
    settings = ImapSettings(host="h", username="u", password=Secret("xyzzy-47"))
    assert "xyzzy-47" not in repr(settings)
    assert settings.port_number == 993
