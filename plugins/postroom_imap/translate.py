"""Turn whatever imaplib, imapclient and the socket raise into DeclinedError or LostError."""

from __future__ import annotations

import imaplib
from contextlib import contextmanager
from typing import TYPE_CHECKING

from imapclient.exceptions import ProtocolError

from postroom_imap.problems import DeclinedError, LostError, diagnostic

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from postroom_imap.settings import ImapSettings

_HINTS = {
    "PR510": "it is tried again by itself; if it goes on, ask who runs the server",
    "PR514": "it is tried again by itself; `timeout` says how long to wait",
    "PR515": "ask who runs the server: it does not keep to RFC 3501",
    "PR516": "it is tried again by itself",
}


def lost(settings: ImapSettings, code: str, words: str) -> LostError:
    """Return the end of a connection, with the hint that goes with its code."""
    return LostError(diagnostic(code, settings, words, _HINTS[code]))


def declined(error: Exception) -> DeclinedError:
    """Return the server's words without what the libraries put before them."""
    first = error.args[0] if error.args else ""
    text = first.decode("utf-8", "replace") if isinstance(first, bytes) else str(first)
    bad = text.partition(" BAD [b")[2]
    return DeclinedError(bad[1:-2] if bad else text.partition(" failed: ")[2] or text)


@contextmanager
def translated(settings: ImapSettings, doing: str, bye: Callable[[], str] = str) -> Iterator[None]:
    """Do something with the server. Raises DeclinedError or LostError, and nothing of theirs.

    bye returns what the server said when it ended the connection, "" if it said nothing.
    """
    try:
        yield
    except (DeclinedError, LostError):
        raise
    except TimeoutError:
        words = f"{doing}: no answer within {settings.seconds:g} seconds"
        raise lost(settings, "PR514", words) from None
    except imaplib.IMAP4.readonly:
        raise DeclinedError("this user may not change the folder") from None
    except imaplib.IMAP4.abort as error:
        words = f"the server ended the connection: {bye()}" if bye() else str(error)
        raise lost(settings, "PR510", f"{doing}: {words}") from None
    except OSError as error:
        words = f"{doing}: the connection broke: {error.strerror or error}"
        raise lost(settings, "PR510", words) from None
    except ProtocolError as error:
        raise lost(settings, "PR515", f"{doing}: {error}") from None
    except imaplib.IMAP4.error as error:
        raise declined(error) from None
    except (ValueError, TypeError, LookupError, AttributeError, AssertionError) as error:
        # what imapclient's parser raises on answers that nobody thought of
        words = f"{doing}: an answer that makes no sense ({type(error).__name__})"
        raise lost(settings, "PR515", words) from None
