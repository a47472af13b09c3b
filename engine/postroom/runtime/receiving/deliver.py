"""Hand in one message from a process of its own, as a mail server's pipe does, and wait.

The engine that runs commits it, or one that is opened just for it. The message lies beside the
request that names it until then; who is killed meanwhile leaves the sender's queue to try again.
"""

from __future__ import annotations

import secrets
from contextlib import suppress
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from postroom.runtime.clock import SYSTEM
from postroom.runtime.requests import files as requests
from postroom.runtime.requests.acts import ask

if TYPE_CHECKING:
    from pathlib import Path

    from postroom.hooks.contracts import Parcel
    from postroom.model.plain import Json
    from postroom.runtime.clock import Clock
    from postroom.runtime.settings import Folders

VERB: Final = "deliver"
_FORGOTTEN: Final = timedelta(days=1)


def deliver(where: Folders, parcel: Parcel, by: str, clock: Clock = SYSTEM) -> None:
    """Return when a message for `parcel.account` is durable.

    Raises Problem PR541 if there is no such account, PR516 if it is switched off; any other
    Problem, RuleError and OSError if it cannot be had now.
    """
    folder = where.data / requests.FOLDER
    where.data.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder.mkdir(mode=0o700, exist_ok=True)
    _forget(folder, clock)
    mail = folder / f"{secrets.token_hex(16)}.mail"
    body: dict[str, Json] = {
        "account": parcel.account,
        "mail": mail.name,
        "envelope": {"mail_from": parcel.mail_from, "rcpt_to": list(parcel.rcpt_to)},
    }
    try:
        mail.write_bytes(parcel.raw)
        ask(where, requests.request(VERB, clock.now(), by=by, body=body), clock)
    finally:
        mail.unlink(missing_ok=True)


def _forget(folder: Path, clock: Clock) -> None:
    """Remove messages of those who were killed while they waited."""
    before = (clock.now() - _FORGOTTEN).timestamp()
    for old in folder.glob("*.mail"):
        with suppress(OSError):
            if old.stat().st_mtime < before:
                old.unlink()
