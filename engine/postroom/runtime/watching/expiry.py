"""When what an account signs in with comes to its end, as far as anybody can know it.

Secrets do not say when they end: a rule file can, with `until`.
"""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from postroom.model.settings import SecretRef
from postroom.runtime.signin.login import sign_ins_of
from postroom.runtime.watching.complaints import Expiry
from postroom.source.diagnostic import Problem

if TYPE_CHECKING:
    from collections.abc import Iterator

    from postroom.model.signin import SignIn
    from postroom.rules.ruleset import Account
    from postroom.runtime.secrets import Secrets
    from postroom.runtime.signin.kept import Keeper, Tokens


def ends_of(account: Account, keeper: Keeper, secrets: Secrets) -> Iterator[Expiry]:
    """Yield what of an account's secrets, certificates and sign-ins ends, and when."""
    parts = [part.settings for part in (account.receive, account.send) if part is not None]
    for reference in dict.fromkeys(each for part in parts for each in _references(part)):
        yield from _of_reference(reference)
    for part in parts:
        shown = getattr(part, "certificate", None)
        if isinstance(shown, Path):
            hint = "renew it; the file is read anew for each connection"
            yield from _of_certificate("the certificate that senders see", secrets, shown, hint)
    for sign_in in {each.name: each for each, _ in sign_ins_of(account)}.values():
        if sign_in.certificate is not None:
            hint = "put a new certificate there, and its public part where the provider has it"
            what = f"the certificate of the sign-in `{sign_in.name}`"
            yield from _of_certificate(what, secrets, sign_in.certificate, hint)
        elif sign_in.by_person:
            yield from _of_token(sign_in, keeper)


def not_after(path: Path) -> datetime | None:
    """Return when the certificate of a PEM file ends; None if there is none to be read."""
    from cryptography import x509

    try:
        return x509.load_pem_x509_certificate(path.read_bytes()).not_valid_after_utc
    except (OSError, ValueError):
        return None  # whoever signs in with it says so


def refresh_until(sign_in: SignIn, tokens: Tokens) -> datetime | None:
    """Return when a refresh token ends: as its provider said, or as the rules say of it."""
    ends = [tokens.until] if tokens.until else []
    lasts = sign_in.refresh_lasts or sign_in.provider.refresh_lasts
    unused = sign_in.provider.refresh_unused
    if tokens.since and lasts:
        ends.append(tokens.since + lasts.total_seconds())
    if tokens.since and unused:
        ends.append(max(tokens.since, tokens.used) + unused.total_seconds())
    return datetime.fromtimestamp(min(ends), UTC) if ends else None


def _references(settings: object) -> Iterator[SecretRef]:
    if isinstance(settings, SecretRef):
        yield settings
    elif is_dataclass(settings) and not isinstance(settings, type):
        for each in fields(settings):
            yield from _references(getattr(settings, each.name))


def _of_reference(reference: SecretRef) -> Iterator[Expiry]:
    if reference.until is not None:
        until = datetime.combine(reference.until, time(), UTC) + timedelta(days=1)
        hint = "put a new one there, and its last day behind `until`"
        yield Expiry(f"the secret {{{reference.scheme}: {reference.name}}}", until, hint)


def _of_certificate(what: str, secrets: Secrets, path: Path, hint: str) -> Iterator[Expiry]:
    until = not_after(secrets.folder / path)
    if until is not None:
        yield Expiry(what, until, hint)


def _of_token(sign_in: SignIn, keeper: Keeper) -> Iterator[Expiry]:
    try:
        tokens = keeper.read(sign_in.name)
    except Problem:
        return  # whoever signs in with it says so
    until = refresh_until(sign_in, tokens) if tokens is not None else None
    if until is not None:
        hint = f"postroom login {sign_in.name}"
        yield Expiry(f"what is kept of the sign-in `{sign_in.name}`", until, hint)
