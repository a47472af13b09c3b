"""When what an account signs in with comes to its end, as far as anybody can know it.

Client secrets do not say when they end, and neither do passwords.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from postroom.runtime.complaints import Expiry
from postroom.runtime.signin.login import sign_ins_of
from postroom.source.diagnostic import Problem

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from postroom.model.signin import SignIn
    from postroom.rules.ruleset import Account
    from postroom.runtime.signin.kept import Keeper

REFRESH_LASTS = {"microsoft": timedelta(days=90)}
"""How long a refresh token lasts that is not used, where the provider says so."""


def ends_of(account: Account, keeper: Keeper) -> Iterator[Expiry]:
    """Yield what of an account's sign-ins ends, and when."""
    seen: set[str] = set()
    for sign_in, _ in sign_ins_of(account):
        if sign_in.name in seen:
            continue
        seen.add(sign_in.name)
        if sign_in.certificate is not None:
            until = not_after(sign_in.certificate)
            if until is not None:
                hint = "put a new certificate there, and its public part where the provider has it"
                yield Expiry(f"the certificate of the sign-in `{sign_in.name}`", until, hint)
        elif sign_in.flow != "client":
            yield from _of_token(sign_in, keeper)


def not_after(path: Path) -> datetime | None:
    """Return when the certificate of a PEM file ends; None if there is none to be read."""
    from cryptography import x509

    try:
        return x509.load_pem_x509_certificate(path.read_bytes()).not_valid_after_utc
    except (OSError, ValueError):
        return None  # whoever signs in with it says so


def _of_token(sign_in: SignIn, keeper: Keeper) -> Iterator[Expiry]:
    lasts = REFRESH_LASTS.get(sign_in.provider.name)
    if lasts is None:
        return
    try:
        tokens = keeper.read(sign_in.name)
    except Problem:
        return  # whoever signs in with it says so
    if tokens is not None and tokens.since:
        until = datetime.fromtimestamp(tokens.since, UTC) + lasts
        hint = f"postroom login {sign_in.name}"
        yield Expiry(f"what is kept of the sign-in `{sign_in.name}`", until, hint)
