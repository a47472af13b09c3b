"""Plugins as rule files see them: settings of every type that a plugin can declare."""

# The checker reads these annotations, so that they must be there when the program runs.
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, ClassVar, Literal

from postroom.model.envelope import ActionVerb
from postroom.model.settings import ByteSize, Secret, setting
from postroom.model.signin import Credential
from postroom.rules.load import Kinds


@dataclass(frozen=True, slots=True)
class Imap:
    """A mail server."""

    host: str = setting("the server's name")
    username: str = setting("who signs in")
    password: Secret = setting("its password")
    port: int | None = setting("the server's port", default=None)
    tls: Literal["implicit", "starttls"] = setting("how TLS starts", default="implicit")
    folder: str = setting("the folder to read", default="INBOX")
    idle: bool = setting("wait for new mail", default=True)
    patience: timedelta = setting("how long to wait", default=timedelta(seconds=30))
    largest: ByteSize = setting("the largest message", default=ByteSize(40_000_000))
    ratio: float = setting("how many of them", default=0.5)
    extra_folders: tuple[str, ...] = setting("more folders", default=())
    auth: Credential | None = setting("a sign-in", default=None)

    def __post_init__(self) -> None:
        if self.port == 143 and self.tls == "implicit":
            raise ValueError("port 143 goes with `tls: starttls`")


@dataclass(frozen=True, slots=True)
class Eml:
    """A folder."""

    path: Path = setting("the folder")


@dataclass(frozen=True, slots=True)
class Lmtp:
    """Where mail is handed over."""

    port: int = setting("where to listen", default=2424)


@dataclass(frozen=True, slots=True)
class Smtp:
    """A mail server for mail that goes out."""

    host: str = setting("the server's name")
    password: Secret | None = setting("its password", default=None)


@dataclass(frozen=True, slots=True)
class Webhook:
    """An address on the web."""

    url: Secret = setting("where to post to")


@dataclass(frozen=True, slots=True)
class Console:
    """Nothing to set up."""


@dataclass(frozen=True, slots=True)
class Odd:
    """Declares what no rule file can say."""

    thing: list[Any] = setting("nobody knows")


@dataclass(frozen=True, slots=True)
class Pop3:
    """Can neither flag nor move."""

    verbs: ClassVar[tuple[ActionVerb, ...]] = ("keep", "delete")

    host: str = setting("the server's name")


class Broken:
    """Not a dataclass."""


@dataclass(frozen=True, slots=True)
class Dkim:
    """Checks senders."""

    patience: timedelta = setting("how long to wait", default=timedelta(seconds=5))


@dataclass(frozen=True, slots=True)
class Clamav:
    """Looks for malware."""

    port: int = setting("where it listens", default=3310)


class Vowels:
    """A pure function."""

    name: ClassVar[str] = "vowels"
    parameters: ClassVar[tuple[str, ...]] = ("text",)
    returns: ClassVar[str] = "integer"
    help: ClassVar[str] = "how many vowels a text has"

    def __call__(self, *values: Any) -> int:
        return sum(letter in "aeiou" for letter in values[0].lower())


KINDS = Kinds(
    transports={"imap": Imap, "eml": Eml, "odd": Odd, "broken": Broken, "pop3": Pop3},
    notifiers={"smtp": Smtp, "webhook": Webhook, "console": Console},
    authenticators={"dkim": Dkim},
    scanners={"clamav": Clamav},
    functions={"vowels": Vowels},
    receivers={"lmtp": Lmtp},
)
