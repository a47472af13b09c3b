"""`postroom deliver`: one message on standard input, for an account."""

from __future__ import annotations

import getpass
import os
import sys
from contextlib import suppress
from typing import TYPE_CHECKING, Final

import click

from postroom.cli import options
from postroom.source.diagnostic import Problem, RuleError
from postroom.source.render import as_text

if TYPE_CHECKING:
    from pathlib import Path

    from postroom.hooks.contracts import Parcel

DATAERR: Final = 65
NOINPUT: Final = 66
UNAVAILABLE: Final = 69
TEMPFAIL: Final = 75
"""As <sysexits.h> has them: a mail server keeps mail after 75, and sends it back after the others.
"""
_NEVER: Final = {"PR541": UNAVAILABLE}


@click.command("deliver")
@click.option("--account", required=True, metavar="NAME", help="The account that it is for.")
@click.option("--sender", metavar="ADDRESS", help="The envelope's sender; empty for none.")
@click.option("--recipient", multiple=True, metavar="ADDRESS", help="The envelope's recipient.")
@options.rules
@options.data
@options.keys
def command(
    account: str,
    *,
    sender: str | None,
    recipient: tuple[str, ...],
    rules: Path,
    data: Path | None,
    keys: Path | None,
) -> int:
    """Take one message from standard input, as a mail server's pipe hands it over.

    It ends when the message is durable: at once through the engine that runs on the folder, else
    by itself. Exit codes are those that mail servers know: 0 taken; 75 try again later; 65 too
    large, 66 no message, 69 no such account, after which the sender gets it back.
    """
    from postroom.hooks.contracts import Parcel
    from postroom.mail.limits import LIMITS

    raw = _without_envelope_line(sys.stdin.buffer.read(LIMITS.message + 1))
    if not raw.strip():
        return _end(NOINPUT, "there is no message on standard input")
    if len(raw) > LIMITS.message:
        return _end(DATAERR, f"the message has more than {LIMITS.message:,} bytes")
    parcel = Parcel(raw, sender, recipient, account)
    try:
        _deliver(parcel, rules, data, keys)
    except Problem as error:
        code = _NEVER.get(error.diagnostic.code, TEMPFAIL)
        return _end(code, as_text(error.diagnostic))
    except RuleError as error:
        return _end(TEMPFAIL, *(as_text(each) for each in error.diagnostics))
    except Exception as error:  # noqa: BLE001 - whatever it is, the mail must be kept and not returned
        return _end(TEMPFAIL, f"delivering failed: {type(error).__name__}: {error}")
    return 0


def _deliver(parcel: Parcel, rules: Path, data: Path | None, keys: Path | None) -> None:
    from postroom.runtime.receiving.deliver import deliver
    from postroom.runtime.settings import folders

    deliver(folders(rules, data, keys), parcel, _user())


def _without_envelope_line(raw: bytes) -> bytes:
    """Return the message without the line `From ann@x Mon Nov ...` that some pipes put first."""
    return raw.partition(b"\n")[2] if raw.startswith(b"From ") else raw


def _user() -> str:
    with suppress(OSError, KeyError):
        return getpass.getuser()
    return str(os.getuid())


def _end(code: int, *lines: str) -> int:
    for line in lines:
        click.echo(line, err=True)
    return code
