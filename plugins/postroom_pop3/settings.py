"""What the transport wants to know; read by the checker and by the reference pages."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import ClassVar, Literal

from postroom.hooks.signing import SignedIn
from postroom.model.envelope import ActionVerb
from postroom.model.settings import Secret, setting
from postroom.model.signin import Credential


@dataclass(frozen=True, slots=True)
class Pop3Settings(SignedIn):
    """`use: pop3`."""

    verbs: ClassVar[tuple[ActionVerb, ...]] = ("keep", "delete")
    ports: ClassVar[Mapping[str, int]] = {"implicit": 995, "starttls": 110}

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
