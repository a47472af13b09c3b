"""One request to a provider: a form goes out, JSON or a form comes back (RFC 6749 5.1, 5.2)."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

from postroom.runtime.signin.grant import Busy
from postroom.source.diagnostic import Diagnostic, Problem

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

_LARGEST = 256 * 1024
_TIMEOUT = 30.0
_TOO_MANY = 429
_THEIR_FAULT = 500


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
    """Send a form. Raises Busy, and Problem PR419 if the library is not installed."""
    import ssl

    try:
        import httpx
    except ImportError:
        words = "signing in with OAuth 2 needs an extra"
        raise Problem(Diagnostic("PR419", words, help="pip install 'postroom[oauth]'")) from None
    try:
        context = ssl.create_default_context(cafile=ca_file)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        with (
            httpx.Client(verify=context, timeout=_TIMEOUT, follow_redirects=False) as client,
            client.stream(
                "POST", url, data=dict(form), auth=basic, headers={"Accept": "application/json"}
            ) as response,
        ):
            body = b""
            for piece in response.iter_bytes():
                body += piece
                if len(body) > _LARGEST:
                    raise Busy(f"{_host(url)} answers with far too much")
    except (httpx.HTTPError, OSError) as error:
        # the words of the error may hold the address, and that may hold a code
        raise Busy(f"{_host(url)} cannot be reached: {type(error).__name__}") from None
    if response.status_code == _TOO_MANY or response.status_code >= _THEIR_FAULT:
        after = response.headers.get("Retry-After", "")
        words = f"{_host(url)} answers with {response.status_code}"
        raise Busy(words, float(after) if after.isdecimal() else None)
    return Answer(response.status_code, _fields(body, response.headers.get("Content-Type", "")))


def _fields(body: bytes, kind: str) -> dict[str, str]:
    text = body.decode("utf-8", "replace")
    if "json" not in kind and not text.lstrip().startswith("{"):
        return dict(parse_qsl(text))
    try:
        found = json.loads(text)
    except ValueError:
        return {}
    return {name: str(value) for name, value in found.items()} if isinstance(found, dict) else {}


def _host(url: str) -> str:
    from urllib.parse import urlsplit

    return urlsplit(url).hostname or "the provider"
