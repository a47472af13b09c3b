"""What the transport wants to know; read by the checker and by the reference pages."""

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from postroom.model.settings import Secret, setting
from postroom.model.signin import Credential


@dataclass(frozen=True, slots=True)
class JmapSettings:
    """`use: jmap`."""

    host: str = setting("the server's name, as it stands in its certificate: `api.fastmail.com`")
    token: Secret | None = setting("an API token of the provider", default=None)
    username: str = setting("who signs in with a password", default="")
    password: Secret | None = setting(
        "in place of a token: the password, or an app password", default=None
    )
    auth: Credential | None = setting(
        "in place of a token: a sign-in with OAuth 2, by its name in `sign_ins:` or in full",
        default=None,
    )
    account: str = setting(
        "the account, by its name or id, if it is not the user's own: a shared one", default=""
    )
    folder: str = setting("the folder to read, with `/` between levels", default="INBOX")
    port: int = setting("the port of HTTPS", default=443)
    ca_file: Path | None = setting(
        "a file with the certificate of your own authority, in place of those of the system",
        default=None,
    )
    timeout: timedelta = setting(
        "how long the server may say nothing", default=timedelta(seconds=30)
    )
    push: bool = setting(
        "let the server tell at once when mail comes in, if it can (EventSource)", default=True
    )

    def __post_init__(self) -> None:
        if sum(each is not None for each in (self.token, self.password, self.auth)) != 1:
            raise ValueError("give one of `token`, `password` and `auth`")
        if self.password is not None and not self.username:
            raise ValueError("give `username` beside `password`")
        if any(letter in self.username for letter in ":\r\n\0"):
            raise ValueError("`username` cannot hold a colon or a line end")

    @property
    def seconds(self) -> float:
        """Return the timeout in seconds."""
        return self.timeout.total_seconds()
