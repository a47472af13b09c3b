"""LMTP by the letter: RFC 2033, and what RFC 5321 says for both."""

from __future__ import annotations

import socket
import stat
from contextlib import closing
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from tests.plugins.lmtp.line import Client, LmtpLine
from tests.servers.ports import free_ports

from postroom.hooks.contracts import Reply
from postroom.hooks.talks import Room
from postroom.source.diagnostic import Problem
from postroom.testing.receiver_contract import ADDRESS, OTHER, Clerk, message
from postroom_lmtp.receiver import LmtpReceiver
from postroom_lmtp.settings import LmtpSettings

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def clerk() -> Clerk:
    return Clerk()


@pytest.fixture
def line(clerk: Clerk) -> Iterator[LmtpLine]:
    line = LmtpLine(LmtpSettings(port=free_ports(1)[0]))
    receiver = line.receiver(clerk)
    receiver.open()
    yield line
    receiver.close()


@pytest.fixture
def client(line: LmtpLine) -> Iterator[Client]:
    with closing(line.connect()) as client:
        yield client


def talk(client: Client, *words: str | bytes) -> list[str]:
    return [client.say(each)[:9] for each in words]


def test_it_says_what_it_understands(client: Client) -> None:
    assert client.greeting.startswith("220 ")
    assert client.say("LHLO mail.kestrel.example").split("\n") == [
        "250-postroom", "250-PIPELINING", "250-ENHANCEDSTATUSCODES", "250-8BITMIME",
        "250-SMTPUTF8", "250 SIZE 1000000",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("said", "replies"),
    [
        (["HELO me", "EHLO me"], ["500 5.5.1", "500 5.5.1"]),
        (["LHLO"], ["501 5.5.4"]),
        (["MAIL FROM:<>"], ["503 5.5.1"]),
        (["LHLO me", "RCPT TO:<a@b>", "DATA"], ["250-postr", "503 5.5.1", "503 5.5.1"]),
        (["LHLO me", "MAIL FROM:<>", "MAIL FROM:<>"], ["250-postr", "250 2.1.0", "503 5.5.1"]),
        (["LHLO me", "MAIL FROM:me@x"], ["250-postr", "501 5.5.4"]),
        (["LHLO me", "MAIL FROM:<me@x> FUTURE=1"], ["250-postr", "555 5.5.4"]),
        (["LHLO me", "MAIL FROM:<me@x> SIZE=1000001"], ["250-postr", "552 5.3.4"]),
        (["LHLO me", "MAIL FROM:<me@x> SIZE=" + "9" * 999], ["250-postr", "552 5.3.4"]),
        (["LHLO me", "MAIL FROM:<me@x> SIZE=²"], ["250-postr", "501 5.5.4"]),
        (["LHLO me", 'mail from:<"a>b"@x> BODY=8BITMIME SMTPUTF8'], ["250-postr", "250 2.1.0"]),
        (["LHLO me", "MAIL FROM:<>", "RCPT TO:<>"], ["250-postr", "250 2.1.0", "501 5.5.4"]),
        (
            ["LHLO me", "MAIL FROM:<>", "RCPT TO:<nobody@kestrel.example>", "DATA"],
            ["250-postr", "250 2.1.0", "550 5.1.1", "503 5.5.1"],
        ),
        (
            ["LHLO me", "MAIL FROM:<>", f"RCPT TO:<{ADDRESS}>", "RSET", "DATA", "NOOP", "VRFY a"],
            [
                "250-postr", "250 2.1.0", "250 2.1.5", "250 2.0.0", "503 5.5.1", "250 2.0.0",
                "252 2.5.2",
            ],
        ),
        (
            ["NONSENSE", b"\xff\xfe", "x" * 5_000, "QUIT"],
            ["500 5.5.1", "500 5.5.1", "500 5.5.2", "221 2.0.0"],
        ),
    ],
)  # fmt: skip
def test_what_is_said_is_answered(client: Client, said: list[str], replies: list[str]) -> None:
    assert talk(client, *said) == replies


def test_after_many_mistakes_the_conversation_is_over(client: Client) -> None:
    replies = [client.say("NONSENSE")[:3] for _ in range(21)]
    assert set(replies) == {"500"}
    assert client.reply().startswith("421")


def test_commands_may_come_all_at_once(client: Client, clerk: Clerk) -> None:
    for number in range(2):
        client.write(
            f"LHLO me\r\nMAIL FROM:<>\r\nRCPT TO:<{ADDRESS}>\r\nRCPT TO:<{OTHER}>\r\nDATA".encode()
        )
        assert [client.reply()[:3] for _ in range(5)] == ["250", "250", "250", "250", "354"]
        client.write(message(number) + b".")
        assert [client.reply()[:9] for _ in range(2)] == ["250 2.1.5", "250 2.1.5"]
    assert [parcel.raw for parcel in clerk.parcels] == [message(0), message(1)]


@pytest.mark.parametrize("inside", [b"\n.\n", b"\n.\r\n", b"\r.\r\n", b"\r\n.\n", b"\r\n.\r"])
def test_only_a_dot_between_true_line_ends_ends_a_message(
    client: Client, clerk: Clerk, inside: bytes
) -> None:
    """Or a message could carry a second one past the server that checked it."""
    talk(client, "LHLO me", "MAIL FROM:<>", f"RCPT TO:<{ADDRESS}>", "DATA")
    client.write(b"one" + inside + b"MAIL FROM:<evil@x>\r\n.")
    assert client.reply().startswith("250")
    (parcel,) = clerk.parcels
    assert parcel.raw.endswith(b"MAIL FROM:<evil@x>\r\n")


def test_a_sender_that_breaks_off_has_delivered_nothing(line: LmtpLine, clerk: Clerk) -> None:
    client = line.connect()
    talk(client, "LHLO me", "MAIL FROM:<>", f"RCPT TO:<{ADDRESS}>", "DATA")
    client.write(b"half of a mess")
    client.close()
    assert line.send(message(1), [ADDRESS]) == ["taken"]
    assert [parcel.raw for parcel in clerk.parcels] == [message(1)]


def test_who_says_nothing_is_left_alone(clerk: Clerk) -> None:
    line = LmtpLine(LmtpSettings(port=free_ports(1)[0], timeout=timedelta(seconds=0.2)))
    receiver = line.receiver(clerk)
    receiver.open()
    with closing(line.connect()) as client, pytest.raises(ConnectionError):
        client.reply()
    receiver.close()


def test_too_many_senders_are_told_to_come_later(clerk: Clerk) -> None:
    line = LmtpLine(LmtpSettings(port=free_ports(1)[0], connections=2))
    receiver = line.receiver(clerk)
    receiver.open()
    with closing(line.connect()), closing(line.connect()), closing(line.connect()) as third:
        assert third.greeting.startswith("421 4.3.2")
    receiver.close()


def test_when_there_is_no_room_senders_are_told_to_come_later(
    clerk: Clerk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("postroom_lmtp.receiver._ROOM", 5_000)
    line = LmtpLine(LmtpSettings(port=free_ports(1)[0]))
    receiver = line.receiver(clerk)
    receiver.open()
    for _ in range(2):
        assert line.send(message(1, "x" * 6_000), [ADDRESS]) == ["later"]
        assert line.send(message(2, "x" * 4_000), [ADDRESS]) == ["taken"]
    receiver.close()


def test_room_is_given_back() -> None:
    room = Room(10)
    assert room.take(10)
    assert not room.take(1)
    room.give_back(10)
    assert room.take(10)


def test_recipients_have_a_limit(client: Client) -> None:
    talk(client, "LHLO me", "MAIL FROM:<>")
    replies = {client.say(f"RCPT TO:<{ADDRESS}>")[:9] for _ in range(1_000)}
    assert replies == {"250 2.1.5"}
    assert client.say(f"RCPT TO:<{ADDRESS}>").startswith("452 4.5.3")


def test_an_account_that_is_switched_off_is_tried_again(
    client: Client, clerk: Clerk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clerk, "expects", lambda _recipient: Reply("later", "switched off"))
    talk(client, "LHLO me", "MAIL FROM:<>")
    assert client.say(f"RCPT TO:<{ADDRESS}>") == "450 4.2.1 switched off"


def test_a_socket_is_for_its_owner_and_one_group(tmp_path: Path, clerk: Clerk) -> None:
    path = tmp_path / "lmtp"
    for group, mode in (("", 0o600), ("nogroup", 0o660)):
        receiver = LmtpReceiver(LmtpSettings(socket=path, group=group), clerk)
        receiver.open()
        assert stat.S_IMODE(path.stat().st_mode) == mode
        receiver.close()
        assert not path.exists()


@pytest.mark.parametrize(
    "settings",
    [
        {"group": "no such group"},
        {"socket": "a" * 200},
        {"socket": "there/is/no/such/folder"},
        {"socket": "occupied"},
    ],
)
def test_a_socket_that_cannot_be_is_said(
    tmp_path: Path, clerk: Clerk, settings: dict[str, str]
) -> None:
    (tmp_path / "occupied").write_text("something that is nobody's to remove")
    path = tmp_path / settings.get("socket", "lmtp")
    receiver = LmtpReceiver(LmtpSettings(socket=path, group=settings.get("group", "")), clerk)
    with pytest.raises(Problem, match="PR518"):
        receiver.open()
    assert (tmp_path / "occupied").read_text().startswith("something")


def test_what_a_dead_engine_left_behind_is_no_obstacle(tmp_path: Path, clerk: Clerk) -> None:
    path = tmp_path / "lmtp"
    left = socket.socket(socket.AF_UNIX)
    left.bind(str(path))
    left.close()
    receiver = LmtpReceiver(LmtpSettings(socket=path), clerk)
    receiver.open()
    receiver.close()
