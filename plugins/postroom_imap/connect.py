"""Ask an IMAP server for encryption (RFC 3501 6.2.1)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from postroom.hooks.encrypted import NO_PLAINTEXT, OTHER_TLS, NotConnectedError
from postroom.hooks.encrypted import connect as encrypted
from postroom_imap.problems import LostError, diagnostic

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable

    from postroom.hooks.encrypted import Clear
    from postroom_imap.settings import ImapSettings

_MOST_LINES = 100


def connect(settings: ImapSettings, trace: Callable[[str], None]) -> ssl.SSLSocket:
    """Return a socket that is encrypted and whose certificate was checked, name and all.

    Raises LostError PR510 (cannot be reached), PR512 (not safe), PR514 (too slow), PR516 (the
    server sends us away).
    """
    try:
        return encrypted(settings, _start_tls, trace)
    except NotConnectedError as error:
        raise LostError(diagnostic(error.code, settings, error.words, error.hint)) from None


def _start_tls(talk: Clear) -> None:
    greeting = talk.line().upper()
    if greeting.startswith(b"* BYE"):
        words = f"the server sends us away: {greeting[5:].decode('ascii', 'replace')}"
        raise NotConnectedError("PR516", words, "it is tried again by itself")
    if not greeting.startswith(b"* OK"):  # PREAUTH would keep STARTTLS from being asked for
        words = "the server does not begin like an IMAP server that STARTTLS can be asked of"
        raise NotConnectedError("PR512", words, NO_PLAINTEXT)
    _, said = _ask(talk, b"s1", b"CAPABILITY")
    if b"STARTTLS" not in b" ".join(said).split():
        raise NotConnectedError("PR512", "the server does not offer STARTTLS", OTHER_TLS)
    answer, _ = _ask(talk, b"s2", b"STARTTLS")
    if not answer.startswith(b"OK"):
        words = f"the server refuses STARTTLS: {answer.decode('ascii', 'replace')}"
        raise NotConnectedError("PR512", words, OTHER_TLS)


def _ask(talk: Clear, tag: bytes, command: bytes) -> tuple[bytes, list[bytes]]:
    """Return the answer to a command, and the untagged lines before it, in capitals."""
    talk.say(tag + b" " + command)
    untagged: list[bytes] = []
    for _ in range(_MOST_LINES):
        line = talk.line().upper()
        if line.startswith(tag.upper() + b" "):
            return line[len(tag) + 1 :], untagged
        untagged.append(line)
    raise ConnectionError("the server does not come to an end")
