"""Where mail is pushed to us, and where a receiver hands it in."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Protocol, runtime_checkable

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime


@dataclass(frozen=True, slots=True)
class Parcel:
    """A message whose sender waits until it is durable: his own queue keeps it until then."""

    raw: bytes = field(repr=False)
    mail_from: str | None = None
    """RFC 5321 reverse-path; "" is the null one; None if nobody told us."""
    rcpt_to: tuple[str, ...] = ()
    """Each recipient belongs to the accounts that have this address."""
    account: str = ""
    """The account, where a receiver knows it by other means; the recipients then choose nothing."""
    received_at: datetime | None = None
    """UTC; None: now."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What the sender of a message is to be told."""

    state: Literal["taken", "later", "never"]
    """taken: it is durable, and his no more. later: he must try again (4xx). never: he must not
    (5xx), for it will not be accepted then either.
    """
    detail: str = ""
    """Why, in words for people; never taken from the mail."""


class Counter(Protocol):
    """Where a receiver hands mail in: the engine's side. Any thread may call."""

    @property
    def max_message(self) -> int:
        """Bytes of the largest message that is taken."""
        ...

    @property
    def accounts(self) -> tuple[str, ...]:
        """The accounts that named this receiver with the same settings."""
        ...

    def expects(self, recipient: str) -> Reply:
        """Return whether mail for an address will be taken, before there is any."""
        ...

    def hand_in(self, parcel: Parcel) -> Sequence[Reply]:
        """Return a reply for each recipient, in order, or a single one where there are none.

        Waits for the commit. `taken` is said of what is durable, and of nothing else.
        """
        ...


class Receiver(Protocol):
    """Where mail is pushed to us. It runs threads of its own between `open` and `close`.

    Accounts that name it with the same settings share one of them.
    """

    name: ClassVar[str]
    """How a rule file refers to it: `use: lmtp`."""
    settings: ClassVar[type]

    def __init__(self, settings: Any, counter: Counter) -> None:  # noqa: ANN401
        """Keep the settings; no I/O."""
        ...

    def open(self) -> None:
        """Listen. Raises Problem PR518 if that cannot be."""
        ...

    def close(self) -> None:
        """Take nothing new, answer what is in hand, and return. May be called twice."""
        ...


@dataclass(frozen=True, slots=True)
class Door:
    """Who was found where a receiver listens."""

    place: str
    """`127.0.0.1:2424`, or the path of a socket."""
    greeting: str | None
    """What is said there to begin with, "" if nothing; None: nobody listens."""


@runtime_checkable
class Knocks(Protocol):
    """A receiver that can find out whether somebody listens where it would."""

    @classmethod
    def knock(cls, settings: Any) -> Door:  # noqa: ANN401
        """Connect from outside, hear the greeting and hang up; nothing is handed over."""
        ...
