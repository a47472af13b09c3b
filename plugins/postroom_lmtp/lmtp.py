"""LMTP (RFC 2033): a reply for each recipient after DATA."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from postroom_lmtp.conversation import Command, Conversation

if TYPE_CHECKING:
    from collections.abc import Mapping


class LmtpConversation(Conversation):
    """A conversation with a mail server of ours."""

    greeting: ClassVar[str] = "LMTP"
    strict: ClassVar[bool] = False
    together: ClassVar[bool] = False

    def commands(self) -> Mapping[str, Command]:
        """Return what is understood."""
        return {**super().commands(), "LHLO": self.lhlo, "HELO": self.smtp, "EHLO": self.smtp}

    def lhlo(self, name: str) -> bool:
        """Begin, and say what is understood."""
        return self.hello(name, "postroom", *self.extensions())

    def smtp(self, _words: str) -> bool:
        """Refuse to speak SMTP (RFC 2033 4.1)."""
        return self.mistake("500 5.5.1 this is LMTP: say LHLO")
