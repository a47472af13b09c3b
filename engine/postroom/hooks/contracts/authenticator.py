"""Who finds out by itself who sent a message."""

from __future__ import annotations

from typing import Any, ClassVar, Protocol


class Authenticator(Protocol):
    """Finds out by itself who sent a message, for accounts whose server does not say.

    It works before the message is decided; what it finds is kept with the decision as a fact, so
    that the same decision can be made again without asking it. Any thread may call.
    """

    name: ClassVar[str]
    """How a rule file refers to it: `check_senders: {use: dkim}`."""
    settings: ClassVar[type]

    def __init__(self, settings: Any) -> None:  # noqa: ANN401
        """Keep the settings; no I/O."""
        ...

    def check(self, raw: bytes, from_domain: str) -> str:
        """Return results in the form of an Authentication-Results field (RFC 8601 2.2).

        from_domain is that of the one clean From mailbox, as the DNS has it. What cannot be found
        out now is `temperror`, never `pass`. Raises nothing.
        """
        ...
