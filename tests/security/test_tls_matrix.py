"""Every way to get between us and a mail server x every protocol: refused, and nothing told.

The page docs/reference/encryption.md holds the table that comes of it, word for word.
"""

from __future__ import annotations

import os
from base64 import b64encode
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from tests.plugins.smtp.test_smtp import failure
from tests.servers.script import ScriptedServer

from postroom.hooks.contracts import TransportContext
from postroom.model.settings import Secret
from postroom.source.diagnostic import Problem
from postroom_imap.settings import ImapSettings
from postroom_imap.transport import ImapTransport
from postroom_pop3.settings import Pop3Settings
from postroom_pop3.transport import Pop3Transport
from postroom_smtp.settings import SmtpSettings
from postroom_smtp.smtp import SmtpNotifier

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.servers.ca import Certificate, LocalCA
    from tests.servers.script import Wire

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "encryption.md"
PASSWORD = "canary-5c0ff"
GREETINGS = {"imap": b"* OK ready\r\n", "pop3": b"+OK ready\r\n", "smtp": b"220 sink\r\n"}
NOTHING = {
    "imap": b"* CAPABILITY IMAP4rev1 AUTH=PLAIN\r\n%b OK done\r\n",
    "pop3": b"+OK\r\nUIDL\r\n.\r\n",
    "smtp": b"250 sink\r\n",
}
OFFERS = {
    "imap": b"* CAPABILITY IMAP4rev1 STARTTLS\r\n%b OK done\r\n",
    "pop3": b"+OK\r\nSTLS\r\n.\r\n",
    "smtp": b"250-sink\r\n250 STARTTLS\r\n",
}
BEGINS = {
    "imap": b"%b OK begin\r\n* OK injected\r\n",
    "pop3": b"+OK\r\n+OK injected\r\n",
    "smtp": b"220 go\r\n250 injected\r\n",
}
IN_THE_WAY = (
    "an expired certificate", "a certificate for another host", "an authority nobody knows",
    "STARTTLS taken out", "data before the handshake", "PREAUTH in the clear",
    "PREAUTH behind a good certificate",
)  # fmt: skip


def cells() -> list[tuple[str, str]]:
    """Return all of them; PREAUTH is a word of IMAP alone."""
    return [
        (how, protocol)
        for how in IN_THE_WAY
        for protocol in GREETINGS
        if protocol == "imap" or not how.startswith("PREAUTH")
    ]


def clear(greeting: bytes, answer: bytes, then: bytes = b"") -> Callable[[Wire], None]:
    """Return a script that answers the first question and perhaps the second."""

    def script(wire: Wire) -> None:
        wire.say(greeting)
        for each in (answer, then):
            line = wire.line()
            if not line or not each:
                return
            wire.say(each.replace(b"%b", line.split()[0]))
        wire.line()

    return script


def only(greeting: bytes) -> Callable[[Wire], None]:
    def script(wire: Wire) -> None:
        wire.say(greeting)
        wire.line()

    return script


def said(protocol: str, port: int, tls: Any, ca_file: Path) -> str:
    """Return what a client says of a server that it signs in to."""
    given = {"host": "localhost", "port": port, "tls": tls, "ca_file": ca_file, "username": "me"}
    settings: dict[str, Any] = {
        **given, "password": Secret(PASSWORD), "timeout": timedelta(seconds=2),
    }  # fmt: skip
    if protocol == "smtp":
        return str(failure(SmtpNotifier(SmtpSettings(**settings))).why)
    context = TransportContext("test", 5_000)
    made: dict[str, Callable[[], Any]] = {
        "imap": lambda: ImapTransport(ImapSettings(**settings), context),
        "pop3": lambda: Pop3Transport(Pop3Settings(**settings), context),
    }
    with closing(made[protocol]()) as transport, pytest.raises(Problem) as caught:
        transport.probe()
    return f"{caught.value.diagnostic.code} {caught.value.diagnostic.message}"


def met(how: str, protocol: str, ca: LocalCA, stranger: LocalCA, good: Certificate) -> str:
    """Return what is said, after making sure that nothing was told."""
    certificates: dict[str, Callable[[], Certificate]] = {
        IN_THE_WAY[0]: lambda: ca.issue("matrix-old", expired=True),
        IN_THE_WAY[1]: lambda: ca.issue("matrix-other", ["mail.other.example"]),
        IN_THE_WAY[2]: stranger.issue,
    }
    scripts = {
        IN_THE_WAY[3]: clear(GREETINGS[protocol], NOTHING[protocol]),
        IN_THE_WAY[4]: clear(GREETINGS[protocol], OFFERS[protocol], BEGINS[protocol]),
        IN_THE_WAY[5]: only(b"* PREAUTH welcome\r\n"),
        IN_THE_WAY[6]: clear(b"* PREAUTH welcome\r\n", NOTHING[protocol]),
    }
    script = scripts.get(how, only(GREETINGS[protocol]))
    shown = good if how == IN_THE_WAY[6] else certificates[how]() if how in certificates else None
    with ScriptedServer(script, tls=shown.context() if shown else None) as server:
        words = said(protocol, server.port, "implicit" if shown else "starttls", ca.ca_file)
    told = b"\n".join(server.seen)
    assert PASSWORD.encode() not in told
    assert b64encode(f"\0me\0{PASSWORD}".encode()) not in told
    return words.replace(str(server.port), "PORT").replace("localhost:PORT: ", "")


def test_whoever_is_in_between_learns_nothing_and_the_table_says_what_we_say(
    ca: LocalCA, certificate: Certificate, tmp_path: Path
) -> None:
    from tests.servers.ca import LocalCA as Authority

    stranger = Authority(tmp_path)
    found = {cell: met(*cell, ca, stranger, certificate) for cell in cells()}
    lines = ["| in the way | " + " | ".join(GREETINGS) + " |", "| --- " * 4 + "|"]
    lines += [
        f"| {how} | " + " | ".join(found.get((how, each), "-") for each in GREETINGS) + " |"
        for how in IN_THE_WAY
    ]
    table = "\n".join(lines) + "\n"
    before, _, rest = PAGE.read_text("utf-8").partition("<!-- table -->\n")
    if os.environ.get("POSTROOM_UPDATE_GOLDEN"):
        _, _, after = rest.partition("<!-- end -->")
        page = f"{before}<!-- table -->\n{table}<!-- end -->{after}"
        PAGE.write_text(page, "utf-8")
    assert table in PAGE.read_text("utf-8")
