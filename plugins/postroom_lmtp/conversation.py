"""One conversation, as SMTP (RFC 5321) and LMTP (RFC 2033) have it in common."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar, Final, TypeAlias

from postroom.hooks.contracts import Parcel, Reply
from postroom.hooks.failpoints import failpoint
from postroom.hooks.talks import Content
from postroom_lmtp.wire import BareEnd, Gone, TooLong

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from postroom.hooks.contracts import Counter
    from postroom.hooks.talks import Room
    from postroom_lmtp.wire import Wire

Command: TypeAlias = "Callable[[str], bool]"
"""Answers what stands behind a verb; returns whether the conversation goes on."""

_MOST_MISTAKES: Final = 20
_WORDS: Final = 200
_CODES: Final[Mapping[str, str]] = {
    "taken": "250 2.1.5",
    "later": "451 4.3.0",
    "never": "550 5.1.1",
}
_GRAVITY: Final = ("taken", "never", "later")
"""One reply for several recipients must not say more than holds for each of them."""
_TOO_LARGE: Final = "552 5.3.4 the message is too large"
_NO_ROOM: Final = "452 4.3.1 too much mail at once, try again later"
_ORDER: Final = "503 5.5.1 not now"
_BARE_COMMAND: Final = "500 5.5.2 a line ends with CR and LF"
_BARE_TEXT: Final = "554 5.6.0 the message has a CR or an LF alone: a line ends with both"


@dataclass
class Conversation:
    """The state of a conversation: who wrote, and to whom."""

    greeting: ClassVar[str]
    strict: ClassVar[bool]
    """Whether lines that do not end with CRLF are refused."""
    together: ClassVar[bool]
    """Whether one reply after DATA stands for all recipients."""

    wire: Wire
    counter: Counter
    room: Room
    stopping: Callable[[], bool]
    greeted: bool = False
    sender: str | None = None
    recipients: list[str] = field(default_factory=list)
    mistakes: int = 0
    most_recipients: int = 1_000

    def commands(self) -> Mapping[str, Command]:
        """Return what is understood."""
        return {
            "MAIL": self.mail,
            "RCPT": self.rcpt,
            "DATA": self.data,
            "RSET": self.rset,
            "NOOP": self.noop,
            "VRFY": self.vrfy,
            "QUIT": self.quit,
        }

    def hold(self) -> None:
        """Answer until the other side has said all it wanted, or is gone."""
        try:
            self.wire.say(f"220 postroom {self.greeting}")
            while self._answer():
                pass
        except Gone:
            return

    def turn_away(self) -> None:
        """Say that there are too many at present."""
        with suppress(Gone):
            self.wire.say("421 4.3.2 too many connections, try again later")

    def interrupt(self) -> None:
        """Let the next read find the end. Any thread may call."""
        self.wire.interrupt()

    def close(self) -> None:
        """Let go of the connection."""
        self.wire.close()

    def _answer(self) -> bool:
        """Answer one command; return whether there may be more."""
        if self.stopping() or self.mistakes > _MOST_MISTAKES:
            self.wire.say("421 4.3.2 the conversation is over, try again later")
            return False
        try:
            line = self.wire.line(strict=self.strict)
        except TooLong:
            return self.mistake("500 5.5.2 the line is too long")
        except BareEnd:
            return self.mistake(_BARE_COMMAND)
        verb, _, rest = line.partition(b" ")
        command = self.commands().get(verb.decode("ascii", "replace").upper())
        if command is None:
            return self.mistake("500 5.5.1 there is no such command")
        return command(rest.decode("utf-8", "replace").strip())

    def quit(self, _words: str) -> bool:
        """End."""
        self.wire.say("221 2.0.0 goodbye")
        return False

    def rset(self, _words: str) -> bool:
        """Forget sender and recipients."""
        self.reset()
        return self.say("250 2.0.0 forgotten")

    def noop(self, _words: str) -> bool:
        """Do nothing."""
        return self.say("250 2.0.0 fine")

    def vrfy(self, _words: str) -> bool:
        """Neither confirm nor deny (RFC 5321 3.5.3)."""
        return self.say("252 2.5.2 try it")

    def hello(self, name: str, first: str, *more: str) -> bool:
        """Begin anew, and say what is understood."""
        if not name:
            return self.mistake("501 5.5.4 your own name is wanted")
        self.greeted = True
        self.reset()
        lines = [first, *more]
        return self.say(*(f"250-{each}" for each in lines[:-1]), f"250 {lines[-1]}")

    def extensions(self) -> tuple[str, ...]:
        """Return what is understood beyond RFC 5321."""
        size = f"SIZE {self.counter.max_message}"
        return ("PIPELINING", "ENHANCEDSTATUSCODES", "8BITMIME", "SMTPUTF8", size)

    def mail(self, words: str) -> bool:
        """Take the sender."""
        if not self.greeted or self.sender is not None:
            return self.mistake(_ORDER)
        path = _path(words, "FROM:")
        if path is None:
            return self.mistake("501 5.5.4 MAIL FROM:<address> is wanted")
        sender, options = path
        for option in options:
            refusal = self._refused(option.upper())
            if refusal == _TOO_LARGE:
                return self.say(refusal)
            if refusal:
                return self.mistake(refusal)
        self.sender = sender
        return self.say("250 2.1.0 fine")

    def _refused(self, option: str) -> str:
        """Return why an option of MAIL is refused, or ""."""
        name, _, value = option.partition("=")
        most = self.counter.max_message
        match name:
            case "SIZE" if not (value.isascii() and value.isdigit()):
                return "501 5.5.4 SIZE wants a number"
            case "SIZE":
                return _TOO_LARGE if len(value) > len(str(most)) or int(value) > most else ""
            case "BODY" if value in ("7BIT", "8BITMIME"):
                return ""
            case "SMTPUTF8" if not value:
                return ""
        return "555 5.5.4 an option is not known"

    def rcpt(self, words: str) -> bool:
        """Take a recipient, if the engine expects mail for it."""
        if self.sender is None:
            return self.mistake(_ORDER)
        path = _path(words, "TO:")
        if path is None or not path[0]:
            return self.mistake("501 5.5.4 RCPT TO:<address> is wanted")
        if len(self.recipients) >= self.most_recipients:
            return self.say("452 4.5.3 too many recipients at once")
        recipient, options = path
        if options:
            return self.mistake("555 5.5.4 an option is not known")
        reply = self.counter.expects(recipient)
        if reply.state == "taken":
            self.recipients.append(recipient)
        return self.say(_line(reply, "450 4.2.1" if reply.state == "later" else ""))

    def data(self, _words: str) -> bool:
        """Take the message, wait for the commit, and answer for each recipient."""
        if not self.recipients:  # RFC 2033 4.2
            return self.mistake("503 5.5.1 there is nobody to deliver to")
        self.wire.say("354 end with a line that holds a dot alone")
        content = Content(self.counter.max_message, self.room)
        try:
            self.wire.data(content)
            lines = self._hand_in(content)
        finally:
            content.drop()
        failpoint("before-reply")
        self.reset()
        self.say(*lines)
        failpoint("after-reply")
        return True

    def _hand_in(self, content: Content) -> list[str]:
        """Return what is said of a message, in the order in which its recipients were named."""
        refusal = self._refusal(content)
        if refusal:
            return [refusal] * (1 if self.together else len(self.recipients))
        parcel = Parcel(content.whole(), self.sender, tuple(self.recipients))
        replies = self.counter.hand_in(parcel)
        if self.together:
            replies = [max(replies, key=lambda reply: _GRAVITY.index(reply.state))]
        return [_line(reply) for reply in replies]

    def _refusal(self, content: Content) -> str:
        """Return why a message is not handed in, or ""."""
        if self.strict and content.bare:
            return _BARE_TEXT
        if content.too_large:
            return _TOO_LARGE
        return _NO_ROOM if content.no_room else ""

    def reset(self) -> None:
        """Forget sender and recipients."""
        self.sender = None
        self.recipients = []

    def say(self, *lines: str) -> bool:
        """Send replies; the conversation goes on."""
        self.wire.say(*lines)
        return True

    def mistake(self, line: str) -> bool:
        """Send a reply to what should not have been said."""
        self.mistakes += 1
        return self.say(line)


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
