"""What the transport wants to know; read by the checker and by the reference pages."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from postroom.model.settings import Caution, Secret, setting
from postroom.model.signin import Credential

ONLINE = frozenset({"outlook.office365.com", "outlook.office.com"})
"""Where Exchange Online answers."""


@dataclass(frozen=True, slots=True)
class EwsSettings:
    """`use: ews`."""

    url: str = setting(
        "the address of the service, such as `https://mail.xyz.example/EWS/Exchange.asmx`"
    )
    mailbox: str = setting("the address of the mailbox")
    username: str | None = setting(
        "who signs in with a password: `DOMAIN\\user`, or an address", default=None
    )
    password: Secret | None = setting("the password", default=None)
    method: Literal["ntlm", "basic"] = setting(
        "how the password is shown; `basic` only if the server wants it", default="ntlm"
    )
    auth: Credential | None = setting(
        "in place of name and password: a sign-in with OAuth 2, by its name in `sign_ins:` or in "
        "full",
        default=None,
    )
    impersonate: bool = setting(
        "act as the mailbox itself, as an application must; else as somebody who may open it",
        default=False,
    )
    version: Literal["2013", "2016", "2019"] = setting(
        "the version of Exchange; a newer one understands `2019`", default="2016"
    )
    folder: str = setting("the folder to read, with `/` between levels", default="INBOX")
    push: bool = setting(
        "be told of new mail by the server (streaming notifications), where it does so",
        default=True,
    )
    ca_file: Path | None = setting(
        "a file with the certificate of your own authority, in place of those of the system",
        default=None,
    )
    timeout: timedelta = setting(
        "how long the server may say nothing", default=timedelta(seconds=30)
    )

    def __post_init__(self) -> None:
        try:
            url = urlsplit(self.url)
        except ValueError:
            raise ValueError("`url` is not an address") from None
        if url.scheme != "https" or not url.hostname:
            raise ValueError("`url` must be an address that begins with https://")
        if "@" not in self.mailbox or not self.mailbox.isprintable():
            raise ValueError("`mailbox` must be an address, such as `help@kestrel.example`")
        if (self.username is None) != (self.password is None):
            raise ValueError("`username` and `password` go together")
        if (self.password is None) == (self.auth is None):
            raise ValueError("give either `username` and `password`, or `auth`")

    def cautions(self) -> Iterator[Caution]:
        """Say what will not go well for long."""
        if self.host in ONLINE:
            yield Caution(
                "PR420",
                "Exchange Online blocks EWS by default since 1 October 2026, and ends it on "
                "1 April 2027",
                "use: graph",
            )

    @property
    def host(self) -> str:
        """Return the name of the server."""
        return (urlsplit(self.url).hostname or "").rstrip(".")

    @property
    def never_shown(self) -> str:
        """Return what must not be repeated if a server says it back; "" if there is nothing."""
        return "" if self.password is None else self.password.reveal()

    @property
    def seconds(self) -> float:
        """Return the timeout in seconds."""
        return self.timeout.total_seconds()
