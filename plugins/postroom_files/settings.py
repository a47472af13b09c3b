"""What the three transports want to know; read by the checker and by the reference pages."""

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Literal

from postroom.model.envelope import ActionVerb
from postroom.model.settings import setting


@dataclass(frozen=True, slots=True)
class MaildirSettings:
    """`use: maildir`."""

    path: Path = setting("the Maildir: the folder that holds `new` and `cur`")


@dataclass(frozen=True, slots=True)
class MboxSettings:
    """`use: mbox`."""

    verbs: ClassVar[tuple[ActionVerb, ...]] = ("keep",)

    path: Path = setting("the mbox file")
    escaping: Literal["mboxrd", "mboxo"] = setting(
        "how lines that start with `From ` were kept apart: `mboxrd` puts a `>` before each of "
        "them however many there are already, `mboxo` only before those without",
        default="mboxrd",
    )


@dataclass(frozen=True, slots=True)
class EmlSettings:
    """`use: eml`."""

    verbs: ClassVar[tuple[ActionVerb, ...]] = ("keep", "move", "delete")

    path: Path = setting("the folder; `.eml` files in folders below it are found as well")
