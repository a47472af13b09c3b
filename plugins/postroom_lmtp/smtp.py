"""SMTP (RFC 5321): STARTTLS, and one reply after DATA for all recipients together.

Nothing is relayed: a recipient is an address of an account, or refused.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from postroom.source.diagnostic import Problem
from postroom_lmtp.conversation import Command, Conversation
from postroom_lmtp.wire import Gone

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from ssl import SSLContext


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

    def commands(self) -> Mapping[str, Command]:
        """Return what is understood."""
        begin = {"EHLO": self.ehlo, "HELO": self.helo}
        tls = {"STARTTLS": self.starttls} if self.certificate else {}
        return {**super().commands(), **begin, **tls}

    def ehlo(self, name: str) -> bool:
        """Begin, and say what is understood."""
        tls = () if self.certificate is None or self.encrypted else ("STARTTLS",)
        return self.hello(name, "postroom", *tls, *self.extensions())

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
        self.greeted = False
        self.reset()
        return True

    def mail(self, words: str) -> bool:
        """Take the sender, once the connection is as it must be."""
        if self.tls_required and not self.encrypted:
            return self.mistake("530 5.7.0 say STARTTLS first")
        return super().mail(words)
