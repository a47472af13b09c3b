"""From the words of a rule file to something that can be asked."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from postroom.lang.expression import Condition, Encoding, Template, Value
    from postroom.lang.scheme import Scheme
    from postroom.source.words import Words


def compile_condition(words: Words, scheme: Scheme) -> Condition:
    """Compile a `when:`. Raises RuleError with every finding."""
    raise NotImplementedError(words, scheme)


def compile_value(words: Words, scheme: Scheme) -> Value:
    """Compile a value: text, one `${ }` that keeps its type, or text with holes.

    Raises RuleError with every finding.
    """
    raise NotImplementedError(words, scheme)


def compile_template(words: Words, scheme: Scheme, encoding: Encoding) -> Template:
    """Compile a text with holes for where it lands. Raises RuleError with every finding."""
    raise NotImplementedError(words, scheme, encoding)
