"""Take requests, and answer them after the commit."""

from __future__ import annotations

import time
from functools import partial
from importlib.util import find_spec
from typing import TYPE_CHECKING, ClassVar, Final

from postroom.hooks.contracts import Parcel
from postroom.hooks.http_talk import HttpTalk, Limits, RefusedError
from postroom.hooks.knock import knock
from postroom.hooks.listening import on_port, own_certificate
from postroom.hooks.talks import Room, Talks
from postroom.model.settings import Secret
from postroom.source.diagnostic import Diagnostic, Problem
from postroom_webhook.settings import WebhookSettings
from postroom_webhook.shapes import Mailgun, Postmark, SendGrid, Signed
from postroom_webhook.sns import Ses

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable, Mapping, Sequence
    from ssl import SSLContext

    from postroom.hooks.contracts import Counter, Door, Reply
    from postroom.hooks.http_talk import Request
    from postroom_webhook.request import Shape

_ROOM: Final = 256 * 1024 * 1024
"""Bytes of requests that are in memory at a time before their commit."""
_GREATER: Final = 3
"""How many times larger than its message a request may be: every byte as `%0A`."""
_BESIDES: Final = 1024 * 1024
"""Bytes of a request beside the message."""
TAKEN: Final = (200, "taken")


class WebhookReceiver:
    """Takes mail from an HTTP client. A status below 300 is said after the commit."""

    name: ClassVar[str] = "webhook"
    settings: ClassVar[type] = WebhookSettings

    def __init__(self, settings: WebhookSettings, counter: Counter) -> None:
        """Keep the settings; no I/O."""
        self._settings = settings
        self._counter = counter
        self._room = Room(_ROOM)
        self._shape = _shape(settings)
        self._talks: Talks | None = None

    def open(self) -> None:
        """Listen. Raises Problem: PR518 if that cannot be, PR543, PR544."""
        if find_spec("h11") is None:
            words = "taking mail by HTTP needs a library that is not installed"
            raise Problem(Diagnostic("PR544", words, help="pip install 'postroom[webhook]'"))
        told = self._settings
        if told.certificate:
            own_certificate(told.certificate, told.key)
        self._talks = Talks(self.name, on_port(told.host, told.port), told.connections)
        limits = Limits(
            path=told.path,
            seconds=told.timeout.total_seconds(),
            most=_GREATER * self._counter.max_message + _BESIDES,
        )
        self._talks.start(partial(self._begin, limits))

    def close(self) -> None:
        """Take nothing new, answer what is in hand, and return. May be called twice."""
        talks, self._talks = self._talks, None
        if talks is not None:
            talks.stop()

    @classmethod
    def knock(cls, settings: WebhookSettings) -> Door:
        """Connect and hang up: in HTTP it is the client who speaks first."""
        return knock((settings.host, settings.port), is_greeted=False)

    def _begin(
        self,
        limits: Limits,
        connection: socket.socket,
        stopping: Callable[[], bool],
    ) -> HttpTalk:
        return HttpTalk(connection, self._certificate(), limits, self._room, self, stopping)

    def _certificate(self) -> Callable[[], SSLContext] | None:
        certificate = self._settings.certificate
        if certificate is None:
            return None
        return lambda: own_certificate(certificate, self._settings.key)

    def admit(self, headers: Mapping[str, str]) -> None:
        """Look at what comes before a body. Raises RefusedError."""
        self._shape.admit(headers)

    def take(self, request: Request) -> tuple[int, str]:
        """Hand in what a request brings; return a status and words. Raises RefusedError."""
        mail = self._shape.read(request, time.time())
        if mail is None:
            return TAKEN
        if len(mail.raw) > self._counter.max_message:
            raise RefusedError(self._shape.never, "the message is too large")
        accounts = self._counter.accounts
        alone = accounts[0] if len(accounts) == 1 else ""
        if not alone and not mail.rcpt_to:
            raise RefusedError(self._shape.never, "it does not say whom the message is for")
        parcel = Parcel(mail.raw, mail.mail_from, mail.rcpt_to, account=alone)
        return self._answer(self._counter.hand_in(parcel))

    def _answer(self, replies: Sequence[Reply]) -> tuple[int, str]:
        """Return one answer for all: recipients that are not ours keep nobody from their mail."""
        states = {reply.state for reply in replies}
        if "later" in states:
            return 503, "try again later"
        return TAKEN if "taken" in states else (self._shape.never, "there is no such address here")


def _shape(settings: WebhookSettings) -> Shape:
    match settings.provider, settings.secret:
        case "ses", _:
            return Ses(settings)
        case "sendgrid", _:
            return SendGrid(settings)
        case "signed", Secret() as secret:
            return Signed(settings, secret)
        case "mailgun", Secret() as secret:
            return Mailgun(settings, secret)
        case "postmark", Secret() as secret:
            return Postmark(settings, secret)
        case _:  # the settings do not come to be like this
            raise ValueError("give `secret`")
