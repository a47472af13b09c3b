"""What checking a rule set brings to light, gathered while it goes on."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from postroom.source.diagnostic import Diagnostic
from postroom.source.hiding import hidden, shown_in, without_secrets

if TYPE_CHECKING:
    from collections.abc import Iterable

    from postroom.source.document import Document
    from postroom.source.text import Source, Span

Related: TypeAlias = "tuple[tuple[str, Span], ...]"


class Findings:
    """Every finding so far. Checking goes on after each, so that the author sees all at once."""

    def __init__(self) -> None:
        self._found: list[Diagnostic] = []
        self._secrets: dict[Source, list[tuple[int, int]]] = {}
        self._unread: set[str] = set()

    def error(
        self, code: str, message: str, span: Span, hint: str | None = None, related: Related = ()
    ) -> None:
        """Note what keeps the rules from being used."""
        self._found.append(Diagnostic(code, message, span, hint, related=related))

    def warn(
        self, code: str, message: str, span: Span, hint: str | None = None, related: Related = ()
    ) -> None:
        """Note what is allowed but hardly meant."""
        self._found.append(Diagnostic(code, message, span, hint, "warning", related))

    def take(self, found: Iterable[Diagnostic]) -> None:
        """Add findings that somebody else made."""
        self._found.extend(found)

    def read(self, document: Document) -> None:
        """Take what is wrong with a file itself; some of it may never be looked at again."""
        self.take(document.findings)
        if document.findings:
            self._unread.add(document.source.name)

    def hide(self, span: Span) -> None:
        """Keep a stretch, which may be a secret, out of every excerpt."""
        self._secrets.setdefault(span.source, []).append((span.start, span.end))

    def forget_relations(self) -> None:
        """Drop findings about names: what they miss may stand in a file that cannot be read."""
        self._found = [f for f in self._found if f.code[:3] not in ("PR2", "PR3")]

    @property
    def failed(self) -> bool:
        """Whether there is an error among them."""
        return any(f.severity == "error" for f in self._found)

    @property
    def errors(self) -> tuple[Diagnostic, ...]:
        """Errors and warnings alike if there is an error; nothing if there is none."""
        return self._shown() if self.failed else ()

    @property
    def warnings(self) -> tuple[Diagnostic, ...]:
        """Warnings, sorted by place, each once."""
        return tuple(f for f in self._shown() if f.severity == "warning")

    def _shown(self) -> tuple[Diagnostic, ...]:
        once: dict[tuple[str, str, Span | None], Diagnostic] = {}
        for each in self._found:
            once.setdefault((each.code, each.message, each.span), each)
        found = sorted(once.values(), key=lambda f: f.order)
        for source, stretches in self._secrets.items():
            shown = without_secrets(source) if source.name in self._unread else source
            copy = hidden(shown, stretches)
            found = [shown_in(f, copy) for f in found]
        return tuple(found)
