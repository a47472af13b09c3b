"""Say what went wrong with a server, without repeating a secret."""

from __future__ import annotations

from typing import TYPE_CHECKING

from postroom.hooks.words import plain
from postroom.source.diagnostic import Diagnostic, Problem

if TYPE_CHECKING:
    from postroom_imap.settings import ImapSettings

_PASSING_CODES = frozenset({"UNAVAILABLE", "INUSE", "LIMIT", "SERVERBUG", "OVERQUOTA"})
"""Response codes (RFC 5530) of troubles that pass."""
_PASSING_WORDS = ("temporar", "too many", "try again", "throttl", "busy", "later")


class DeclinedError(Exception):
    """The server answered NO or BAD; the connection goes on."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.text = plain(text)
        self.code = code_of(text)

    @property
    def passing(self) -> bool:
        """Whether it may well work a little later."""
        words = self.text.casefold()
        return self.code in _PASSING_CODES or any(word in words for word in _PASSING_WORDS)


class LostError(Exception):
    """The connection can no longer be used."""

    def __init__(self, diagnostic: Diagnostic) -> None:
        super().__init__(diagnostic.message)
        self.diagnostic = diagnostic

    @property
    def problem(self) -> Problem:
        """Return it as what a transport raises."""
        return Problem(self.diagnostic)


def code_of(text: str) -> str:
    """Return the response code at the head of a server's answer (RFC 3501 7.1), or ""."""
    _, bracket, rest = text.partition("[")
    code = rest.partition("]")[0].partition(" ")[0]
    return code.upper() if bracket and code.isascii() else ""


def diagnostic(code: str, settings: ImapSettings, words: str, hint: str) -> Diagnostic:
    """Return a finding about the server, which is named."""
    server = f"{settings.host}:{settings.port_number}"
    return Diagnostic(code, f"{server}: {plain(words, settings.never_shown)}", help=hint)


def sign_in_refused(settings: ImapSettings, refused: DeclinedError) -> Problem:
    """Return why signing in failed: for good (PR511), or for now (PR516)."""
    said = f"`{settings.username}` cannot sign in: {refused.text or 'no reason given'}"
    if refused.passing:
        return Problem(diagnostic("PR516", settings, said, "it is tried again by itself"))
    if "not connected" in refused.text.casefold():
        hint = (
            "the password is right, but the mailbox is closed to this user: give the user full "
            "access to it, and say `username: owner@.../shared@...`"
        )
    elif settings.auth is not None:
        hint = (
            "sign in as somebody who may open this mailbox (`postroom login ACCOUNT`), and see "
            "whether that sign-in may use IMAP"
        )
    else:
        hint = "check `username` and `password`; many providers want an app password"
    return Problem(diagnostic("PR511", settings, said, hint))
