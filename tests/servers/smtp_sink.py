"""An SMTP server that keeps what it is sent, with TLS, and refuses what it is told to refuse."""

from __future__ import annotations

import base64
import socket
import ssl
import warnings
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from tests.servers.ports import free_ports

if TYPE_CHECKING:
    from collections.abc import Callable

USER, PASSWORD = "postroom", "geheim-pa55"


@dataclass(frozen=True)
class Got:
    """One message that was accepted."""

    mail_from: str
    rcpt_to: tuple[str, ...]
    raw: bytes
    options: tuple[str, ...]


@dataclass
class Sink:
    """What was sent, and what to answer instead of `250`."""

    got: list[Got] = field(default_factory=list)
    replies: dict[str, str] = field(default_factory=dict)
    """By recipient, or `MAIL`, or `DATA`: the reply line."""

    async def handle_MAIL(  # noqa: N802 - as aiosmtpd calls it
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str,
        options: list[str],
    ) -> str:  # fmt: skip
        if "MAIL" in self.replies:
            return self.replies["MAIL"]
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 2.1.0 Ok"

    async def handle_RCPT(  # noqa: N802
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str,
        _options: list[str],
    ) -> str:  # fmt: skip
        if address in self.replies:
            return self.replies[address]
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 Ok"

    async def handle_DATA(  # noqa: N802
        self, _server: SMTP, _session: Session, envelope: Envelope
    ) -> str:
        if "DATA" in self.replies:
            return self.replies["DATA"]
        raw = envelope.original_content or b""
        options = tuple(envelope.mail_options)
        sender = (envelope.mail_from or "").strip("<>")
        self.got.append(Got(sender, tuple(envelope.rcpt_tos), raw, options))
        return "250 2.0.0 Ok: queued"


def _authenticate(
    _server: SMTP, _session: Session, _envelope: Envelope, _mechanism: str, data: object
) -> AuthResult:
    good = LoginPassword(USER.encode(), PASSWORD.encode())
    return AuthResult(success=data == good, handled=False)


@dataclass
class TokenSink(Sink):
    """A sink behind a server that takes access tokens, and asks an authority about them."""

    introspect: Callable[[str], dict[str, Any]] = field(kw_only=True)

    async def auth_XOAUTH2(self, server: SMTP, args: list[str]) -> AuthResult:  # noqa: N802
        return await self._shown(server, args, "user=")

    async def auth_OAUTHBEARER(self, server: SMTP, args: list[str]) -> AuthResult:  # noqa: N802
        return await self._shown(server, args, "n,a=")

    async def _shown(self, server: SMTP, args: list[str], prefix: str) -> AuthResult:
        said = base64.b64decode(args[1]).decode()
        user, _, rest = said.removeprefix(prefix).partition("\1auth=Bearer ")
        found = self.introspect(rest.rstrip("\1"))
        if found["active"] and found["username"] == user.rstrip(","):
            return AuthResult(success=True, auth_data=user)
        await server.challenge_auth(b'{"status":"400"}')
        return AuthResult(success=False, handled=False)


class _Implicit(Controller):
    """TLS from the first byte; the base would try it out with the server's own context."""

    def factory(self) -> SMTP:
        with warnings.catch_warnings():
            # it does not see that the connection is encrypted, and warns of passwords in the clear
            warnings.simplefilter("ignore", UserWarning)
            return SMTP(self.handler, **self.SMTP_kwargs)

    def _trigger_server(self) -> None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        with (
            socket.create_connection(("127.0.0.1", self.port), 5) as connection,
            context.wrap_socket(connection) as encrypted,
        ):
            encrypted.recv(1024)


class SmtpServer:
    """A running sink. With `tls` it demands STARTTLS, or speaks TLS at once if `implicit`."""

    def __init__(
        self,
        tls: ssl.SSLContext | None,
        *,
        implicit: bool = False,
        auth: bool = True,
        introspect: Callable[[str], dict[str, Any]] | None = None,
    ) -> None:
        self.sink = TokenSink(introspect=introspect) if introspect else Sink()
        self.port = free_ports(1)[0]
        options: dict[str, Any] = {"enable_SMTPUTF8": True, "decode_data": False}
        if auth:
            options |= {"authenticator": _authenticate, "auth_required": True}
            options |= {"auth_exclude_mechanism": [] if introspect is None else ["LOGIN", "PLAIN"]}
            options |= {"auth_require_tls": not implicit}
        if tls and implicit:
            options["ssl_context"] = tls
        elif tls:
            options |= {"tls_context": tls, "require_starttls": True}
        kind = _Implicit if implicit else Controller
        self._controller = kind(self.sink, hostname="127.0.0.1", port=self.port, **options)
        self._controller.start()

    def stop(self) -> None:
        """End it."""
        self._controller.stop()
