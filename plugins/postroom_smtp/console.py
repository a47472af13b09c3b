"""Show what would be sent, for trying rules out."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, ClassVar

from postroom.hooks.letters.text import body, one_line
from postroom_smtp.settings import ConsoleSettings

if TYPE_CHECKING:
    from postroom.hooks.contracts import Letter


class ConsoleNotifier:
    """Writes letters to standard error, for people to read.

    Standard output belongs to the answer of a command, which a machine may be reading.
    """

    name: ClassVar[str] = "console"
    settings: ClassVar[type] = ConsoleSettings

    def __init__(self, settings: ConsoleSettings) -> None:
        self._settings = settings

    def send(self, letter: Letter) -> bytes:
        """Show a letter and return it as it would go out."""
        from postroom.hooks.letters.compose import compose

        raw, notice = compose(letter), letter.notice
        lines = [
            f"--- {notice.kind} of {letter.account} ({notice.rule})",
            f"To: {', '.join(map(one_line, notice.to))}",
            f"Subject: {one_line(notice.subject)}",
            "",
            body(notice.text or notice.html).rstrip("\n"),
            "---",
        ]
        sys.stderr.write("\n".join(lines) + "\n")
        sys.stderr.flush()
        return raw

    def close(self) -> None:
        """Do nothing: standard error is not ours."""
