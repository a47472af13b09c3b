from __future__ import annotations

import os
import pickle
import random
import socket
import struct
from threading import Thread
from typing import TYPE_CHECKING

import pytest
from tests.unit.runtime.memory import mail

from postroom.mail.read import read
from postroom.model.message import Message
from postroom.runtime.reading.reader import IN_PROCESS, Isolated
from postroom.runtime.reading.wire import (
    Broken,
    pack_messages,
    receive,
    send,
    unpack_messages,
)
from postroom.source.diagnostic import Problem

if TYPE_CHECKING:
    from collections.abc import Iterator

    from postroom.runtime.reading.wire import Mail

DSN = b"""\
From: MAILER-DAEMON@mail.example\r
Date: Mon, 2 Nov 2026 08:00:00 +0100\r
Content-Type: multipart/report; report-type=delivery-status; boundary=b\r
\r
--b\r
\r
Sorry.\r
--b\r
Content-Type: message/delivery-status\r
\r
Reporting-MTA: dns; mx.mail.example\r
\r
Final-Recipient: rfc822; bob@mail.example\r
Action: failed\r
Status: 5.1.1\r
--b\r
Content-Type: application/pdf; name=a.pdf\r
Content-Disposition: attachment\r
\r
%PDF-1.7\r
--b--\r
"""


@pytest.fixture(scope="module")
def isolated() -> Iterator[Isolated]:
    reader = Isolated()
    yield reader
    reader.close()


def many(count: int) -> list[Mail]:
    return [(mail(number), None) for number in range(count)]


def test_what_another_process_reads_is_what_we_would_have_read(isolated: Isolated) -> None:
    mails = [*many(200), (DSN, ""), (b"", "ann@mail.example"), (b"\xff\x00\r\n" * 50, None)]
    assert isolated.read(mails) == IN_PROCESS.read(mails)


def test_nothing_to_read_is_nothing_read(isolated: Isolated) -> None:
    assert isolated.read([]) == []


def test_a_message_over_the_limit_of_the_reader_is_refused_as_ever(isolated: Isolated) -> None:
    large = DSN + b"x" * 40_000_000
    (message,) = isolated.read([(large, None)])
    assert message.refused == "the message is larger than 40,000,000 bytes"


def test_several_threads_may_ask_at_once(isolated: Isolated) -> None:
    answers: dict[int, list[Message]] = {}

    def ask(start: int) -> None:
        mails = [(mail(number), None) for number in range(start, start + 100)]
        answers[start] = isolated.read(mails)

    threads = [Thread(target=ask, args=(start,)) for start in (0, 1_000, 2_000, 3_000)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for start, messages in answers.items():
        assert [each.subject for each in messages] == [
            f"Request {number}" for number in range(start, start + 100)
        ]
    assert len(answers) == 4


def test_a_reader_that_cannot_start_is_no_messages_fault(
    capfd: pytest.CaptureFixture[str],
) -> None:
    reader = Isolated(function="postroom.nowhere:read")
    try:
        with pytest.raises(Problem, match="PR532 mail cannot be read now"):
            reader.read(many(1))
    finally:
        reader.close()
    assert "No module named 'postroom.nowhere'" in capfd.readouterr().err


def test_a_python_that_is_gone_is_no_messages_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.executable", "/nowhere/python")
    reader = Isolated()
    with pytest.raises(Problem, match="PR532"):
        reader.read(many(1))
    reader.close()


def test_messages_survive_the_line() -> None:
    messages = [read(DSN), read(mail(1)), Message("", 0)]
    assert unpack_messages(pack_messages(messages), 3) == messages
    assert messages[0].dsn.present
    assert messages[0].attachments


@pytest.mark.parametrize(
    "answer",
    [
        pickle.dumps([os.system]),
        pickle.dumps([eval]),
        pickle.dumps(["no message"]),
        pickle.dumps(Message("", 0)),
        pack_messages([]),
        pack_messages([Message("", 0)] * 2),
        pack_messages([Message("", 0)])[:-3],
        b"",
        b"\x80\x05c__builtin__\nprint\n.",
    ],
)
def test_an_answer_that_is_not_the_messages_is_not_taken(answer: bytes) -> None:
    with pytest.raises(Broken):
        unpack_messages(answer, 1)


def test_a_frame_that_claims_to_be_endless_is_not_awaited() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        theirs.sendall(struct.pack("!Q", 1 << 62))
        with pytest.raises(Broken):
            receive(ours, 5)


def test_a_frame_that_comes_byte_by_byte_is_not_awaited_longer_for_it() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        theirs.sendall(struct.pack("!Q", 100) + b"x")
        with pytest.raises(TimeoutError):
            receive(ours, 0.1)


def test_a_frame_is_whole_or_the_line_is_broken() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        send(theirs, b"hello")
        assert receive(ours) == b"hello"
        theirs.sendall(b"\x00\x00")
        theirs.close()
        with pytest.raises(Broken):
            receive(ours)


@pytest.mark.parametrize("within", [None, 30.0])
def test_a_frame_of_many_pieces_arrives_as_it_was_sent(within: float | None) -> None:
    frame = random.Random(1).randbytes(9_000_000)
    ours, theirs = socket.socketpair()
    sender = Thread(target=send, args=(theirs, frame))
    with ours, theirs:
        sender.start()
        assert receive(ours, within) == frame
        sender.join()
