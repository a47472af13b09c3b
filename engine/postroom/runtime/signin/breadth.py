"""Whether a sign-in opens more than it should: every mailbox of a tenant or a domain.

A permission that an application has in Entra stands in `roles` of its tokens and holds for all
mailboxes; one by RBAC for Applications has a scope, and does not stand there. Tokens are opaque to
whoever they are not for (RFC 9068 6), so what is read here is never more than a warning.
"""

from __future__ import annotations

import base64
import binascii
import json
from typing import TYPE_CHECKING, Final

from postroom.source.diagnostic import Diagnostic

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from postroom.model.signin import SignIn

_OF_MAIL: Final = ("Mail.", "MailboxSettings.")
"""Not `IMAP.AccessAsApp` and its like: a mailbox must admit the application besides."""
_OF_ALL: Final = "full_access_as_app"
_LONGEST: Final = 64 * 1024


def tenant_wide(token: str) -> tuple[str, ...]:
    """Return the permissions in a token that open every mailbox of the tenant. Total."""
    roles = _claims(token).get("roles")
    if not isinstance(roles, list):
        return ()
    texts = (each for each in roles if isinstance(each, str) and each.isprintable())
    return tuple(each for each in texts if each == _OF_ALL or each.startswith(_OF_MAIL))


def warnings(sign_in: str, tokens: Iterable[str]) -> Iterator[Diagnostic]:
    """Yield PR537 if tokens of a sign-in open every mailbox."""
    roles = dict.fromkeys(role for token in tokens for role in tenant_wide(token))
    if roles:
        words = f"the sign-in `{sign_in}` opens every mailbox of the tenant: {', '.join(roles)}"
        hint = "take that away in Entra, and grant one mailbox by RBAC for Applications"
        yield Diagnostic("PR537", words, help=hint, severity="warning")


def domain_wide(sign_in: SignIn) -> Iterator[Diagnostic]:
    """Yield PR537 if a sign-in signs for anybody: domain-wide delegation, as Google calls it."""
    if sign_in.flow == "service":
        words = f"the sign-in `{sign_in.name}` can open every mailbox of the domain"
        hint = "let the mailbox's own user sign in with `flow: code`, or guard the key"
        yield Diagnostic("PR537", words, help=hint, severity="warning")


def _claims(token: str) -> dict[str, object]:
    payload = token.split(".")[1] if token.count(".") == 2 else ""  # noqa: PLR2004 - RFC 7519 3.1
    if len(payload) > _LONGEST:
        return {}
    try:
        found = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    except (ValueError, binascii.Error, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}
