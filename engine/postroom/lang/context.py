"""What the checker carries along while it goes through an expression."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from postroom.source.diagnostic import Diagnostic

if TYPE_CHECKING:
    from collections.abc import Callable

    from postroom.lang.nodes import Node
    from postroom.lang.scheme import Scheme
    from postroom.lang.terms import Term
    from postroom.lang.types import Type
    from postroom.source.words import Words


@dataclass(frozen=True)
class Context:
    """The words, what they may name, and what was found so far."""

    words: Words
    scheme: Scheme
    check: Callable[[Node, Context], Term | None] = field(repr=False)
    findings: list[Diagnostic] = field(default_factory=list)
    warnings: list[Diagnostic] = field(default_factory=list)
    item: Type | None = None
    """What `.name` is read from; None outside a test of a list."""

    def term(self, node: Node) -> Term | None:
        """Check a node; None if it is wrong, which is reported then."""
        return self.check(node, self)

    def terms(self, *nodes: Node) -> tuple[Term, ...] | None:
        """Check several nodes, all of them even if one is wrong."""
        found = [self.term(node) for node in nodes]
        right = tuple(term for term in found if term is not None)
        return right if len(right) == len(found) else None

    def of_item(self, item: Type) -> Context:
        """Return the context of a test of a list; what is found in it is found here as well."""
        return replace(self, item=item)

    def text(self, node: Node) -> str:
        """Return a node in the author's words, on one line."""
        return " ".join(self.words.value[node.start : node.end].split())

    def report(
        self, where: Node | tuple[int, int], code: str, message: str, hint: str = ""
    ) -> None:
        """Note an error at a node, or between two offsets."""
        self.findings.append(self._finding(where, code, message, hint))

    def warn(self, where: Node, code: str, message: str, hint: str = "") -> None:
        """Note something that is allowed but hardly meant."""
        self.warnings.append(replace(self._finding(where, code, message, hint), severity="warning"))

    def _finding(
        self, where: Node | tuple[int, int], code: str, message: str, hint: str
    ) -> Diagnostic:
        start, end = where if isinstance(where, tuple) else (where.start, where.end)
        return Diagnostic(code, message, self.words.span_of(start, end), hint or None)
