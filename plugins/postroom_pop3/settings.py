"""What the transport wants to know; read by the checker and by the reference pages."""

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Literal

from postroom.model.settings import Secret, setting
from postroom.model.signin import Credential


@dataclass(frozen=True, slots=True)
class Pop3Settings:
    """`use: pop3`."""

    host: str = setting("the server's name, as it stands in its certificate")
    username: str = setting("who signs in")
    password: Secret | None = setting("the password, or an app password", default=None)
    auth: Credential | None = setting(
        "in place of a password: a sign-in with OAuth 2, by its name in `sign_ins:` or in full",
        default=None,
    )
    tls: Literal["implicit", "starttls"] = setting(
        "`implicit` encrypts from the first byte, `starttls` after a greeting; there is no "
        "plaintext",
        default="implicit",
    )
    port: int | None = setting(
        "995 for `implicit` and 110 for `starttls` if not given", default=None
    )
    ca_file: Path | None = setting(
        "a file with the certificate of your own authority, in place of those of the system",
        default=None,
    )
    timeout: timedelta = setting(
        "how long the server may say nothing", default=timedelta(seconds=30)
    )

    def __post_init__(self) -> None:
        if (self.password is None) == (self.auth is None):
            raise ValueError("give either `password` or `auth`")

    @property
    def never_shown(self) -> str:
        """Return what must not be repeated if a server says it back; "" if there is nothing."""
        return "" if self.password is None else self.password.reveal()

    @property
    def port_number(self) -> int:
        """Return the port to connect to."""
        return self.port or (995 if self.tls == "implicit" else 110)

    @property
    def seconds(self) -> float:
        """Return the timeout in seconds."""
        return self.timeout.total_seconds()
