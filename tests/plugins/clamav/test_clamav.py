"""Malware: a real clamd, one that misbehaves, and what becomes of mail.

Row of docs/explanation/threats.md: malware.
"""

from __future__ import annotations

import socket
import threading
import time
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import pytest
from tests.servers.clamd import EICAR, NAME, STREAM_MAX
from tests.unit.runtime.memory import House, envelope, mail

from postroom.model.facts import Scan
from postroom.model.settings import ByteSize
from postroom.rules.ruleset import ScanForMalware
from postroom_clamav.scanner import ClamavScanner
from postroom_clamav.settings import ClamavSettings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.servers.clamd import Clamd

    from postroom.model.decision import Decision

Policy = Literal["quarantine", "go_on"]


def infected(number: int = 1) -> bytes:
    message = EmailMessage()
    message["From"] = "Ann <ann@weaver.example>"
    message["To"] = "support@kestrel.example"
    message["Subject"] = f"Invoice {number}"
    message["Message-ID"] = f"<eicar{number}@weaver.example>"
    message.set_content("Please see the invoice.")
    message.add_attachment(EICAR, maintype="application", subtype="zip", filename="invoice.zip")
    assert EICAR not in bytes(message)
    return bytes(message)


# --- a real clamd -------------------------------------------------------------


@pytest.mark.parametrize("way", ["port", "socket"])
def test_malware_inside_an_attachment_is_found(clamd: Clamd, way: str) -> None:
    settings = (
        ClamavSettings(port=clamd.port) if way == "port" else ClamavSettings(socket=clamd.socket)
    )
    scanner = ClamavScanner(settings)
    assert scanner.scan(infected()) == Scan("found", (NAME,))
    assert scanner.scan(mail(1)) == Scan("clean")
    assert scanner.scan(b"") == Scan("clean")
    assert scanner.scan(b"zINSTREAM\0" + bytes(8)) == Scan("clean")


def test_what_clamd_finds_too_large_is_not_clean(clamd: Clamd) -> None:
    scanner = ClamavScanner(ClamavSettings(port=clamd.port))
    found = scanner.scan(b"x" * (STREAM_MAX + 1_000_000))
    assert found.result == "failed"
    assert found.detail


def test_what_is_too_large_for_us_is_not_even_sent() -> None:
    settings = ClamavSettings(port=1, max_message=ByteSize(10))
    said = "it has 11 bytes, and only 10 are scanned"
    assert ClamavScanner(settings).scan(b"x" * 11) == Scan("failed", detail=said)


def desk(house: House, settings: ClamavSettings, found: Policy, down: Policy) -> None:
    asked = ScanForMalware("clamav", settings, house.account.span, found, down)
    account = replace(house.account, scan=asked)
    house.engine.rules = replace(house.engine.rules, accounts={account.name: account})


@pytest.fixture
def house(monkeypatch: pytest.MonkeyPatch) -> House:
    made = House()
    plugins = type(made.engine.plugins)
    monkeypatch.setattr(plugins, "scanners", lambda _: {"clamav": ClamavScanner})
    return made


def decided(house: House, *raws: bytes, first: int = 0) -> list[Decision]:
    account = house.engine.rules.accounts["support"]
    return house.engine.process(account, [envelope(first + n, raw) for n, raw in enumerate(raws)])


def logged(house: House) -> list[Any]:
    """Return what the entries of decisions say of scans."""
    entries = (entry for batch in house.store.batches for entry in batch.entries)
    bodies: list[Any] = [entry.body for entry in entries if entry.kind == "decision"]
    return [body["facts"]["scan"] for body in bodies]


def test_a_message_with_malware_is_quarantined_and_the_others_are_not(
    house: House, clamd: Clamd
) -> None:
    desk(house, ClamavSettings(port=clamd.port), "quarantine", "quarantine")
    outcomes = [each.outcome for each in decided(house, mail(1), infected(), mail(2))]
    assert outcomes == ["created", "quarantined", "created"]


def test_the_log_says_what_was_found_and_by_which_guard(house: House, clamd: Clamd) -> None:
    desk(house, ClamavSettings(port=clamd.port), "quarantine", "quarantine")
    (decision,) = decided(house, infected())
    assert decision.reasons == (f"a scanner found malware: {NAME}",)
    assert [fired.id for fired in decision.fired] == ["malware"]
    assert logged(house) == [{"result": "found", "names": [NAME], "detail": ""}]


@pytest.mark.parametrize(
    ("policy", "outcome"), [("quarantine", "quarantined"), ("go_on", "created")]
)
def test_a_scanner_that_is_killed_midway_is_a_policy_and_audited(
    house: House, clamd: Clamd, policy: Policy, outcome: str
) -> None:
    settings = ClamavSettings(socket=clamd.socket, timeout=timedelta(seconds=5))
    desk(house, settings, "quarantine", policy)
    (before,) = decided(house, mail(1))
    clamd.kill()
    (after,) = decided(house, mail(2), first=10)
    assert (before.outcome, after.outcome) == ("created", outcome)
    assert any("it could not be scanned for malware: clamd" in each for each in after.reasons)
    assert [each["result"] for each in logged(house)] == ["clean", "failed"]


def test_where_the_rules_decide_malware_is_a_field(house: House, clamd: Clamd) -> None:
    desk(house, ClamavSettings(port=clamd.port), "go_on", "quarantine")
    (decision,) = decided(house, infected())
    assert decision.outcome == "created"
    assert decision.facts is not None
    assert decision.facts.scan == Scan("found", (NAME,))


# --- one that misbehaves ------------------------------------------------------


@contextmanager
def server(folder: Path, behave: Callable[[socket.socket], None]) -> Iterator[ClamavSettings]:
    place = folder / "s"
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(place))
        listening.listen()

        def serve() -> None:
            connection, _ = listening.accept()
            with connection:
                behave(connection)

        thread = threading.Thread(target=serve)
        thread.start()
        yield ClamavSettings(socket=place, timeout=timedelta(seconds=0.4))
        thread.join(5)


def read_all(connection: socket.socket) -> None:
    got = b""
    while not got.endswith(bytes(4)):
        got += connection.recv(65_536)


@pytest.mark.parametrize(
    "reply",
    [
        b"", b"\0", b"stream: \0", b" FOUND\0", b"stream:  FOUND\0", b"OK\0", b"stream: OK",
        b"stream: OK\n\0", b"INSTREAM size limit exceeded. ERROR\0", b"\xff\xfe\0", b"x" * 9_000,
    ],
)  # fmt: skip
def test_whatever_clamd_says_but_that_it_is_clean_is_not_clean(
    tmp_path: Path, reply: bytes
) -> None:
    def behave(connection: socket.socket) -> None:
        read_all(connection)
        connection.sendall(reply)

    with server(tmp_path, behave) as settings:
        found = ClamavScanner(settings).scan(b"hello")
    if reply == b"stream: OK\n\0":  # nothing but blanks besides
        assert found.result == "clean"
    else:
        assert found.result == "failed"
        assert found.detail


def test_one_that_dies_midway_is_not_clean(tmp_path: Path) -> None:
    def behave(connection: socket.socket) -> None:
        connection.recv(1_000)

    with server(tmp_path, behave) as settings:
        found = ClamavScanner(settings).scan(b"x" * 5_000_000)
    assert found.result == "failed"


def test_one_that_refuses_while_we_send_is_heard(tmp_path: Path) -> None:
    def behave(connection: socket.socket) -> None:
        connection.recv(1_000)
        connection.sendall(b"INSTREAM size limit exceeded. ERROR\0")
        connection.shutdown(socket.SHUT_RD)

    with server(tmp_path, behave) as settings:
        found = ClamavScanner(settings).scan(b"x" * 5_000_000)
    assert found.detail == "clamd says: INSTREAM size limit exceeded. ERROR"


@pytest.mark.parametrize("drip", [b"", b"s"], ids=["says nothing", "drips"])
def test_one_that_takes_too_long_is_given_up(tmp_path: Path, drip: bytes) -> None:
    over = threading.Event()

    def behave(connection: socket.socket) -> None:
        for _ in range(100):
            try:
                connection.sendall(drip)
            except OSError:
                return
            if over.wait(0.05):
                return

    began = time.monotonic()
    with server(tmp_path, behave) as settings:
        found = ClamavScanner(settings).scan(b"hello")
        over.set()
    assert found == Scan("failed", detail="clamd said nothing within 0.4 seconds")
    assert time.monotonic() - began < 3


def test_one_that_is_not_there_is_named() -> None:
    found = ClamavScanner(ClamavSettings(socket=Path("/nowhere/clamd.ctl"))).scan(b"x")
    assert found == Scan("failed", detail="clamd cannot be asked: No such file or directory")


def test_a_name_is_shown_as_one_line(tmp_path: Path) -> None:
    def behave(connection: socket.socket) -> None:
        read_all(connection)
        connection.sendall("stream: A\r\nB\u202e FOUND\0".encode())

    with server(tmp_path, behave) as settings:
        found = ClamavScanner(settings).scan(b"x")
    assert found == Scan("found", ("A  B ",))
