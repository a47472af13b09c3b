"""What the engine says about something a person wrote or set up.

There is one type for all of it. Rule files, settings, plugins and servers differ only in the code
and in whether a place in a file can be shown.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import timedelta

    from postroom.source.text import Span

Severity = Literal["error", "warning"]


@dataclass(frozen=True)
class Diagnostic:
    """One finding: a stable code, one lower-case sentence, a place if there is one, one hint."""

    code: str
    message: str
    span: Span | None = None
    help: str | None = None
    severity: Severity = "error"
    related: tuple[tuple[str, Span], ...] = ()
    """Other places that belong to the finding, each with a few words: `first used here`."""
    notes: tuple[str, ...] = ()
    """What else there is to say, a line each: the mail that shows it."""
    about: tuple[str, ...] = ()
    """What it concerns, as a waiver names it: ids of rules, `tables.ticket.fields.due`."""

    @property
    def order(self) -> tuple[str, int, str]:
        """The key that sorts findings by place."""
        where = ("", 0) if self.span is None else (self.span.source.name, self.span.start)
        return (*where, self.code)


class RuleError(Exception):
    """Rule files cannot be used; carries every finding, sorted by place."""

    def __init__(self, diagnostics: Iterable[Diagnostic]) -> None:
        self.diagnostics = tuple(sorted(diagnostics, key=lambda d: d.order))
        super().__init__("; ".join(f"{d.code} {d.message}" for d in self.diagnostics))


class Problem(Exception):  # noqa: N818 - it is the word for it
    """Something outside the rule files went wrong: a server, a disk, a plugin, a secret."""

    def __init__(self, diagnostic: Diagnostic, after: timedelta | None = None) -> None:
        self.diagnostic = diagnostic
        self.after = after
        """How long the other side asks to be left alone; None if it does not say."""
        super().__init__(f"{diagnostic.code} {diagnostic.message}")
