"""SMTP (RFC 5321): STARTTLS, AUTH PLAIN, and one reply after DATA for all recipients together.

Nothing is relayed: a recipient is an address of an account, or refused.
"""

from __future__ import annotations

import base64
import hmac
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Final

from postroom.model.settings import Secret
from postroom.source.diagnostic import Problem
from postroom_lmtp.conversation import Command, Conversation
from postroom_lmtp.wire import BareEnd, Gone, TooLong

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from ssl import SSLContext


_DEAR: Final = 7
"""How many mistakes a wrong password is: whoever guesses gets three guesses a connection."""


@dataclass
class SmtpConversation(Conversation):
    """A conversation with whoever connects."""

    greeting: ClassVar[str] = "ESMTP"
    strict: ClassVar[bool] = True
    together: ClassVar[bool] = True

    certificate: Callable[[], SSLContext] | None = None
    """Reads the certificate, which may have been renewed. Raises Problem if it cannot be had."""
    tls_required: bool = False
    encrypted: bool = False
    sign_in: tuple[str, Secret] | None = None
    """The name and the password without which no mail is taken."""
    signed_in: bool = False
    trust: Callable[[], None] = lambda: None
    """Counts this conversation no longer among those of its client."""
    in_time: Callable[[], bool] = lambda: True
    """Counts a message of this client; whether it is not one too many."""

    def commands(self) -> Mapping[str, Command]:
        """Return what is understood."""
        begin = {"EHLO": self.ehlo, "HELO": self.helo}
        tls = {"STARTTLS": self.starttls} if self.certificate else {}
        auth = {"AUTH": self.auth} if self.sign_in else {}
        return {**super().commands(), **begin, **tls, **auth}

    def ehlo(self, name: str) -> bool:
        """Begin, and say what is understood."""
        tls = () if self.certificate is None or self.encrypted else ("STARTTLS",)
        auth = ("AUTH PLAIN",) if self.sign_in and self.encrypted else ()
        return self.hello(name, "postroom", *tls, *auth, *self.extensions())

    def helo(self, name: str) -> bool:
        """Begin, with a program of the time before extensions."""
        return self.hello(name, "postroom")

    def starttls(self, words: str) -> bool:
        """Encrypt, and forget what was said before (RFC 3207)."""
        if words or self.certificate is None or self.encrypted:
            return self.mistake("501 5.5.4 no STARTTLS now")
        if self.wire.waiting():
            self.mistake("501 5.5.1 nothing is said between STARTTLS and the encryption")
            raise Gone
        try:
            context = self.certificate()
        except Problem:
            return self.say("454 4.7.0 no encryption at present")
        self.say("220 2.0.0 go ahead")
        self.wire.encrypt(context)
        self.encrypted = True
        self.greeted = self.signed_in = False
        self.reset()
        return True

    def mail(self, words: str) -> bool:
        """Take the sender, once the connection is as it must be."""
        if self.tls_required and not self.encrypted:
            return self.mistake("530 5.7.0 say STARTTLS first")
        if self.sign_in and not self.signed_in:
            return self.mistake("530 5.7.0 sign in first")
        if not self.signed_in and not self.in_time():
            return self.say("450 4.7.1 too many messages in a minute, try again later")
        return super().mail(words)

    def auth(self, words: str) -> bool:
        """Compare a name and a password (RFC 4954, RFC 4616), never in the clear."""
        mechanism, _, given = words.partition(" ")
        refusal = self._no_auth(mechanism)
        if refusal:
            return self.mistake(refusal)
        try:
            shown = given.strip() or self._asked()
        except (TooLong, BareEnd):
            return self.mistake("500 5.5.6 that is no answer")
        if shown == "*":
            return self.mistake("501 5.7.0 left off")
        if not self._known(shown):
            self.mistakes += _DEAR
            return self.mistake("535 5.7.8 the name or the password is not good")
        self.signed_in = True
        self.trust()
        return self.say("235 2.7.0 fine")

    def _no_auth(self, mechanism: str) -> str:
        """Return why nobody can sign in now, or ""."""
        if not self.encrypted:
            return "538 5.7.11 say STARTTLS first"
        if not self.greeted or self.signed_in or self.sender is not None:
            return "503 5.5.1 not now"
        return "" if mechanism.upper() == "PLAIN" else "504 5.5.4 only AUTH PLAIN is known"

    def _asked(self) -> str:
        """Ask for what did not come with the command. Raises Gone, TooLong, BareEnd."""
        self.say("334 ")
        return self.wire.line(strict=self.strict).decode("ascii", "replace")

    def _known(self, shown: str) -> bool:
        """Return whether a name and a password are those that are wanted, in constant time."""
        name, password = self.sign_in or ("", Secret(""))
        try:
            given = base64.b64decode(shown, validate=True)
        except ValueError:
            given = b""
        good = f"{name}\0{password.reveal()}".encode()
        _, _, told = given.partition(b"\0")  # in whose name is not asked
        return hmac.compare_digest(good, told) and self.sign_in is not None
