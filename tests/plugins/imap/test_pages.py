"""The pages of PR510 to PR516 show what is really said."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from tests.docs.page import blocks
from tests.plugins.imap.fake import FakeImap
from tests.plugins.imap.test_misbehaving import Desk, hang

from postroom.source.render import as_text

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.servers.ca import Certificate, LocalCA
    from tests.servers.script import Wire

PAGES = Path(__file__).parents[3] / "docs" / "errors"


def garbled(wire: Wire, tag: bytes, _command: bytes) -> bool:
    wire.say(b"* 3 EXISTS\r\n" + tag + b" OK done\r\n")
    return True


def no_folder(wire: Wire, tag: bytes, _command: bytes) -> bool:
    wire.say(b'* LIST () "/" INBOX\r\n* LIST () "/" Helpdesk\r\n' + tag + b" OK done\r\n")
    return True


SCRIPTS: dict[str, Callable[[LocalCA], dict[str, Any]]] = {
    "PR511": lambda _: {"authenticate": b"NO [AUTHENTICATIONFAILED] Authentication failed."},
    "PR512": lambda ca: {"certificate": ca.issue("wrong", ["mail.kestrel.example"])},
    "PR513": lambda _: {"examine": b"NO [NONEXISTENT] no such mailbox", "list": no_folder},
    "PR514": lambda _: {"examine": hang},
    "PR515": lambda _: {"examine": garbled},
    "PR516": lambda _: {"authenticate": b"NO [UNAVAILABLE] Temporary authentication failure."},
}


@pytest.mark.parametrize("code", SCRIPTS)
def test_a_page_shows_what_is_said(code: str, ca: LocalCA, certificate: Certificate) -> None:
    answers = SCRIPTS[code](ca)
    shown = {"certificate": answers.pop("certificate", None), "username": "help@xyz.example"}
    if code == "PR513":
        shown["folder"] = "Helpdesk/New"
    desk = Desk(ca, certificate)
    found = as_text(desk.refused(FakeImap(**answers), **shown))
    compare(code, found, desk.server.port)


def test_the_page_of_a_server_that_is_not_there(ca: LocalCA, certificate: Certificate) -> None:
    desk = Desk(ca, certificate)
    compare("PR510", as_text(desk.refused(FakeImap(), port=1)), 1)


def compare(code: str, found: str, port: int) -> None:
    said = found.replace(f"localhost:{port}", "imap.xyz.example:993")
    said = said.replace("localhost", "imap.xyz.example").replace("0.6 seconds", "30 seconds")
    page = PAGES / f"{code}.md"
    assert next(blocks(page)).text == said + "\n"
