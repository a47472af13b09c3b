"""Say what went wrong with a server, without repeating a secret."""

from __future__ import annotations

import ssl
from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from postroom.hooks.words import plain
from postroom.source.diagnostic import Diagnostic, Problem

if TYPE_CHECKING:
    from collections.abc import Iterator

    from postroom_jmap.settings import JmapSettings

_AGAIN: Final = "it is tried again by itself"
_ITS_FAULT: Final = "ask who runs the server: it does not keep to RFC 8620"
_BUSY: Final = ("serverUnavailable", "rateLimit", "serverPartialFail", "anchorNotFound")
PASSING: Final = (408, 429, 500, 502, 503, 504)
"""Statuses after which it is tried again."""
LIMIT: Final = "urn:ietf:params:jmap:error:limit"
_LONGEST_PAUSE: Final = 24 * 60 * 60.0
_FORBIDDEN: Final = ("forbidden", "accountNotFound", "accountReadOnly")


class DeclinedError(Exception):
    """The server declined one thing that was asked of it (RFC 8620 3.6.2, 5.3)."""

    def __init__(self, kind: str, words: str = "") -> None:
        super().__init__(kind)
        self.kind = plain(kind)
        self.words = plain(words)

    def __str__(self) -> str:
        return f"{self.kind}: {self.words}" if self.words else self.kind


def problem(
    code: str,
    settings: JmapSettings,
    words: str,
    hint: str = _AGAIN,
    after: timedelta | None = None,
) -> Problem:
    """Return a problem with the server, which is named."""
    shown = words
    for secret in (settings.password, settings.token):
        if secret is not None and secret.reveal():
            shown = shown.replace(secret.reveal(), "***")
    message = f"{settings.host}:{settings.port}: {plain(shown)}"
    return Problem(Diagnostic(code, message, help=hint), after)


def broken(settings: JmapSettings, words: str) -> Problem:
    """Return that the server does not keep to the protocol."""
    return problem("PR515", settings, words, _ITS_FAULT)


def of_status(
    settings: JmapSettings, status: int, doing: str, after: str = "", *, limited: bool = False
) -> Problem:
    """Return what a status of HTTP means.

    after is its Retry-After; limited, that we asked for too much at a time, whatever the status.
    """
    if status in (401, 403):
        hint = "check the token or password: many providers want one made for this use"
        return problem("PR511", settings, f"{doing}: the sign-in is refused ({status})", hint)
    if status in PASSING or limited:
        words = f"{doing}: not now ({status})"
        return problem("PR516", settings, words, after=_pause(after))
    return broken(settings, f"{doing}: answered with the status {status}")


def _pause(after: str) -> timedelta | None:
    """Return how long the server wants to be left alone: seconds of Retry-After (RFC 9110)."""
    if not (after.isascii() and after.isdecimal()):
        return None
    return timedelta(seconds=min(float(after), _LONGEST_PAUSE))


def of_method(settings: JmapSettings, declined: DeclinedError, doing: str) -> Problem:
    """Return what an error of a method means, where it is about more than one message."""
    words = f"{doing}: {declined}"
    if declined.kind in _BUSY:
        return problem("PR516", settings, words)
    if declined.kind in _FORBIDDEN:
        hint = "give the token the right to read and write mail, and check `account`"
        return problem("PR511", settings, words, hint)
    return broken(settings, words)


@contextmanager
def translated(settings: JmapSettings, doing: str) -> Iterator[None]:
    """Do something with the server. Raises Problem, and nothing of httpx."""
    import httpx

    try:
        yield
    except (httpx.TimeoutException, TimeoutError):
        words = f"{doing}: no answer within {settings.seconds:g} seconds"
        raise problem("PR514", settings, words) from None
    except httpx.InvalidURL:
        raise broken(settings, f"{doing}: an address that is none") from None
    except (httpx.HTTPError, httpx.StreamError, OSError, RuntimeError) as error:
        cause = _certificate_error(error)
        if cause is not None:
            hint = (
                "`host` must be a name in the certificate; for an authority of your own: `ca_file`"
            )
            words = f"the certificate is not accepted: {cause.verify_message}"
            raise problem("PR512", settings, words, hint) from None
        words = f"{doing}: the connection broke: {error}"
        raise problem("PR510", settings, words) from None


def _certificate_error(error: BaseException) -> ssl.SSLCertVerificationError | None:
    at: BaseException | None = error
    while at is not None and not isinstance(at, ssl.SSLCertVerificationError):
        at = at.__cause__ or at.__context__
    return at
