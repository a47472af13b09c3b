"""The receivers: LMTP for a mail server of ours, SMTP for others."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, ClassVar, Final

from postroom.hooks.knock import knock
from postroom.hooks.listening import on_port, own_certificate
from postroom.hooks.talks import Room, Talks, client_of
from postroom_lmtp.lmtp import LmtpConversation
from postroom_lmtp.pace import Pace
from postroom_lmtp.settings import LmtpSettings, SmtpInSettings
from postroom_lmtp.smtp import SmtpConversation
from postroom_lmtp.unix import on_socket
from postroom_lmtp.wire import Wire

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable
    from ssl import SSLContext

    from postroom.hooks.contracts import Counter, Door
    from postroom.model.settings import Secret

_ROOM: Final = 128 * 1024 * 1024
"""Bytes of mail that are in memory at a time before their commit."""


class LmtpReceiver:
    """Takes mail from a mail server. `250` is said after the commit, for each recipient."""

    name: ClassVar[str] = "lmtp"
    settings: ClassVar[type] = LmtpSettings

    def __init__(self, settings: LmtpSettings, counter: Counter) -> None:
        """Keep the settings; no I/O."""
        self._settings = settings
        self._counter = counter
        self._room = Room(_ROOM)
        self._talks: Talks | None = None

    def open(self) -> None:
        """Listen. Raises Problem PR518 if that cannot be."""
        told = self._settings
        if told.socket:
            listening = on_socket(told.socket, told.group)
        else:
            listening = on_port(told.host, told.port)
        self._talks = Talks(self.name, listening, told.connections)
        self._talks.start(self._begin)

    def close(self) -> None:
        """Take nothing new, answer what is in hand, and return. May be called twice."""
        talks, self._talks = self._talks, None
        if talks is None:
            return
        talks.stop()
        if self._settings.socket:
            self._settings.socket.unlink(missing_ok=True)

    @classmethod
    def knock(cls, settings: LmtpSettings) -> Door:
        """Connect, hear the greeting and hang up."""
        return knock(settings.socket or (settings.host, settings.port), is_greeted=True)

    def _begin(self, connection: socket.socket, stopping: Callable[[], bool]) -> LmtpConversation:
        wire = Wire(connection, self._settings.timeout.total_seconds())
        return LmtpConversation(wire, self._counter, self._room, stopping)


class SmtpReceiver:
    """Takes mail from anybody, for addresses of accounts alone. `250` is said after the commit."""

    name: ClassVar[str] = "smtp_in"
    settings: ClassVar[type] = SmtpInSettings

    def __init__(self, settings: SmtpInSettings, counter: Counter) -> None:
        """Keep the settings; no I/O."""
        self._settings = settings
        self._counter = counter
        self._room = Room(_ROOM)
        self._pace = Pace(settings.messages)
        self._talks: Talks | None = None

    def open(self) -> None:
        """Listen. Raises Problem: PR518 if that cannot be, PR543 without a certificate."""
        told = self._settings
        if told.certificate:
            own_certificate(told.certificate, told.key)
        listening = on_port(told.host, told.port)
        self._talks = talks = Talks(self.name, listening, told.connections, told.each)
        talks.start(partial(self._begin, talks.trust))

    def close(self) -> None:
        """Take nothing new, answer what is in hand, and return. May be called twice."""
        talks, self._talks = self._talks, None
        if talks is not None:
            talks.stop()

    @classmethod
    def knock(cls, settings: SmtpInSettings) -> Door:
        """Connect, hear the greeting and hang up."""
        return knock((settings.host, settings.port), is_greeted=True)

    def _begin(
        self, trust: Callable[[], None], connection: socket.socket, stopping: Callable[[], bool]
    ) -> SmtpConversation:
        return SmtpConversation(
            Wire(connection, self._settings.timeout.total_seconds()),
            self._counter,
            self._room,
            stopping,
            most_recipients=self._settings.recipients,
            certificate=self._certificate(),
            tls_required=self._settings.tls_required,
            sign_in=self._sign_in(),
            trust=trust,
            in_time=partial(self._pace.allows, _peer(connection)),
        )

    def _sign_in(self) -> tuple[str, Secret] | None:
        name, password = self._settings.username, self._settings.password
        return (name, password) if name is not None and password is not None else None

    def _certificate(self) -> Callable[[], SSLContext] | None:
        certificate = self._settings.certificate
        if certificate is None:
            return None
        return lambda: own_certificate(certificate, self._settings.key)


def _peer(connection: socket.socket) -> str:
    try:
        return client_of(connection.getpeername())
    except OSError:
        return ""  # gone already
