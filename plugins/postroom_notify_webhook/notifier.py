"""Post notices to a service on the web: at least once, each with a key that is always the same."""

from __future__ import annotations

import hashlib
import hmac
import json
import ssl
import time
from datetime import timedelta
from typing import TYPE_CHECKING, ClassVar, Final

from postroom.hooks.contracts import Refused, Retry, Uncertain
from postroom_notify_webhook.settings import WebhookSettings
from postroom_notify_webhook.wire import (
    LARGEST,
    SECONDS,
    BadUrlError,
    Net,
    World,
    answer,
    connect,
    post,
    target_of,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from postroom.hooks.contracts import Letter

_LONGEST_TEXT: Final = 4_000
_LONGEST_NAME: Final = 200
"""Characters; each is twelve bytes of JSON at most."""
_LONGEST_WAIT: Final = 4 * 60 * 60
_LATER: Final = frozenset({408, 425, 429})
"""Refusals that pass (RFC 9110 15.5.9, RFC 8470 5.2, RFC 6585 4)."""


class WebhookNotifier:
    """Posts JSON over HTTPS; a connection for each notice."""

    name: ClassVar[str] = "webhook"
    settings: ClassVar[type] = WebhookSettings

    def __init__(
        self,
        settings: WebhookSettings,
        net: Net | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """Keep the settings."""
        self._settings = settings
        self._net = net or World()
        self._clock = clock

    def send(self, letter: Letter) -> bytes:
        """Post a letter and return what was posted. Raises Retry, Uncertain or Refused."""
        body = _body(letter)
        until = time.monotonic() + SECONDS
        try:
            target = target_of(self._settings.url.reveal())
            trust = ssl.create_default_context(cafile=self._settings.ca_file)
            connection = connect(self._net, target, trust, until)
        except BadUrlError as error:
            raise Refused(str(error)) from None
        except (OSError, UnicodeError) as error:
            raise Retry(_words(error)) from None
        with connection:
            try:
                post(connection, target, self._fields(letter, body), body, until)
                status, said = answer(connection, until)
            except (OSError, ValueError) as error:
                raise Uncertain(_words(error)) from None
        _judge(status, said)
        return body

    def close(self) -> None:
        """Do nothing: no connection is kept."""

    def _fields(self, letter: Letter, body: bytes) -> dict[str, str]:
        """Return the header. The signature is of time, key and body, a line feed behind the first.

        See docs/reference/transports.md.
        """
        key = hashlib.sha256(letter.notice.key.encode("utf-8", "replace")).hexdigest()[:32]
        fields = {
            "Content-Type": "application/json",
            "User-Agent": "postroom",
            "Idempotency-Key": key,
        }
        if self._settings.key is not None:
            timestamp = str(int(self._clock()))
            signed = f"{timestamp}\n{key}\n".encode() + body
            secret = self._settings.key.reveal().encode()
            fields["Postroom-Timestamp"] = timestamp
            fields["Postroom-Signature"] = hmac.new(secret, signed, hashlib.sha256).hexdigest()
        return fields


def _body(letter: Letter) -> bytes:
    notice = letter.notice
    text = notice.text or notice.html
    told = {
        "kind": notice.kind,
        "account": letter.account[:_LONGEST_NAME],
        "rule": notice.rule[:_LONGEST_NAME],
        "template": notice.template[:_LONGEST_NAME],
        "record": None if notice.ref is None else {"table": notice.ref.table, "id": notice.ref.id},
        "subject": notice.subject[:_LONGEST_NAME],
        "text": text[:_LONGEST_TEXT],
        "cut": len(text) > _LONGEST_TEXT,
        "date": letter.date.isoformat() if letter.date else None,
    }
    body = json.dumps(told).encode("ascii")
    if len(body) > LARGEST:
        raise Refused(f"it has {len(body)} bytes, and {LARGEST} is the most")
    return body


def _judge(status: int, said: dict[str, str]) -> None:
    """Raise what the status means, if it is no success (RFC 9110 15)."""
    if 200 <= status < 300:  # noqa: PLR2004
        return
    words = f"the server says HTTP {status}"
    if status >= 500 or status in _LATER:  # noqa: PLR2004
        wait = said.get("retry-after", "")
        known = wait.isascii() and wait.isdecimal() and len(wait) < len(str(_LONGEST_WAIT)) + 1
        seconds = min(int(wait), _LONGEST_WAIT) if known else 0
        raise Retry(words, timedelta(seconds=seconds) if seconds else None)
    if 300 <= status < 400:  # noqa: PLR2004
        words += ", and redirects are not followed"
    raise Refused(words)


def _words(error: Exception) -> str:
    """Return an error in words; the URL stays out, for it may hold a password."""
    match error:
        case ssl.SSLCertVerificationError():
            return f"its certificate is not good: {error.verify_message}"
        case TimeoutError():
            return f"no answer within {SECONDS:g} seconds"
        case OSError():
            return f"it cannot be reached: {error.strerror or error}"
        case UnicodeError():
            return "it cannot be reached: its name is none"
        case _:
            return str(error)
