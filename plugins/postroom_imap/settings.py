"""What the transport wants to know; read by the checker and by the reference pages."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import ClassVar, Literal

from postroom.hooks.signing import SignedIn
from postroom.model.settings import Secret, setting
from postroom.model.signin import Credential


@dataclass(frozen=True, slots=True)
class ImapSettings(SignedIn):
    """`use: imap`."""

    ports: ClassVar[Mapping[str, int]] = {"implicit": 993, "starttls": 143}

    host: str = setting("the server's name, as it stands in its certificate")
    username: str = setting(
        "who signs in; for a shared mailbox `owner@xyz.example/shared@xyz.example`"
    )
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
        "993 for `implicit` and 143 for `starttls` if not given", default=None
    )
    folder: str = setting("the folder to read, with `/` between levels", default="INBOX")
    ca_file: Path | None = setting(
        "a file with the certificate of your own authority, in place of those of the system",
        default=None,
    )
    timeout: timedelta = setting(
        "how long the server may say nothing", default=timedelta(seconds=30)
    )
    push: bool = setting(
        "let the server tell at once when mail comes in, if it can (IDLE)", default=True
    )
