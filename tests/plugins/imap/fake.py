"""An IMAP server that is well-behaved but for what a test changes."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tests.servers.script import Wire

    Handler = Callable[[Wire, bytes, bytes], bool]
    """Takes the wire, the tag and the command line; False ends the connection."""

CAPABILITIES = b"IMAP4rev1 AUTH=PLAIN IDLE MOVE UIDPLUS"


class FakeImap:
    """A script for one kind of mailbox: messages by UID, and answers that differ."""

    def __init__(
        self,
        messages: Mapping[int, bytes] | None = None,
        *,
        capabilities: bytes = CAPABILITIES,
        greeting: bytes = b"* OK ready",
        **answers: bytes | Handler,
    ) -> None:
        self.messages = dict(messages or {})
        self.capabilities = capabilities
        self.greeting = greeting
        self.answers = answers
        """By command, `_` for a space: `uid_fetch`, `examine`; bytes are the tagged answer."""

    def __call__(self, wire: Wire) -> None:
        wire.say(self.greeting + b"\r\n")
        while line := wire.line():
            tag, _, command = line.partition(b" ")
            if not self._answer(wire, tag, command):
                return

    def _answer(self, wire: Wire, tag: bytes, command: bytes) -> bool:
        words = command.decode("ascii", "replace").lower().split()
        name = "_".join(words[:2]) if words[0] == "uid" else words[0]
        answer = self.answers.get(name)
        if callable(answer):
            return answer(wire, tag, command)
        if answer is not None:
            wire.say(tag + b" " + answer + b"\r\n")
            return True
        return self.usual(wire, tag, command)

    def usual(self, wire: Wire, tag: bytes, command: bytes) -> bool:
        """Answer as a good server does."""
        words = command.split()
        match words[0].upper():
            case b"CAPABILITY":
                wire.say(b"* CAPABILITY " + self.capabilities + b"\r\n")
            case b"AUTHENTICATE":
                wire.say(b"+ \r\n")
                wire.line()
            case b"EXAMINE" | b"SELECT":
                wire.say(self._opened())
            case b"LIST":
                wire.say(b'* LIST () "." INBOX\r\n')
            case b"IDLE":
                wire.say(b"+ idling\r\n")
                wire.line()
            case b"LOGOUT":
                wire.say(b"* BYE\r\n" + tag + b" OK\r\n")
                return False
            case b"UID":
                self._uid(wire, words[1].upper(), words[2:])
            case _:
                pass
        wire.say(tag + b" OK done\r\n")
        return True

    def _opened(self) -> bytes:
        following = max(self.messages, default=0) + 1
        return (
            b"* %d EXISTS\r\n* OK [UIDVALIDITY 7] ok\r\n* OK [UIDNEXT %d] ok\r\n"
            b"* OK [PERMANENTFLAGS (\\Seen \\Deleted)] ok\r\n"
        ) % (len(self.messages), following)

    def _uid(self, wire: Wire, command: bytes, words: list[bytes]) -> None:
        if command == b"SEARCH":
            uids = b" ".join(b"%d" % uid for uid in sorted(self.messages))
            wire.say(b"* SEARCH " + uids + b"\r\n")
        elif command == b"FETCH":
            for uid in map(int, words[0].split(b",")):
                if uid in self.messages:
                    wire.say(self.fetched(uid, b" ".join(words[1:])))

    def fetched(self, uid: int, items: bytes) -> bytes:
        """Return the answer for one message."""
        raw = self.messages[uid]
        if b"RFC822.SIZE" in items:
            date = b"01-Jan-2024 10:00:00 +0000"
            return b'* %d FETCH (UID %d RFC822.SIZE %d INTERNALDATE "%s")\r\n' % (
                uid, uid, len(raw), date,
            )  # fmt: skip
        name = b"BODY[]"
        if b"HEADER" in items:
            name, raw = b"BODY[HEADER]<0>", raw[: raw.index(b"\r\n\r\n") + 4]
        return b"* %d FETCH (UID %d %s {%d}\r\n%s)\r\n" % (uid, uid, name, len(raw), raw)
