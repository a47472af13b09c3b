"""What the receiver wants to know; read by the checker and by the reference pages."""

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from postroom.model.settings import setting


@dataclass(frozen=True, slots=True)
class LmtpSettings:
    """`use: lmtp`."""

    socket: Path | None = setting(
        "a unix socket to listen on, in place of host and port", default=None
    )
    group: str = setting(
        "the group that may use the socket, besides the engine's own user; none if it is empty",
        default="",
    )
    host: str = setting(
        "the address to listen on; LMTP knows no sign-in, so leave it on this machine",
        default="127.0.0.1",
    )
    port: int = setting("the port to listen on", default=2424)
    timeout: timedelta = setting("how long a sender may say nothing", default=timedelta(minutes=5))
    connections: int = setting("how many senders may be connected at a time", default=50)
