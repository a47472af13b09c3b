"""The receivers: LMTP for a mail server of ours, SMTP for others."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

from postroom.hooks.listening import on_port, own_certificate
from postroom_lmtp.listening import Listening, on_socket
from postroom_lmtp.lmtp import LmtpConversation
from postroom_lmtp.settings import LmtpSettings, SmtpInSettings
from postroom_lmtp.smtp import SmtpConversation
from postroom_lmtp.wire import Room

if TYPE_CHECKING:
    from collections.abc import Callable
    from ssl import SSLContext

    from postroom.hooks.contracts import Counter
    from postroom_lmtp.wire import Wire

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
        self._listening: Listening | None = None

    def open(self) -> None:
        """Listen. Raises Problem PR518 if that cannot be."""
        told = self._settings
        if told.socket:
            listening = on_socket(told.socket, told.group)
        else:
            listening = on_port(told.host, told.port)
        timeout = told.timeout.total_seconds()
        self._listening = Listening(self.name, listening, timeout, told.connections)
        self._listening.start(self._hold)

    def close(self) -> None:
        """Take nothing new, answer what is in hand, and return. May be called twice."""
        listening, self._listening = self._listening, None
        if listening is None:
            return
        listening.stop()
        if self._settings.socket:
            self._settings.socket.unlink(missing_ok=True)

    def _hold(self, wire: Wire, stopping: Callable[[], bool]) -> None:
        LmtpConversation(wire, self._counter, self._room, stopping).hold()


class SmtpReceiver:
    """Takes mail from anybody, for addresses of accounts alone. `250` is said after the commit."""

    name: ClassVar[str] = "smtp_in"
    settings: ClassVar[type] = SmtpInSettings

    def __init__(self, settings: SmtpInSettings, counter: Counter) -> None:
        """Keep the settings; no I/O."""
        self._settings = settings
        self._counter = counter
        self._room = Room(_ROOM)
        self._listening: Listening | None = None

    def open(self) -> None:
        """Listen. Raises Problem: PR518 if that cannot be, PR543 without a certificate."""
        told = self._settings
        if told.certificate:
            own_certificate(told.certificate, told.key)
        listening = on_port(told.host, told.port)
        timeout = told.timeout.total_seconds()
        self._listening = Listening(self.name, listening, timeout, told.connections)
        self._listening.start(self._hold)

    def close(self) -> None:
        """Take nothing new, answer what is in hand, and return. May be called twice."""
        listening, self._listening = self._listening, None
        if listening is not None:
            listening.stop()

    def _hold(self, wire: Wire, stopping: Callable[[], bool]) -> None:
        SmtpConversation(
            wire,
            self._counter,
            self._room,
            stopping,
            most_recipients=self._settings.recipients,
            certificate=self._certificate(),
            tls_required=self._settings.tls_required,
        ).hold()

    def _certificate(self) -> Callable[[], SSLContext] | None:
        certificate = self._settings.certificate
        if certificate is None:
            return None
        return lambda: own_certificate(certificate, self._settings.key)
