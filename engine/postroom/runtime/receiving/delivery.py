"""Commit one message that a process of its own hands in: the engine's side of `deliver`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from postroom.hooks.contracts import Parcel
from postroom.hooks.failpoints import failpoint
from postroom.runtime.receiving.intake import envelope_of
from postroom.runtime.requests import files as requests
from postroom.source.diagnostic import Diagnostic, Problem
from postroom.source.near import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Mapping

    from postroom.model.plain import Json
    from postroom.runtime.engine import Engine
    from postroom.runtime.requests.files import Request

ASKED: Final[Mapping[str, type]] = {"account": str, "mail": str, "envelope": dict}
"""What a request says: the account, the file with the message, sender and recipients."""
MAILBOX: Final = "pipe"


def take(engine: Engine, asked: Request) -> Mapping[str, Json]:
    """Return when the message is durable. Done twice, it is a duplicate of itself.

    Raises Problem PR541 if there is no such account, PR516 if it is switched off, and what
    `Engine.process` raises.
    """
    name = str(asked.body["account"])
    account = engine.rules.accounts.get(name)
    if account is None:
        hint = did_you_mean(name, engine.rules.accounts) or "postroom check lists what there is"
        words = f"there is no account `{name}` to deliver to"
        raise Problem(Diagnostic("PR541", words, help=hint))
    if not account.active:
        words = f"the account `{name}` is switched off"
        raise Problem(Diagnostic("PR516", words, help="`active: true` takes mail again"))
    engine.process(account, [envelope_of(_parcel(engine, asked), MAILBOX)])
    failpoint("before-reply")
    return {}


def _parcel(engine: Engine, asked: Request) -> Parcel:
    mail, envelope = str(asked.body["mail"]), asked.body["envelope"]
    if engine.folders is None or not mail.removesuffix(".mail").isalnum():
        raise requests.not_understood("it names no message")
    if not isinstance(envelope, dict) or set(envelope) != {"mail_from", "rcpt_to"}:
        raise requests.not_understood("it has no envelope")
    mail_from, rcpt_to = envelope["mail_from"], envelope["rcpt_to"]
    if not isinstance(rcpt_to, list):
        raise requests.not_understood("it has no recipients")
    try:
        raw = (engine.folders.data / requests.FOLDER / mail).read_bytes()
    except OSError:
        raise requests.not_understood("its message is gone") from None
    return Parcel(raw, mail_from if isinstance(mail_from, str) else None, tuple(map(str, rcpt_to)))
