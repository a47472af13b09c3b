"""What the author of a transport provides."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, Protocol, TypeAlias, runtime_checkable

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from postroom.hooks.contracts import Transport
    from postroom.model.envelope import ActionVerb

Trouble: TypeAlias = Literal["throttled", "cut", "expired"]
"""The server wants to be asked later; the line breaks; the access token ends. In mid-run, once."""


class Mailbox(Protocol):
    """What the author of a transport provides: a mailbox that the test owns, empty at first."""

    @property
    def verbs(self) -> Collection[ActionVerb]:
        """Return what `settle` can do here; the rest must be refused."""
        ...

    def deliver(self, raws: Sequence[bytes]) -> None:
        """Put messages into the mailbox, one after the other."""

    def poison(self) -> bool:
        """Put in a message that its server cannot give; False if there is no such thing here.

        Call `pytest.skip` to say why there is not.
        """
        ...

    def transport(self, max_message: int) -> Transport:
        """Return a new transport of the mailbox; the fixture closes it."""
        ...

    def state(self) -> object:
        """Return all that a client could have changed: names, flags, messages."""
        ...


@runtime_checkable
class Troubled(Protocol):
    """What a mailbox may have besides: trouble with its server. Leave it out if there is none."""

    def trouble(self, kind: Trouble) -> Callable[[], bool] | None:
        """Have trouble come while the next transport fetches; return what tells whether it came.

        None if there is no such trouble here; call `pytest.skip` to say why.
        """
