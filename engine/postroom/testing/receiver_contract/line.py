"""Both ends of a line: what the author of a receiver provides, and who takes the mail."""

from __future__ import annotations

from threading import Event, Lock
from typing import TYPE_CHECKING, Final, Literal, Protocol, TypeAlias, runtime_checkable

from postroom.hooks.contracts import Reply

if TYPE_CHECKING:
    from collections.abc import Sequence

    from postroom.hooks.contracts import Counter, Parcel, Receiver

Told: TypeAlias = Literal["taken", "later", "never"]
ADDRESS: Final = "support@kestrel.example"
OTHER: Final = "sales@kestrel.example"
SECONDS: Final = 20.0
MOMENT: Final = 0.2


class Line(Protocol):
    """What the author of a receiver provides: both ends of a line."""

    @property
    def several_recipients(self) -> bool:
        """Whether a message can be for several recipients, each with a reply of its own."""
        ...

    def receiver(self, counter: Counter) -> Receiver:
        """Return a new receiver, not opened; always at the same address. The fixture closes it."""
        ...

    def send(self, raw: bytes, recipients: Sequence[str], sender: str = "") -> list[Told]:
        """Send a message over a new connection; return what is told for each recipient.

        Raises OSError if nobody listens, or the line breaks before there is an answer.
        """
        ...


@runtime_checkable
class Breakable(Protocol):
    """What a line may do besides. Leave it out if there is no such thing."""

    def break_off(self, raw: bytes, recipients: Sequence[str]) -> None:
        """Begin to send a message, and end the connection in the middle of its bytes."""
        ...

    def send_late(self, raw: bytes, recipients: Sequence[str], /) -> list[Told]:
        """Send what proves who sends, an hour too late. Call `pytest.skip` if nothing does."""
        ...


class Clerk:
    """A `postroom.hooks.contracts.Counter` that keeps what it is handed, and says what it is told.

    It expects mail for `ADDRESS` and `OTHER`.
    """

    def __init__(self, max_message: int = 1_000_000) -> None:
        self.max_message = max_message
        self.accounts: tuple[str, ...] = ("support", "sales")
        self.parcels: list[Parcel] = []
        self.replies: dict[str, Reply] = {}
        """By recipient; for everybody else `taken`."""
        self.busy = Event()
        """Set as soon as something was handed in."""
        self.go_on = Event()
        """The commit lasts until it is set."""
        self.go_on.set()
        self._lock = Lock()

    def expects(self, recipient: str) -> Reply:
        """Return whether it is one of the two addresses."""
        return Reply("taken" if recipient in (ADDRESS, OTHER) else "never", "who is that?")

    def hand_in(self, parcel: Parcel) -> Sequence[Reply]:
        """Keep a message, and wait for what stands for the commit."""
        self.busy.set()
        assert self.go_on.wait(SECONDS)
        with self._lock:
            self.parcels.append(parcel)
        return [self.replies.get(each, Reply("taken")) for each in parcel.rcpt_to or ("",)]


def message(number: int, body: str = "") -> bytes:
    """Return a small message; no two numbers give the same bytes."""
    text = f"From: Ann <ann@partner.example>\r\nSubject: Message {number}\r\n\r\n{body}\r\n"
    return text.encode()
