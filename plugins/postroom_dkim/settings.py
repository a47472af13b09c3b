"""What the authenticator wants to know; read by the checker and by the reference pages."""

from dataclasses import dataclass
from datetime import timedelta

from postroom.model.settings import ByteSize, setting


@dataclass(frozen=True, slots=True)
class DkimSettings:
    """`check_senders: {use: dkim}`."""

    timeout: timedelta = setting(
        "how long all questions to the DNS about one message may take", default=timedelta(seconds=5)
    )
    nameservers: tuple[str, ...] = setting(
        "IP addresses of the servers to ask; those of the system if not given", default=()
    )
    max_message: ByteSize = setting(
        "a larger message is not checked, and so not authenticated", default=ByteSize(40_000_000)
    )

    def __post_init__(self) -> None:
        """Raise ValueError for a time in which nobody answers."""
        if self.timeout <= timedelta(0):
            raise ValueError("`timeout` must be longer than nothing")
