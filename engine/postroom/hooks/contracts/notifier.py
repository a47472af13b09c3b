"""Where notices go, and what can become of one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime, timedelta

    from postroom.model.decision import Notice


@dataclass(frozen=True, slots=True)
class SendOutcome:
    """What became of one attempt to send a notice."""

    state: Literal["sent", "retry", "refused", "unknown"]
    detail: str = ""
    due_at: datetime | None = None
    """retry: when."""
    raw: bytes = b""
    """sent: the message as it went out."""
    message_id: str = ""


class Retry(Exception):  # noqa: N818 - reads as `raise Retry(after=...)`
    """The notice could not be sent now."""

    def __init__(self, why: str, after: timedelta | None = None) -> None:
        super().__init__(why)
        self.why = why
        self.after = after


class Uncertain(Retry):
    """Nobody knows whether the notice was taken: the line went dead after it was handed over.

    An alert is tried again; an answer is not, or it might arrive twice.
    """


class Refused(Exception):  # noqa: N818
    """The notice will never be accepted, at least not by everybody it is for."""

    def __init__(self, why: str, raw: bytes = b"") -> None:
        super().__init__(why)
        self.why = why
        self.raw = raw
        """What went out all the same to those recipients that were accepted; b"" if none was."""


@dataclass(frozen=True, slots=True)
class Letter:
    """A notice with all that a notifier needs to make a message of it."""

    notice: Notice
    account: str
    sender: str
    """The account's own address."""
    message_id: str
    """Ours, with its record token; without angle brackets."""
    headers: Mapping[str, str]
    """Our own fields: which instance, account, table, record, rule and rule set, and why."""
    original: bytes | None = None
    """forward with `attach_original: all`: the message itself."""
    original_text: str = ""
    """forward with `attach_original: text`: its text."""
    date: datetime | None = None
    """When it was written, for the Date field; with a time zone. None: no such field."""
    reply_to: str = ""
    """The address at which answers are asked for; "" for that of the sender."""
    left_out: tuple[str, ...] = ()
    """What did not fit, in words; the text says so too."""


class Notifier(Protocol):
    """Where notices go. Used by one thread at a time."""

    name: ClassVar[str]
    settings: ClassVar[type]

    def __init__(self, settings: Any) -> None:  # noqa: ANN401
        """Keep the settings; no I/O."""
        ...

    def send(self, letter: Letter) -> bytes:
        """Send it and return what was sent. Raises Retry, Uncertain or Refused."""
        ...

    def close(self) -> None:
        """Let go of the connection; may be called twice."""
        ...
