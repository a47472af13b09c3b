"""Ask plugins who sent messages, before they are decided (docs/decisions/0007)."""

from __future__ import annotations

import logging
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from threading import Lock
from typing import TYPE_CHECKING, Final

from postroom.mail.received import host

if TYPE_CHECKING:
    from collections.abc import Sequence

    from postroom.hooks.contracts import Authenticator
    from postroom.hooks.manager import Plugins
    from postroom.model.message import Message
    from postroom.rules.ruleset import Account, CheckSenders
    from postroom.runtime.secrets import Secrets

UNKNOWN: Final = "postroom; dmarc=temperror"
"""What is known where a plugin fails."""
_AT_ONCE: Final = 8
"""Messages that are checked at the same time: most of it is waiting for the DNS."""
_log = logging.getLogger(__name__)


@dataclass
class Senders:
    """The plugins that accounts name in `check_senders`. Any thread may call."""

    plugins: Plugins
    secrets: Secrets
    _made: dict[CheckSenders, Authenticator] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    def check(self, account: Account, mail: Sequence[tuple[bytes, Message]]) -> list[str]:
        """Return what was found out about the sender of each message; "" where nobody was asked.

        Raises Problem PR410 for a secret that cannot be had.
        """
        if account.check_senders is None or not mail:
            return [""] * len(mail)
        authenticator = self._of(account.check_senders)
        with ThreadPoolExecutor(min(_AT_ONCE, len(mail)), f"{account.name}-senders") as threads:
            return list(threads.map(lambda each: _checked(authenticator, *each), mail))

    def _of(self, asked: CheckSenders) -> Authenticator:
        with self._lock:
            if asked not in self._made:
                kind = self.plugins.authenticators()[asked.use]
                self._made[asked] = kind(self.secrets.settle(asked.settings, asked.span))
            return self._made[asked]


def _checked(authenticator: Authenticator, raw: bytes, message: Message) -> str:
    """Return what a plugin finds; nobody is asked for whom the guards quarantine anyway."""
    if message.from_problem is not None or message.refused is not None:
        return ""
    try:
        return authenticator.check(raw, host(message.from_.domain))
    except Exception as error:  # noqa: BLE001 - it is code of others, and it reads hostile mail
        _log.error("checking a sender failed", exc_info=error)
        return UNKNOWN
