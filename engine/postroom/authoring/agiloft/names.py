"""What properties are called. Derived from a description of them, not from Agiloft's own list.

Capitals, dots, dashes and underscores make no difference: `auth.flow` is `authFlow`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from postroom.model.signin import ANSWERS

if TYPE_CHECKING:
    from collections.abc import Mapping

PREFIX: Final = "mail.agiloft.inbound."
SETTINGS: Final[Mapping[str, tuple[str, ...]]] = {
    "protocol": ("protocol", "store.protocol", "type"),
    "host": ("host", "hostname", "server", "mail.server"),
    "port": ("port",),
    "starttls": ("starttls", "starttls.enable"),
    "ssl": ("ssl", "ssl.enable"),
    "folder": ("folder",),
    "username": ("user", "username", "login"),
    "address": ("address", "email", "mailbox"),
    "password": ("password",),
    "flow": ("auth.flow", "authorization.flow", "flow"),
    "client_id": ("client.id",),
    "client_secret": ("client.secret",),
    "tenant": ("tenant", "tenant.id", "directory.id"),
    "authorize_url": ("authorization.url", "authorize.url", "auth.url"),
    "token_url": ("token.url", "access.token.url"),
    "refresh_url": ("refresh.url", "refresh.token.url"),
    "device_url": ("device.url", "device.code.url", "device.authorization.url"),
    "redirect_url": ("redirect.uri", "redirect.url"),
    "scope": ("scope", "scopes"),
    "access_token": ("access.token",),
    "refresh_token": ("refresh.token",),
}
"""What we call a setting, and what it may be called there."""
PAYLOADS: Final[Mapping[str, tuple[str, ...]]] = {
    "authorize": ("authorization", "authorize", "auth"),
    "device": ("device", "device.code"),
    "token": ("token", "access.token"),
    "refresh": ("refresh", "refresh.token"),
}
"""By request, what stands before `payload.1`, `payload.2`: lines `name=value`."""
LINES: Final = ("payload", "request.payload", "parameter")
RESPONSES: Final = ("response", "answer")
"""What stands before the usual name of an answer: `response.access.token`."""
FLOWS: Final[Mapping[str, str]] = {
    "manual": "code", "code": "code", "authorizationcode": "code",
    "device": "device", "devicecode": "device",
    "client": "client", "clientcredentials": "client", "clientcode": "client",
}  # fmt: skip
PLACEHOLDERS: Final[Mapping[str, str]] = {
    name.upper(): f"${{{name}}}"
    for name in (
        "code", "redirect_uri", "state", "refresh_token", "client_id", "client_secret", "scope",
        "device_code", "code_verifier", "code_challenge", "tenant",
    )
}  # fmt: skip
"""What stands between percent signs, and what stands for it in a rule file."""
SECRET: Final = ("client_secret", "password", "access_token", "refresh_token")
REFERABLE: Final[Mapping[str, str]] = {
    "client_id": "${client_id}", "client_secret": "${client_secret}", "tenant": "${tenant}",
    "scope": "${scope}", "redirect_url": "${redirect_uri}", "refresh_token": "${refresh_token}",
}  # fmt: skip
"""Settings that a payload names by reference, and what stands for them in a rule file."""
USUAL: Final[Mapping[str, Mapping[str, str]]] = {
    "authorize": {
        "response_type": "code", "client_id": "${client_id}", "redirect_uri": "${redirect_uri}",
        "scope": "${scope}", "state": "${state}",
    },
    "device": {"client_id": "${client_id}", "scope": "${scope}"},
    "token": {
        "code": "${code}", "redirect_uri": "${redirect_uri}", "device_code": "${device_code}",
        "client_id": "${client_id}", "client_secret": "${client_secret}",
    },
    "refresh": {
        "grant_type": "refresh_token", "refresh_token": "${refresh_token}",
        "client_id": "${client_id}", "client_secret": "${client_secret}",
    },
}  # fmt: skip
"""What requests carry without being told."""
GRANTS: Final = (
    "authorization_code",
    "urn:ietf:params:oauth:grant-type:device_code",
    "device_code",
)
"""What `grant_type` of the request `token` may be: it follows from the flow."""


def folded(name: str) -> str:
    """Return a name without what makes no difference."""
    return "".join(letter for letter in name.lower() if letter not in "._-")


def _known() -> dict[str, tuple[str, str]]:
    found = {folded(each): ("setting", ours) for ours, all_ in SETTINGS.items() for each in all_}
    for request, names in PAYLOADS.items():
        found |= {
            folded(f"{name}.{lines}"): ("payload", request) for name in names for lines in LINES
        }
    for before in RESPONSES:
        found |= {folded(f"{before}.{answer}"): ("answer", answer) for answer in ANSWERS}
    return found


KNOWN: Final[Mapping[str, tuple[str, str]]] = _known()
"""By folded name, what kind of thing it is and what we call it."""
