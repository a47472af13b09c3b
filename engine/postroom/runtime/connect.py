"""Open an account's transport: for an engine, and for commands that only look."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

from postroom.hooks.contracts import TransportContext
from postroom.mail.limits import LIMITS
from postroom.runtime.trace import trace_of

if TYPE_CHECKING:
    from pathlib import Path

    from postroom.hooks.contracts import Health, Transport
    from postroom.hooks.manager import Plugins
    from postroom.rules.ruleset import Account, Receive
    from postroom.runtime.secrets import Secrets


def connect(
    plugins: Plugins, secrets: Secrets, account: Account, receive: Receive, data: Path | None
) -> Transport:
    """Return a transport of an account; nothing is sent yet. Raises Problem PR410.

    data is where the conversation is written if the account wants it; None: nowhere.
    """
    kind = plugins.transports()[receive.use]
    settings = secrets.settle(receive.settings, receive.span)
    trace = trace_of(data, account.name, settings) if data and receive.trace else None
    context = TransportContext(account.name, LIMITS.message, trace, receive.start_at)
    return kind(settings, context)


def probe(plugins: Plugins, secrets: Secrets, account: Account, data: Path) -> Health | None:
    """Look into an account's mailbox, changing nothing; None if mail is handed over to it.

    Raises Problem if it cannot be read.
    """
    receive = account.receive
    if receive is None or receive.use not in plugins.transports():
        return None
    with closing(connect(plugins, secrets, account, receive, data)) as transport:
        return transport.probe()
