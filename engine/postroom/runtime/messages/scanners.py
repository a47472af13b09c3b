"""Have plugins look for malware in messages, before they are decided (docs/decisions/0009)."""

from __future__ import annotations

import logging
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from threading import Lock
from typing import TYPE_CHECKING, Final

from postroom.model.facts import Scan

if TYPE_CHECKING:
    from collections.abc import Sequence

    from postroom.hooks.contracts import Scanner
    from postroom.hooks.manager import Plugins
    from postroom.model.message import Message
    from postroom.rules.ruleset import Account, ScanForMalware
    from postroom.runtime.secrets import Secrets

_AT_ONCE: Final = 4
"""Messages that are scanned at the same time: a scanner has its own threads to do it in."""
_log = logging.getLogger(__name__)


@dataclass
class Scanners:
    """The plugins that accounts name in `scan_for_malware`. Any thread may call."""

    plugins: Plugins
    secrets: Secrets
    _made: dict[ScanForMalware, Scanner] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    def scan(self, account: Account, mail: Sequence[tuple[bytes, Message]]) -> list[Scan | None]:
        """Return what is found in each message; None where nobody was asked.

        Raises Problem PR410 for a secret that cannot be had.
        """
        if account.scan is None or not mail:
            return [None] * len(mail)
        scanner = self._of(account.scan)
        with ThreadPoolExecutor(min(_AT_ONCE, len(mail)), f"{account.name}-scan") as threads:
            found = list(threads.map(lambda each: _scanned(scanner, *each), mail))
        failed = [each.detail for each in found if each is not None and each.result == "failed"]
        if failed:
            _log.warning(
                "%d messages of `%s` could not be scanned for malware: %s",
                len(failed), account.name, failed[0],
            )  # fmt: skip
        return found

    def _of(self, asked: ScanForMalware) -> Scanner:
        with self._lock:
            if asked not in self._made:
                kind = self.plugins.scanners()[asked.use]
                self._made[asked] = kind(self.secrets.settle(asked.settings, asked.span))
            return self._made[asked]


def _scanned(scanner: Scanner, raw: bytes, message: Message) -> Scan | None:
    """Return what a plugin finds; what the guards quarantine unread is not scanned either."""
    if message.refused is not None:
        return None
    try:
        return scanner.scan(raw)
    except Exception as error:  # noqa: BLE001 - it is code of others, and it reads hostile mail
        _log.error("a scanner failed", exc_info=error)
        return Scan("failed", detail=f"the scanner failed: {type(error).__name__}")
