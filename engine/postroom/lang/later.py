"""Conditions, values and templates whose words were checked before: compiled when first asked.

Of many rules few are ever asked. Each function here makes one from what was kept of it.
"""

from __future__ import annotations

from functools import cache
from itertools import starmap
from typing import TYPE_CHECKING, Any, TypeAlias

from postroom.lang.compile import compile_condition, compile_template, compile_value
from postroom.lang.expression import Condition, Template, Value
from postroom.lang.needs import Fact, needs

if TYPE_CHECKING:
    from postroom.lang.expression import Encoding, Recipe
    from postroom.lang.scope import Scope
    from postroom.lang.types import Type
    from postroom.model.decision import Comparison
    from postroom.model.facts import Window
    from postroom.source.text import Span

Plain: TypeAlias = tuple[Any, ...]
"""What is kept, as plain data: what the function takes that makes it again."""


def kept_condition(condition: Condition) -> Plain:
    """Return what to keep of a condition."""
    found = needs(condition.term) if condition.term else None
    facts = tuple(map(tuple, found.need)) if found else ()
    return condition.span, condition.made_from[0], condition.reads, condition.windows, facts


def condition(
    span: Span,
    recipe: Recipe,
    reads: frozenset[str],
    windows: frozenset[Window],
    facts: tuple[Plain, ...],
) -> Condition:
    """Return a condition that was kept."""
    late = _Late(recipe)
    return Condition(
        span,
        late.holds,
        late.explain,
        reads,
        windows,
        words=recipe.words,
        made_from=(recipe,),
        facts=tuple(starmap(Fact, facts)),
    )


class _Late:
    """A condition that is compiled when it is first asked."""

    __slots__ = ("_made", "_recipe")

    def __init__(self, recipe: Recipe) -> None:
        self._recipe = recipe
        self._made: Condition | None = None

    def holds(self, scope: Scope) -> bool:
        """Return whether it holds."""
        return (self._made or self._compiled()).holds(scope)

    def explain(self, scope: Scope) -> tuple[Comparison, ...]:
        """Return the comparisons that decide it."""
        return (self._made or self._compiled()).explain(scope)

    def _compiled(self) -> Condition:
        self._made = compile_condition(self._recipe.words, self._recipe.scheme)
        return self._made


def kept_value(value: Value) -> Plain:
    """Return what to keep of a value."""
    made_from = value.made_from if value.constant is None else ()
    return value.span, value.type, value.constant, value.reads, value.windows, made_from


def value(
    span: Span,
    type_: Type,
    constant: Any,  # noqa: ANN401 - of the type
    reads: frozenset[str],
    windows: frozenset[Window],
    made_from: tuple[Recipe, ...],
) -> Value:
    """Return a value that was kept."""
    if constant is not None:
        return Value(span, type_, lambda _: constant, constant, reads, windows)

    @cache
    def made() -> tuple[Value, ...]:
        return tuple(compile_value(recipe.words, recipe.scheme) for recipe in made_from)

    def of(scope: Scope) -> Any:  # noqa: ANN401 - of the type
        found = tuple(each.of(scope) for each in made())
        return found if made_from[0].listed else found[0]

    return Value(span, type_, of, None, reads, windows, made_from)


def kept_template(template: Template) -> Plain:
    """Return what to keep of a template."""
    made_from = template.made_from[0]
    return template.span, template.encoding, made_from, template.reads, template.windows


def template(
    span: Span,
    encoding: Encoding,
    recipe: Recipe,
    reads: frozenset[str],
    windows: frozenset[Window],
) -> Template:
    """Return a template that was kept."""
    made = cache(lambda: compile_template(recipe.words, recipe.scheme, encoding))
    return Template(span, encoding, lambda scope: made().render(scope), reads, windows, (recipe,))
