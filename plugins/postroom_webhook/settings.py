"""What the receiver wants to know; read by the checker and by the reference pages."""

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Literal

from postroom.hooks.listening import on_this_machine
from postroom.model.settings import Secret, setting

WINDOWS = {"signed": timedelta(minutes=5), "sendgrid": timedelta(days=3)}
"""How old a signature may be: of our own senders, who sign anew when they try again, and of
providers, who may not (Mailgun tries for eight hours, SendGrid for three days)."""
_WINDOW = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class WebhookSettings:
    """`use: webhook`."""

    provider: Literal["signed", "mailgun", "ses", "sendgrid", "postmark"] = setting(
        "what the requests look like; `signed` is a message as it is, with a signature of ours"
    )
    secret: Secret | None = setting(
        "signed and mailgun: the key of the signature; sendgrid and postmark: the password in the "
        "URL that the provider was given; ses: the secret of `access_key`",
        default=None,
    )
    username: str = setting(
        "sendgrid and postmark: the name that stands before the password", default="postroom"
    )
    public_key: str | None = setting(
        "sendgrid: the key to check signatures with, in place of a password", default=None
    )
    topic: str | None = setting("ses: the ARN of the SNS topic", default=None)
    confirm: bool = setting(
        "ses: confirm the subscription when the topic asks for it", default=False
    )
    bucket: str | None = setting(
        "ses: the S3 bucket that messages are put into, where they are not in the notifications",
        default=None,
    )
    access_key: str | None = setting(
        "ses: the id of an access key that may read the bucket", default=None
    )
    region: str | None = setting(
        "ses: where the bucket is, if not where the topic is", default=None
    )
    host: str = setting("the address to listen on", default="127.0.0.1")
    port: int = setting("the port to listen on", default=8025)
    path: str = setting("the path of the URL", default="/")
    certificate: Path | None = setting(
        "a PEM file with the certificate and those above it, where no proxy in front has one; read "
        "anew for each connection",
        default=None,
    )
    key: Path | None = setting(
        "a PEM file with the private key, if it is not in that file", default=None
    )
    window: timedelta | None = setting(
        "how far a signature's time may be from ours; if not given, 5m for `signed`, 3d for "
        "`sendgrid` and 1d for `mailgun` and `ses`",
        default=None,
    )
    timeout: timedelta = setting(
        "how long a sender may take for a request, and a second more for each 1,000 bytes of it",
        default=timedelta(seconds=30),
    )
    connections: int = setting("how many senders may be connected at a time", default=50)

    def __post_init__(self) -> None:
        _check_proof(self)
        if self.certificate is None and not on_this_machine(self.host):
            raise ValueError(
                "give `certificate`, or listen on 127.0.0.1 behind a proxy that has one"
            )
        if self.key is not None and self.certificate is None:
            raise ValueError("give `certificate` as well: a key alone is of no use")
        if not self.path.startswith("/"):
            raise ValueError("`path` begins with a slash")

    @property
    def seconds(self) -> float:
        """Return the window in seconds."""
        window = self.window or WINDOWS.get(self.provider, _WINDOW)
        return window.total_seconds()


def _check_proof(told: WebhookSettings) -> None:
    """Raise ValueError if requests could not be told from those of anybody."""
    match told.provider:
        case "ses":
            if not (told.topic or "").startswith("arn:aws"):
                raise ValueError("give `topic`, the ARN of the SNS topic: `arn:aws:sns:...`")
            _check_bucket(told)
        case "sendgrid":
            if (told.secret is None) == (told.public_key is None):
                raise ValueError("give either `secret` or `public_key`")
        case _:
            if told.secret is None:
                raise ValueError("give `secret`")


def _check_bucket(told: WebhookSettings) -> None:
    """Raise ValueError if a bucket could not be read, or its name leads elsewhere."""
    given = [told.bucket is not None, told.access_key is not None, told.secret is not None]
    if any(given) and not all(given):
        raise ValueError("give `bucket`, `access_key` and `secret` together, or none of them")
    names = [each for each in (told.bucket, told.region) if each is not None]
    if not all(each.isascii() and each.replace("-", "").isalnum() for each in names):
        raise ValueError("`bucket` and `region` are names of letters, digits and hyphens")
