"""Open an account's transport: for an engine, and for commands that only look."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

from postroom.hooks.contracts import Health, Knocks, TransportContext
from postroom.mail.limits import LIMITS
from postroom.runtime.clock import SYSTEM
from postroom.runtime.trace import trace_of
from postroom.runtime.watching import status
from postroom.source.diagnostic import Diagnostic, Problem

if TYPE_CHECKING:
    from pathlib import Path

    from postroom.hooks.contracts import Transport
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
    """Look into an account's mailbox, or for who listens there; None if it has neither.

    Nothing is changed. Raises Problem if it cannot be read, and PR518 if the wrong one listens.
    """
    receive = account.receive
    if receive is None:
        return None
    if receive.use in plugins.receivers():
        return _heard(plugins.receivers()[receive.use], receive, data)
    with closing(connect(plugins, secrets, account, receive, data)) as transport:
        return transport.probe()


def _heard(kind: object, receive: Receive, data: Path) -> Health:
    """Hold who listens against whether an engine runs on the data. Raises Problem PR518."""
    if not isinstance(kind, Knocks):
        return Health(ok=True, detail="mail is handed over to it")
    door, runs = kind.knock(receive.settings), _engine_runs(data)
    if runs and door.greeting is None:
        words = f"an engine runs, and nobody listens at `{door.place}`"
        raise Problem(Diagnostic("PR518", words, help="postroom status"))
    if door.greeting is not None and not runs:
        words = f"somebody else listens at `{door.place}`: no engine runs on `{data}`"
        hint = "end it, choose another place to listen at, or name the engine's data with `--data`"
        raise Problem(Diagnostic("PR518", words, help=hint))
    now = f"the engine listens: {door.greeting}".removesuffix(": ") if runs else "no engine runs"
    return Health(ok=True, detail=f"mail is handed over to it at {door.place}; {now}")


def _engine_runs(data: Path) -> bool:
    try:
        return status.read(data).alive(SYSTEM.now())
    except Problem:
        return False
