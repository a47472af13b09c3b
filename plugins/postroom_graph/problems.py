"""Say what went wrong with Graph, without repeating a token."""

from __future__ import annotations

import json
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from postroom.hooks.words import plain
from postroom.source.diagnostic import Diagnostic, Problem

if TYPE_CHECKING:
    from collections.abc import Iterator

    from postroom_graph.settings import Server

_AGAIN = "it is tried again by itself"
_NO_MAILBOX = frozenset(
    {
        "ErrorInvalidUser", "Request_ResourceNotFound", "ResourceNotFound",
        "MailboxNotEnabledForRESTAPI", "MailboxNotSupportedForRESTAPI",
    }
)  # fmt: skip
_POLICY = "[RAOP]"
"""In the words of a refusal by an application access policy, or by RBAC for Applications."""
_FOR_NOW = frozenset({429, 502, 503, 504})
THEIR_FAULT = 500
"""The first status that says that the server is to blame (RFC 9110 15.6)."""
_LONGEST_PAUSE = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back."""

    status: int
    body: bytes
    """Cut off where it is longer than was asked for."""
    size: int
    """Of the whole body, as far as the server says it, else as far as it was read."""
    whole: bool
    retry_after: str = ""

    def fields(self) -> dict[str, Any]:
        """Return the body as JSON. Raises ValueError if it is no JSON object."""
        try:
            found = json.loads(self.body)
        except RecursionError:
            raise ValueError("nested too deeply") from None
        if not isinstance(found, dict):
            raise ValueError("no object")  # noqa: TRY004 - one kind of error for all of it
        return found


class DeclinedError(Exception):
    """Graph declined one request; others may well work."""

    def __init__(self, status: int, code: str, text: str) -> None:
        super().__init__(text)
        self.status, self.code = status, code
        self.text = plain(text) or code or f"status {status}"


class CutOffError(Problem):
    """The request went out, and what became of it nobody knows."""


def diagnostic(code: str, server: Server, words: str, hint: str = _AGAIN) -> Diagnostic:
    """Return a diagnostic that names host and mailbox."""
    host = urlsplit(server.base_url).netloc
    return Diagnostic(code, f"{host}: `{server.mailbox}`: {plain(words)}", help=hint)


def protocol_broken(server: Server, words: str) -> Problem:
    """Return a problem with an answer that is not what Graph promises."""
    hint = "see whether `base_url` is Graph, and whether a proxy stands in between"
    return Problem(diagnostic("PR515", server, words, hint))


@contextmanager
def for_all(server: Server, doing: str) -> Iterator[None]:
    """Do something without which nothing goes on. Raises Problem in place of DeclinedError."""
    try:
        yield
    except DeclinedError as declined:
        if declined.status < THEIR_FAULT:
            raise protocol_broken(server, f"{doing}: {declined.text}") from None
        raise Problem(diagnostic("PR516", server, f"{doing}: {declined.text}")) from None


def failure(server: Server, answer: Answer, doing: str) -> Problem | DeclinedError:
    """Return what an answer that is no success means."""
    code, text = _error(answer)
    said = f"{doing}: {text or code or f'status {answer.status}'}"
    match answer.status:
        case 401:
            hint = "`postroom login ACCOUNT` signs in anew; the token must be one for Graph"
            return Problem(diagnostic("PR511", server, f"the token is not taken: {said}", hint))
        case 403:
            return Problem(diagnostic("PR511", server, said, _permission(text)))
        case 404 if code in _NO_MAILBOX:
            hint = "check `mailbox`: it must be a mailbox of Exchange Online in this tenant"
            return Problem(diagnostic("PR573", server, said, hint))
        case status if status in _FOR_NOW:
            words = f"Graph refuses for now ({status}): {said}"
            return Problem(diagnostic("PR516", server, words), after=_pause(answer.retry_after))
        case status if status < 400:  # noqa: PLR2004 - RFC 9110 15.4
            return protocol_broken(server, f"{doing}: a redirection, which Graph does not use")
        case _:
            return DeclinedError(answer.status, code, text)


def _permission(text: str) -> str:
    """Return what is missing, by its name."""
    if _POLICY in text:
        return (
            "the tenant keeps this application out of this mailbox: an administrator must put it "
            "into the scope of RBAC for Applications (`Application Mail.ReadWrite`)"
        )
    return (
        "an administrator must grant `Mail.ReadWrite` (and `Mail.Send` to send): to the "
        "application by RBAC for Applications with a scope of this mailbox, or to the person"
    )


def _pause(said: str) -> timedelta | None:
    if not (said.isascii() and said.isdecimal()):
        return None
    return min(timedelta(seconds=int(said[:9])), _LONGEST_PAUSE)


def _error(answer: Answer) -> tuple[str, str]:
    """Return code and words of an error, "" for what it does not say."""
    try:
        error = answer.fields().get("error")
    except ValueError:
        return "", ""
    if not isinstance(error, dict):
        return "", ""
    return plain(str(error.get("code", ""))), plain(str(error.get("message", "")))


@contextmanager
def translated(server: Server, doing: str) -> Iterator[None]:
    """Ask the server. Raises Problem, and nothing of httpx."""
    import ssl

    import httpx

    try:
        yield
    except (httpx.ConnectTimeout, httpx.PoolTimeout):
        raise Problem(diagnostic("PR510", server, f"{doing}: nobody answers there")) from None
    except (httpx.TimeoutException, TimeoutError):
        words = f"{doing}: no answer within {server.timeout.total_seconds():g} seconds"
        raise CutOffError(diagnostic("PR514", server, words)) from None
    except httpx.ConnectError as error:
        raise Problem(_unreachable(server, doing, error)) from None
    except (httpx.RemoteProtocolError, httpx.LocalProtocolError) as error:
        words = f"{doing}: the connection broke: {error}"
        raise CutOffError(diagnostic("PR510", server, words)) from None
    except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError, ssl.SSLError, OSError) as error:
        words = f"{doing}: the connection broke ({type(error).__name__})"
        raise CutOffError(diagnostic("PR510", server, words)) from None
    except RuntimeError:  # the client was closed by another thread
        raise Problem(diagnostic("PR510", server, f"{doing}: the connection was closed")) from None


def _unreachable(server: Server, doing: str, error: Exception) -> Diagnostic:
    import ssl

    cause: BaseException | None = error
    while cause is not None and not isinstance(cause, ssl.SSLError):
        cause = cause.__cause__ or cause.__context__
    if cause is None:
        words = f"{doing}: the server cannot be reached: {error}"
        return diagnostic("PR510", server, words, "check `base_url` and the network")
    if isinstance(cause, ssl.SSLCertVerificationError):
        words = f"the certificate is not accepted: {cause.verify_message}"
        return diagnostic("PR512", server, words, "for an authority of your own: `ca_file`")
    words = f"no encrypted connection comes about: {cause.reason or cause}"
    return diagnostic("PR512", server, words, "see whether a proxy stands in between")
