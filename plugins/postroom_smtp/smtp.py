"""Send over SMTP (RFC 5321), encrypted, with each reply taken for what it says.

A server that cannot be reached, does not let us in or shows the wrong certificate is tried again
later: nothing is lost while somebody mends it. Only a refusal of the message itself is final.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from postroom.hooks.contracts import Refused, Retry, Uncertain
from postroom.hooks.letters.envelope import addressed
from postroom.hooks.letters.text import one_line
from postroom_smtp.settings import SmtpSettings

if TYPE_CHECKING:
    from postroom.hooks.contracts import Letter
    from postroom.hooks.letters.envelope import Envelope
    from postroom_smtp.connection import Connection

_SHOWN = 200
_PERMANENT = 500
_GO_ON = 354
_SERVICE_CLOSING = 421


class SmtpNotifier:
    """Mail out over SMTP. Keeps its connection from one letter to the next."""

    name: ClassVar[str] = "smtp"
    settings: ClassVar[type] = SmtpSettings

    def __init__(self, settings: SmtpSettings) -> None:
        self._settings = settings
        self._connection: Connection | None = None

    def send(self, letter: Letter) -> bytes:
        """Send a letter and return it as it went out.

        Raises Retry, Uncertain, or Refused; the latter with what was sent if others took it.
        """
        import smtplib

        envelope = addressed(letter)
        try:
            connection = self._connected(envelope.sender)
            return self._hand_over(connection, letter, envelope)
        except (smtplib.SMTPException, OSError) as error:
            self._drop()
            raise Retry(self._words(error)) from None

    def _hand_over(self, connection: Connection, letter: Letter, envelope: Envelope) -> bytes:
        from postroom.hooks.letters.compose import compose

        raw = compose(letter, eight_bit=connection.has_extn("8bitmime"))
        options = self._options(connection, raw, [envelope.sender, *envelope.accepted])
        sender = "" if letter.notice.kind == "answer" else envelope.sender
        self._ask(connection, f"MAIL FROM:<{sender}>{options}")
        for to in envelope.accepted[:]:
            self._recipient(connection, to, envelope)
        if not envelope.accepted:
            self._reset(connection)
            raise Retry(envelope.why) if envelope.later else Refused(envelope.why)
        self._ask(connection, "DATA", wanted=_GO_ON)
        self._transmit(connection, raw)
        if envelope.refused or envelope.later:
            raise Refused(envelope.why, raw)
        return raw

    def _options(self, connection: Connection, raw: bytes, addresses: list[str]) -> str:
        options = ""
        limit = connection.esmtp_features.get("size", "")
        if connection.has_extn("size"):
            if limit.isdecimal() and 0 < int(limit) < len(raw):
                raise Refused(f"it has {len(raw)} bytes and the server takes {limit}")
            options += f" SIZE={len(raw)}"
        if not raw.isascii() and connection.has_extn("8bitmime"):
            options += " BODY=8BITMIME"
        if not all(each.isascii() for each in addresses):
            if not connection.has_extn("smtputf8"):
                raise Refused("an address has letters that the server does not know (SMTPUTF8)")
            options += " SMTPUTF8"
            connection.command_encoding = "utf-8"
        return options

    def _recipient(self, connection: Connection, to: str, envelope: Envelope) -> None:
        code, said = connection.docmd(f"RCPT TO:<{to}>")
        if code in (250, 251):
            return
        envelope.accepted.remove(to)
        answers = envelope.refused if code >= _PERMANENT else envelope.later
        answers[to] = self._shown(code, said)
        if code == _SERVICE_CLOSING:
            self._drop()
            raise Retry(envelope.why)

    def _ask(self, connection: Connection, command: str, wanted: int = 250) -> None:
        """Say a command. Raises Retry or Refused if the server does not agree to it."""
        code, said = connection.docmd(command)
        if code == wanted:
            return
        words = self._shown(code, said)
        self._reset(connection)
        raise Refused(words) if code >= _PERMANENT else Retry(words)

    def _transmit(self, connection: Connection, raw: bytes) -> None:
        """Send the message and its final dot. From then on nobody knows until the server says."""
        import smtplib

        stuffed = (b"\r\n" + raw).replace(b"\r\n.", b"\r\n..")[2:]
        connection.send(stuffed if stuffed.endswith(b"\r\n") else stuffed + b"\r\n")
        try:
            connection.send(b".\r\n")
            code, said = connection.getreply()
        except (smtplib.SMTPException, OSError) as error:
            self._drop()
            words = f"the connection ended before the server said whether it took it: {error}"
            raise Uncertain(one_line(words)) from None
        if 200 <= code < 300:  # noqa: PLR2004 - taken (RFC 5321 4.2.1)
            return
        words = self._shown(code, said)
        if not 400 <= code < 600:  # noqa: PLR2004 - half a reply, or none that means anything
            self._drop()
            raise Uncertain(words)
        raise Refused(words) if code >= _PERMANENT else Retry(words)

    def _connected(self, sender: str) -> Connection:
        """Return the connection that there is, if it still answers, else a new one."""
        if self._connection is not None and not self._still_there(self._connection):
            self._drop()
        if self._connection is None:
            from postroom_smtp.connection import connect

            self._connection = connect(self._settings, sender.rpartition("@")[2])
        return self._connection

    def _still_there(self, connection: Connection) -> bool:
        import smtplib

        try:
            return connection.rset()[0] == 250  # noqa: PLR2004 - RFC 5321 4.1.1.5
        except (smtplib.SMTPException, OSError):
            return False

    def _reset(self, connection: Connection) -> None:
        """Take back what was said of a message; a server that does not let us is left."""
        if not self._still_there(connection):
            self._drop()

    def _shown(self, code: int, said: bytes) -> str:
        return self._masked(f"{code} {said.decode('utf-8', 'replace')}")

    def _words(self, error: Exception) -> str:
        """Return an error in words, the server named and the password kept out."""
        import smtplib

        told = self._settings
        match error:
            case smtplib.SMTPResponseException():
                said = error.smtp_error
                text = said.decode("utf-8", "replace") if isinstance(said, bytes) else str(said)
                words = f"{error.smtp_code} {text}"
            case _ if isinstance(error.__context__ or error, TimeoutError):
                words = f"no answer within {told.timeout.total_seconds():g} seconds"
            case OSError():
                words = getattr(error, "verify_message", "") or error.strerror or str(error)
            case _:
                words = str(error)
        return f"{told.host}:{told.port_number}: {self._masked(words)}"

    def _masked(self, words: str) -> str:
        if self._settings.password is not None:
            words = words.replace(self._settings.password.reveal(), "***")
        return one_line(words)[:_SHOWN]

    def close(self) -> None:
        """Say goodbye and close."""
        import smtplib

        if self._connection is not None:
            try:
                self._connection.quit()
            except (smtplib.SMTPException, OSError):
                pass
            finally:
                self._drop()

    def _drop(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()
