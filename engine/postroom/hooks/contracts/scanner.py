"""Who looks for malware."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Protocol

if TYPE_CHECKING:
    from postroom.model.facts import Scan


class Scanner(Protocol):
    """Looks for malware in a message, for accounts that ask for it.

    It works before the message is decided; what it finds is kept with the decision as a fact, so
    that the same decision can be made again without asking it. Any thread may call.
    """

    name: ClassVar[str]
    """How a rule file refers to it: `scan_for_malware: {use: clamav}`."""
    settings: ClassVar[type]

    def __init__(self, settings: Any) -> None:  # noqa: ANN401
        """Keep the settings; no I/O."""
        ...

    def scan(self, raw: bytes) -> Scan:
        """Return what is found in a whole message as it came, attachments encoded.

        What cannot be found out is `failed`, never `clean`: what to do then is up to the rules.
        Takes no longer than its settings allow. Raises nothing.
        """
        ...
