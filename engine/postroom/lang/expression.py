"""What compiling gives: conditions, values and templates that can be asked."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Callable

    from postroom.lang.needs import Fact
    from postroom.lang.scheme import Scheme
    from postroom.lang.scope import Scope
    from postroom.lang.terms import Term
    from postroom.lang.types import Type
    from postroom.model.decision import Comparison
    from postroom.model.facts import Window
    from postroom.source.diagnostic import Diagnostic
    from postroom.source.text import Span
    from postroom.source.words import Words

Encoding = Literal["plain", "header", "html", "url", "json"]
"""Where the output of a template lands."""


@dataclass(frozen=True)
class Recipe:
    """What something was compiled from, for whoever keeps it and compiles it again."""

    words: Words
    scheme: Scheme
    listed: bool = False
    """Whether it is an item of a list that is written out."""


@dataclass(frozen=True)
class Condition:
    """A compiled `when:`."""

    span: Span
    holds: Callable[[Scope], bool] = field(repr=False)
    """Total: never raises, whatever the message holds."""
    explain: Callable[[Scope], tuple[Comparison, ...]] = field(repr=False)
    """The comparisons that decided it, in the author's words, with what they read."""
    reads: frozenset[str] = frozenset()
    """Paths of the fields it reads: `from.addr_spec`."""
    windows: frozenset[Window] = frozenset()
    """Counts that must be looked up before it can be asked."""
    warnings: tuple[Diagnostic, ...] = ()
    """What is allowed but hardly meant."""
    term: Term | None = field(default=None, repr=False, compare=False)
    """What it means, for those who compile or prove many conditions together."""
    words: Words | None = field(default=None, repr=False, compare=False)
    """Its words: where the nodes of its term stand in the file."""
    made_from: tuple[Recipe, ...] = field(default=(), repr=False, compare=False)
    facts: tuple[Fact, ...] | None = field(default=None, repr=False, compare=False)
    """What it needs (`lang.needs`), where that was kept instead of what it means."""


@dataclass(frozen=True)
class Value:
    """A compiled value: literal text, one `${ }` that keeps its type, or text with holes."""

    span: Span
    type: Type
    of: Callable[[Scope], Any] = field(repr=False)
    """Total. A field that is missing gives None."""
    constant: Any = None
    """The value itself where there is no `${ }`; None where there is."""
    reads: frozenset[str] = frozenset()
    windows: frozenset[Window] = frozenset()
    made_from: tuple[Recipe, ...] = field(default=(), repr=False, compare=False)
    """Of a list that is written out, one for each item."""


@dataclass(frozen=True)
class Template:
    """A compiled text with holes, encoded for where it lands."""

    span: Span
    encoding: Encoding
    render: Callable[[Scope], str] = field(repr=False)
    reads: frozenset[str] = frozenset()
    windows: frozenset[Window] = frozenset()
    made_from: tuple[Recipe, ...] = field(default=(), repr=False, compare=False)
