"""Wait until the server tells of a new message (RFC 2177)."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from postroom_imap.signin import Client
    from postroom_imap.wire import Wire

RENEW_AFTER = 28 * 60.0
"""Seconds after which IDLE is begun anew: servers may end it after 30 minutes."""


def news_within(
    client: Client, wire: Wire, seconds: float, monotonic: Callable[[], float] = time.monotonic
) -> bool:
    """Return whether the server told of a new message within so many seconds.

    Raises what imaplib, imapclient and the socket raise.
    """
    give_up_at = monotonic() + seconds
    while (left := give_up_at - monotonic()) > 0:
        client.idle()
        news = _listen(wire, min(left, RENEW_AFTER), monotonic)
        _, rest = client.idle_done()
        if news or any(b"EXISTS" in each for each in rest if isinstance(each, tuple)):
            return True
    return False


def _listen(wire: Wire, seconds: float, monotonic: Callable[[], float]) -> bool:
    give_up_at = monotonic() + seconds
    while (left := give_up_at - monotonic()) > 0:
        if not wire.readable(left):
            return False
        line = wire.readline()
        if not line or wire.bye:
            raise wire.abort("the connection ended")
        if line.split()[2:3] == [b"EXISTS"]:
            return True
    return False
