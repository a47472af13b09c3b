"""What the notifier wants to know; read by the checker and by the reference pages."""

from dataclasses import dataclass
from pathlib import Path

from postroom.model.settings import Secret, setting


@dataclass(frozen=True, slots=True)
class WebhookSettings:
    """`use: webhook` in `notify`."""

    url: Secret = setting("where to post to: `https://`, and a host that the whole world can reach")
    key: Secret | None = setting(
        "signs each request, so that the service knows that it is ours", default=None
    )
    ca_file: Path | None = setting(
        "a file with the certificate of your own authority, in place of those of the system",
        default=None,
    )
