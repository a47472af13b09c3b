"""What the scanner wants to know; read by the checker and by the reference pages."""

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Literal

from postroom.model.settings import ByteSize, setting


@dataclass(frozen=True, slots=True)
class ClamavSettings:
    """`scan_for_malware: {use: clamav}`."""

    socket: Path | None = setting(
        "the socket of clamd, `/run/clamav/clamd.ctl` on Debian; without it `port` is used",
        default=None,
    )
    host: Literal["127.0.0.1", "::1"] = setting(
        "where clamd listens; mail goes there in the clear, so it is this very machine",
        default="127.0.0.1",
    )
    port: int = setting("the port that it listens at", default=3310)
    timeout: timedelta = setting(
        "how long one message may take in all", default=timedelta(seconds=30)
    )
    max_message: ByteSize = setting(
        "a larger message is not scanned; not more than `StreamMaxLength` of clamd",
        default=ByteSize(25_000_000),
    )

    def __post_init__(self) -> None:
        """Raise ValueError for a time in which nothing is scanned."""
        if self.timeout <= timedelta(0):
            raise ValueError("`timeout` must be longer than nothing")
