"""One request to a provider: a form goes out, JSON or a form comes back (RFC 6749 5.1, 5.2)."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

from postroom.runtime.signin.grant import Busy
from postroom.source.diagnostic import Diagnostic, Problem

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

_LARGEST = 256 * 1024
_TIMEOUT = 30.0
_LONGEST = 60.0
"""Seconds for a whole answer."""
_LONGEST_PAUSE = 3_600.0
_TOO_MANY = 429
_THEIR_FAULT = 500
_REDIRECTED = range(300, 400)


@dataclass(frozen=True, slots=True)
class Answer:
    """What a provider answered."""

    status: int
    fields: Mapping[str, str]


def post(
    url: str,
    form: Mapping[str, str],
    *,
    basic: tuple[str, str] | None = None,
    ca_file: Path | None = None,
) -> Answer:
    """Send a form, and follow nobody elsewhere with it: it holds secrets.

    Raises Busy, and Problem PR419 if the library is not installed.
    """
    import ssl

    try:
        import httpx
    except ImportError:
        words = "signing in with OAuth 2 needs an extra"
        raise Problem(Diagnostic("PR419", words, help="pip install 'postroom[oauth]'")) from None
    headers = {"Accept": "application/json", "Accept-Encoding": "identity"}
    try:
        context = ssl.create_default_context(cafile=ca_file)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        with (
            httpx.Client(verify=context, timeout=_TIMEOUT, follow_redirects=False) as client,
            client.stream("POST", url, data=dict(form), auth=basic, headers=headers) as response,
        ):
            body = limited(response.iter_raw(), url)
    except (httpx.HTTPError, OSError) as error:
        # the words of the error may hold the address, and that may hold a code
        raise Busy(f"{_host(url)} cannot be reached: {type(error).__name__}") from None
    raise_if_busy(url, response.status_code, response.headers.get("Retry-After", ""))
    return Answer(response.status_code, _fields(body, response.headers.get("Content-Type", "")))


def limited(pieces: Iterable[bytes], url: str) -> bytes:
    """Return an answer in one piece. Raises Busy if it is too large, or comes too slowly."""
    body, until = bytearray(), time.monotonic() + _LONGEST
    for piece in pieces:
        body += piece
        if len(body) > _LARGEST:
            raise Busy(f"{_host(url)} answers with far too much")
        if time.monotonic() > until:
            raise Busy(f"{_host(url)} does not come to the end of its answer")
    return bytes(body)


def raise_if_busy(url: str, status: int, retry_after: str) -> None:
    """Raise Busy for a status that says nothing about what was asked."""
    if status in _REDIRECTED:
        raise Busy(f"{_host(url)} sends us elsewhere ({status}), which is not followed")
    if status == _TOO_MANY or status >= _THEIR_FAULT:
        words = f"{_host(url)} answers with {status}"
        raise Busy(words, min(seconds(retry_after, 0), _LONGEST_PAUSE) or None)


def seconds(text: object, otherwise: float) -> float:
    """Return what is told in whole seconds, if it is."""
    told = str(text)
    return float(told) if told.isascii() and told.isdecimal() else otherwise


def _fields(body: bytes, kind: str) -> dict[str, str]:
    text = body.decode("utf-8", "replace")
    if "json" not in kind and not text.lstrip().startswith("{"):
        return dict(parse_qsl(text))
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return {name: str(value) for name, value in found.items()} if isinstance(found, dict) else {}


def _host(url: str) -> str:
    from urllib.parse import urlsplit

    return urlsplit(url).hostname or "the provider"
