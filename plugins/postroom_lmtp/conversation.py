"""One conversation over LMTP (RFC 2033): what SMTP says, and a reply per recipient after DATA."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from postroom.hooks.contracts import Parcel, Reply
from postroom.hooks.failpoints import failpoint
from postroom_lmtp.wire import Content, Gone, TooLong

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from postroom.hooks.contracts import Counter
    from postroom_lmtp.wire import Room, Wire

_MOST_RECIPIENTS: Final = 1_000
_MOST_MISTAKES: Final = 20
_WORDS: Final = 200
_CODES: Final[Mapping[str, str]] = {
    "taken": "250 2.1.5",
    "later": "451 4.3.0",
    "never": "550 5.1.1",
}
_TOO_LARGE: Final = "552 5.3.4 the message is too large"
_NO_ROOM: Final = "452 4.3.1 too much mail at once, try again later"
_ORDER: Final = "503 5.5.1 not now"


@dataclass
class Conversation:
    """The state of a conversation: who wrote, and to whom."""

    wire: Wire
    counter: Counter
    room: Room
    stopping: Callable[[], bool]
    greeted: bool = False
    sender: str | None = None
    recipients: list[str] = field(default_factory=list)
    mistakes: int = 0

    def hold(self) -> None:
        """Answer until the other side has said all it wanted, or is gone."""
        try:
            self.wire.say("220 postroom LMTP")
            while self._answer():
                pass
        except Gone:
            return

    def _answer(self) -> bool:
        """Answer one command; return whether there may be more."""
        if self.stopping() or self.mistakes > _MOST_MISTAKES:
            self.wire.say("421 4.3.2 the conversation is over, try again later")
            return False
        try:
            line = self.wire.line()
        except TooLong:
            return self._mistake("500 5.5.2 the line is too long")
        verb, _, rest = line.partition(b" ")
        command = _COMMANDS.get(verb.decode("ascii", "replace").upper())
        if command is None:
            return self._mistake("500 5.5.1 there is no such command")
        return command(self, rest.decode("utf-8", "replace").strip())

    def quit(self, _words: str) -> bool:
        """End."""
        self.wire.say("221 2.0.0 goodbye")
        return False

    def rset(self, _words: str) -> bool:
        """Forget sender and recipients."""
        self._reset()
        return self._say("250 2.0.0 forgotten")

    def noop(self, _words: str) -> bool:
        """Do nothing."""
        return self._say("250 2.0.0 fine")

    def vrfy(self, _words: str) -> bool:
        """Neither confirm nor deny (RFC 5321 3.5.3)."""
        return self._say("252 2.5.2 try it")

    def smtp(self, _words: str) -> bool:
        """Refuse to speak SMTP (RFC 2033 4.1)."""
        return self._mistake("500 5.5.1 this is LMTP: say LHLO")

    def lhlo(self, name: str) -> bool:
        """Begin, and say what is understood."""
        if not name:
            return self._mistake("501 5.5.4 LHLO wants your name")
        self.greeted = True
        self._reset()
        return self._say(
            "250-postroom",
            "250-PIPELINING",
            "250-ENHANCEDSTATUSCODES",
            "250-8BITMIME",
            "250-SMTPUTF8",
            f"250 SIZE {self.counter.max_message}",
        )

    def mail(self, words: str) -> bool:
        """Take the sender."""
        if not self.greeted or self.sender is not None:
            return self._mistake(_ORDER)
        path = _path(words, "FROM:")
        if path is None:
            return self._mistake("501 5.5.4 MAIL FROM:<address> is wanted")
        sender, options = path
        for option in options:
            name, _, value = option.upper().partition("=")
            if name == "SIZE":
                if not (value.isascii() and value.isdigit()):
                    return self._mistake("501 5.5.4 SIZE wants a number")
                if len(value) > len(str(self.counter.max_message)) or (
                    int(value) > self.counter.max_message
                ):
                    return self._say(_TOO_LARGE)
            elif name not in ("BODY", "SMTPUTF8"):
                return self._mistake("555 5.5.4 an option is not known")
        self.sender = sender
        return self._say("250 2.1.0 fine")

    def rcpt(self, words: str) -> bool:
        """Take a recipient, if the engine expects mail for it."""
        if self.sender is None:
            return self._mistake(_ORDER)
        path = _path(words, "TO:")
        if path is None or not path[0]:
            return self._mistake("501 5.5.4 RCPT TO:<address> is wanted")
        if len(self.recipients) >= _MOST_RECIPIENTS:
            return self._say("452 4.5.3 too many recipients at once")
        recipient, options = path
        if options:
            return self._mistake("555 5.5.4 an option is not known")
        reply = self.counter.expects(recipient)
        if reply.state == "taken":
            self.recipients.append(recipient)
        return self._say(_line(reply, "450 4.2.1" if reply.state == "later" else ""))

    def data(self, _words: str) -> bool:
        """Take the message, wait for the commit, and answer for each recipient."""
        if not self.recipients:  # RFC 2033 4.2
            return self._mistake("503 5.5.1 there is nobody to deliver to")
        self.wire.say("354 end with a line that holds a dot alone")
        content = Content(self.counter.max_message, self.room)
        try:
            self.wire.data(content)
            replies = self._hand_in(content)
        finally:
            content.drop()
        failpoint("before-reply")
        self._reset()
        self._say(*replies)
        failpoint("after-reply")
        return True

    def _hand_in(self, content: Content) -> list[str]:
        """Return a line for each recipient, in the order in which they were named."""
        if content.too_large:
            return [_TOO_LARGE] * len(self.recipients)
        if content.no_room:
            return [_NO_ROOM] * len(self.recipients)
        parcel = Parcel(content.whole(), self.sender, tuple(self.recipients))
        return [_line(reply) for reply in self.counter.hand_in(parcel)]

    def _reset(self) -> None:
        self.sender = None
        self.recipients = []

    def _say(self, *lines: str) -> bool:
        self.wire.say(*lines)
        return True

    def _mistake(self, line: str) -> bool:
        self.mistakes += 1
        return self._say(line)


_COMMANDS: Final[Mapping[str, Callable[[Conversation, str], bool]]] = {
    "LHLO": Conversation.lhlo,
    "MAIL": Conversation.mail,
    "RCPT": Conversation.rcpt,
    "DATA": Conversation.data,
    "RSET": Conversation.rset,
    "NOOP": Conversation.noop,
    "VRFY": Conversation.vrfy,
    "QUIT": Conversation.quit,
    "HELO": Conversation.smtp,
    "EHLO": Conversation.smtp,
}


def _line(reply: Reply, code: str = "") -> str:
    """Return a reply as one line of the protocol."""
    words = "".join(each if " " <= each <= "~" else " " for each in reply.detail)
    return f"{code or _CODES[reply.state]} {words[:_WORDS].strip() or reply.state}"


def _path(words: str, keyword: str) -> tuple[str, list[str]] | None:
    """Return the address between the angle brackets, and the options behind it (RFC 5321 4.1.2)."""
    if words[: len(keyword)].upper() != keyword:
        return None
    rest = words[len(keyword) :].lstrip()
    if not rest.startswith("<"):
        return None
    quoted = escaped = False
    for at, letter in enumerate(rest):
        if escaped:
            escaped = False
        elif letter == "\\":
            escaped = True
        elif letter == '"':
            quoted = not quoted
        elif letter == ">" and not quoted:
            return _without_route(rest[1:at]), rest[at + 1 :].split()
    return None


def _without_route(address: str) -> str:
    """Return an address without the servers that it once was to travel by (RFC 5321 C)."""
    return address.partition(":")[2] if address.startswith("@") else address
