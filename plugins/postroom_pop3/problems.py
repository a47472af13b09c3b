"""Say what went wrong with a server, without repeating a secret."""

from __future__ import annotations

import poplib
from contextlib import contextmanager
from typing import TYPE_CHECKING

from postroom.hooks.words import plain
from postroom.source.diagnostic import Diagnostic, Problem

if TYPE_CHECKING:
    from collections.abc import Iterator

    from postroom_pop3.settings import Pop3Settings

_PASSING_CODES = ("[IN-USE]", "[SYS/TEMP]", "[LOGIN-DELAY]")
"""Response codes of troubles that pass (RFC 2449 8.1, RFC 3206)."""
_PASSING_WORDS = ("temporar", "too many", "try again", "throttl", "busy", "lock", "later")
_AGAIN = "it is tried again by itself"


class DeclinedError(Exception):
    """The server answered -ERR; the connection goes on."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.text = plain(text)

    @property
    def passing(self) -> bool:
        """Whether it may well work a little later."""
        words = self.text.casefold()
        coded = any(code in self.text.upper() for code in _PASSING_CODES)
        return coded or any(word in words for word in _PASSING_WORDS)


def problem(code: str, settings: Pop3Settings, words: str, hint: str = _AGAIN) -> Problem:
    """Return a problem with the server, which is named."""
    server = f"{settings.host}:{settings.port_number}"
    shown = plain(words, settings.never_shown)
    return Problem(Diagnostic(code, f"{server}: {shown}", help=hint))


def sign_in_refused(settings: Pop3Settings, refused: DeclinedError) -> Problem:
    """Return why signing in failed: for good (PR511), or for now (PR516)."""
    said = f"`{settings.username}` cannot sign in: {refused.text or 'no reason given'}"
    if refused.passing:
        return problem("PR516", settings, said)
    if settings.auth is not None:
        hint = (
            "sign in as somebody who may open this mailbox (`postroom login ACCOUNT`), and see "
            "whether that sign-in may use POP3"
        )
        return problem("PR511", settings, said, hint)
    hint = "check `username` and `password`; many providers want an app password"
    return problem("PR511", settings, said, hint)


@contextmanager
def translated(settings: Pop3Settings, doing: str) -> Iterator[None]:
    """Do something with the server. Raises DeclinedError or Problem, and nothing of theirs."""
    try:
        yield
    except poplib.error_proto as error:
        first = error.args[0] if error.args else ""
        text = first.decode("utf-8", "replace") if isinstance(first, bytes) else str(first)
        if text.startswith("-ERR"):
            raise DeclinedError(text.removeprefix("-ERR")) from None
        hint = "ask who runs the server: it does not keep to RFC 1939"
        raise problem("PR515", settings, f"{doing}: {text}", hint) from None
    except TimeoutError:
        words = f"{doing}: no answer within {settings.seconds:g} seconds"
        raise problem("PR514", settings, words) from None
    except OSError as error:
        words = f"{doing}: the connection broke: {error.strerror or error}"
        raise problem("PR510", settings, words) from None
    except (ValueError, IndexError) as error:  # what poplib makes of answers nobody thought of
        words = f"{doing}: an answer that makes no sense ({type(error).__name__})"
        hint = "ask who runs the server: it does not keep to RFC 1939"
        raise problem("PR515", settings, words, hint) from None
