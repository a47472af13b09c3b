"""What the three notifiers want to know; read by the checker and by the reference pages."""

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Literal

from postroom.model.settings import Secret, setting
from postroom.model.signin import Credential

_PORTS = {"implicit": 465, "starttls": 587, "none": 25}


@dataclass(frozen=True, slots=True)
class SmtpSettings:
    """`use: smtp`."""

    host: str = setting("the server's name, as it stands in its certificate")
    username: str | None = setting("who signs in; without it nobody does", default=None)
    password: Secret | None = setting("the password, or an app password", default=None)
    auth: Credential | None = setting(
        "in place of a password: a sign-in with OAuth 2, by its name in `sign_ins:` or in full",
        default=None,
    )
    tls: Literal["implicit", "starttls", "none"] = setting(
        "`implicit` encrypts from the first byte, `starttls` after a greeting; `none` is only for "
        "a mail server on this very machine, and without a password",
        default="implicit",
    )
    port: int | None = setting(
        "465 for `implicit`, 587 for `starttls` and 25 for `none` if not given", default=None
    )
    ca_file: Path | None = setting(
        "a file with the certificate of your own authority, in place of those of the system",
        default=None,
    )
    timeout: timedelta = setting(
        "how long the server may say nothing", default=timedelta(seconds=30)
    )

    def __post_init__(self) -> None:
        if self.auth is not None and (self.username is None or self.password is not None):
            raise ValueError("`auth` goes with `username`, and in place of `password`")

    @property
    def port_number(self) -> int:
        """Return the port to connect to."""
        return self.port or _PORTS[self.tls]


@dataclass(frozen=True, slots=True)
class ConsoleSettings:
    """`use: console`: nothing to set."""


@dataclass(frozen=True, slots=True)
class FileSettings:
    """`use: file`."""

    path: Path = setting("the folder to write to; each message becomes a file `*.eml` of its own")
