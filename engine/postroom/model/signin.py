"""Signing in with OAuth 2 (RFC 6749): what rule files say of it, and what a plugin is given for it.

A plugin declares a setting of the type `Credential | None`. A rule file says there which sign-in is
meant (`SignIn`), and what the plugin gets is a live `Credential`, as it gets a `Secret` for a
`SecretRef`: it never sees how the token is had, kept or renewed.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Literal, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from postroom.model.settings import Secret, SecretRef
    from postroom.source.text import Span

Flow = Literal["code", "device", "client", "service"]
"""authorization code with PKCE (RFC 7636), device code (RFC 8628), client credentials, and an
assertion that the application signs in the name of a mailbox (RFC 7523 2.1)."""
Method = Literal["xoauth2", "oauthbearer"]
"""How a token is shown to an IMAP, POP3 or SMTP server; oauthbearer is RFC 7628."""
FLOWS: tuple[Flow, ...] = ("code", "device", "client", "service")
METHODS: tuple[Method, ...] = ("xoauth2", "oauthbearer")
REQUESTS = ("authorize", "device", "token", "refresh", "client", "service", "claims")
"""The requests of a provider that may carry parameters of their own; `claims` are those of what an
application signs for `service`."""
ANSWERS = (
    "access_token", "refresh_token", "expires_in", "scope", "error", "error_description",
    "device_code", "user_code", "verification_uri", "interval", "refresh_token_expires_in",
)  # fmt: skip
"""What is read from a provider's answers, by the names of RFC 6749 and RFC 8628."""


class Credential(Protocol):
    """Access tokens for one mailbox, renewed ahead of their end. Any thread may ask."""

    @property
    def method(self) -> Method | None:
        """How the rule file wants tokens to be shown; None: as the server offers."""
        ...

    def token(self, purpose: str) -> Secret:
        """Return an access token for what a plugin does: its own name, `imap` or `smtp`.

        Raises Problem: PR413 nobody has signed in yet, PR416 the sign-in has ended or was
        declined, PR417 its tokens cannot be read, PR510 or PR516 the provider does not answer now.
        """
        ...

    def refused(self, token: Secret) -> None:
        """Say that the server did not take a token: it is not handed out again."""
        ...


@dataclass(frozen=True, slots=True)
class Provider:
    """Who gives tokens: its addresses, and how it departs from RFC 6749."""

    name: str
    authorize_url: str = ""
    token_url: str = ""
    device_url: str = ""
    authority: str = ""
    """For Microsoft: the address that its own library finds the others from."""
    client: Literal["body", "basic"] = "body"
    """How client id and secret are sent: in the form, or as HTTP Basic (RFC 6749 2.3.1)."""
    scopes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """What a person is asked for, by purpose; `""` stands for purposes that are not named."""
    client_scopes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """The same for client credentials."""
    parameters: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """By request, names and values that are sent; `${name}` stands for what we know.

    A name of RFC 6749 with the value `""` is left out.
    """
    answers: Mapping[str, str] = field(default_factory=dict)
    """By the name of RFC 6749 or RFC 8628, what this provider calls it."""
    refresh_lasts: timedelta | None = None
    """How long a refresh token is good from the day it came; None: for ever, or it says so."""
    refresh_unused: timedelta | None = None
    """How long a refresh token is good that nobody uses."""

    def asks(self, purpose: str, flow: Flow) -> tuple[str, ...]:
        """Return the scopes to ask for."""
        found = self.client_scopes if flow == "client" else self.scopes
        return found.get(purpose, found.get("", ()))


@dataclass(frozen=True, slots=True)
class SignIn:
    """What a rule file says of a sign-in; secrets still as references."""

    name: str
    """Its tokens are kept under it: the name in `sign_ins:`, or that of the account."""
    provider: Provider
    flow: Flow
    client_id: str | SecretRef
    span: Span
    client_secret: SecretRef | None = None
    certificate: Path | None = None
    """A PEM file with private key and certificate, in place of the secret."""
    key: SecretRef | None = None
    """service: the RSA key to sign with, as PEM or as Google's JSON file has it."""
    tenant: str | SecretRef = "common"
    scopes: tuple[str, ...] = ()
    """In place of those that the provider declares."""
    method: Method | None = None
    user: str = ""
    """Who is expected to sign in; a hint for the provider. service: the mailbox."""
    redirect_url: str = ""
    """code: where the provider sends the browser back to; "": a free port of this machine."""
    ca_file: Path | None = None
    refresh_lasts: timedelta | None = None
    """In place of what the provider declares."""

    @property
    def by_person(self) -> bool:
        """Return whether a person has to sign in first."""
        return self.flow in ("code", "device")

    def asks(self, purpose: str) -> tuple[str, ...]:
        """Return the scopes to ask for."""
        return self.scopes or self.provider.asks(purpose, self.flow)


_OUTLOOK = "https://outlook.office.com/"
_GRAPH = "https://graph.microsoft.com/"
MICROSOFT = Provider(
    name="microsoft",
    authority="https://login.microsoftonline.com",
    scopes={
        "imap": (_OUTLOOK + "IMAP.AccessAsUser.All",),
        "pop3": (_OUTLOOK + "POP.AccessAsUser.All",),
        "smtp": (_OUTLOOK + "SMTP.Send",),
        "ews": (_OUTLOOK + "EWS.AccessAsUser.All",),
        "graph": (_GRAPH + "Mail.ReadWrite", _GRAPH + "Mail.Send"),
    },
    client_scopes={
        "": ("https://outlook.office365.com/.default",),
        "graph": (_GRAPH + ".default",),
    },
    refresh_unused=timedelta(days=90),
)
"""Microsoft 365; its tokens are had through its own library."""
GOOGLE = Provider(
    name="google",
    authorize_url="https://accounts.google.com/o/oauth2/v2/auth",
    token_url="https://oauth2.googleapis.com/token",  # noqa: S106 - an address, no token
    scopes={"": ("https://mail.google.com/",)},
    # without these two Google gives a refresh token the first time only
    parameters={"authorize": {"access_type": "offline", "prompt": "consent"}},
    refresh_unused=timedelta(days=180),
)
"""Gmail and Google Workspace. Its device flow does not allow mail scopes, so none is declared."""
KNOWN: Mapping[str, Provider] = {each.name: each for each in (MICROSOFT, GOOGLE)}
"""The providers that need no declaration."""
