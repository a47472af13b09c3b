"""Show a mail server an access token: XOAUTH2, and OAUTHBEARER (RFC 7628)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from postroom.model.signin import METHODS

if TYPE_CHECKING:
    from collections.abc import Callable, Container

    from postroom.model.settings import Secret
    from postroom.model.signin import Credential, Method


def chosen(auth: Credential, offered: Container[str]) -> Method | None:
    """Return the method to use, given the mechanisms that a server offers, in capitals."""
    wanted = (auth.method,) if auth.method else METHODS
    return next((each for each in wanted if each.upper() in offered), None)


def proof(method: Method, name: str, token: Secret) -> str:
    """Return what the client says, before it is put into Base64.

    Raises ValueError for a name that would say something else as well.
    """
    if any(letter in name for letter in "\r\n\0\1"):
        raise ValueError("a control character in the user's name")
    if method == "oauthbearer":
        identity = name.replace("=", "=3D").replace(",", "=2C")
        return f"n,a={identity},\1auth=Bearer {token.reveal()}\1\1"
    return f"user={name}\1auth=Bearer {token.reveal()}\1\1"


def show_token(
    auth: Credential, purpose: str, show: Callable[[Secret], None], refusal: type[Exception]
) -> None:
    """Show a token; where the server refuses it, a fresh one, once.

    Raises what `show` raises, and what `Credential.token` raises.
    """
    token = auth.token(purpose)
    try:
        show(token)
    except refusal:
        auth.refused(token)
        show(auth.token(purpose))
