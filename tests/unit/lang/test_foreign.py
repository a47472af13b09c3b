"""Functions that plugins bring."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import pytest
from tests.language.desk import desk, scope, words

from postroom.lang.compile import compile_condition, compile_value
from postroom.source.diagnostic import RuleError

if TYPE_CHECKING:
    from postroom.hooks.contracts import Function


class Initials:
    name: ClassVar[str] = "initials"
    parameters: ClassVar[tuple[str, ...]] = ("text",)
    returns: ClassVar[str] = "text"
    help: ClassVar[str] = "the first letters"

    def __call__(self, *values: Any) -> Any:
        return "".join(word[0] for word in values[0].split())


class Breaks(Initials):
    name = "breaks"

    def __call__(self, *values: Any) -> Any:
        raise ValueError(values)


class Lies(Initials):
    name = "lies"
    parameters = ("integer", "list of text")
    returns = "integer?"

    def __call__(self, *values: Any) -> Any:
        return "five" if values[0] == 5 else len(values[1])


class Wrong(Initials):
    name = "wrong"
    returns = "colour"


BROUGHT: dict[str, type[Function]] = {f.name: f for f in (Initials, Breaks, Lies, Wrong)}
SCHEME = desk(functions=BROUGHT)


def _value(text: str) -> Any:
    return compile_value(words(text), SCHEME).of(scope({"subject": "big red bus", "size": 5}))


def test_a_plugin_brings_a_function() -> None:
    assert _value("${initials(subject)}") == "brb"
    assert compile_condition(words('initials(subject) == "BRB"'), SCHEME).holds(
        scope({"subject": "big red bus"})
    )


def test_a_function_that_breaks_gives_nothing() -> None:
    assert _value("${breaks(subject)}") == ""


def test_a_function_that_gives_another_type_than_it_says_gives_nothing() -> None:
    assert _value('${lies(size, ["a"])}') is None
    assert _value('${lies(1, ["a"])}') == 1


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ('initials(5) == "x"', "PR207"),
        ('initials() == "x"', "PR207"),
        ('initials(from.display_name) == "x"', "PR204"),
        ("lies(1, [1]) == 2", "PR207"),
        ('lies(1, ["a"]) == 2', "PR204"),
        ('wrong(subject) == "x"', "PR202"),
        ('initals(subject) == "x"', "PR202"),
    ],
)
def test_its_use_is_checked_like_that_of_our_own(text: str, code: str) -> None:
    with pytest.raises(RuleError, match=code):
        compile_condition(words(text), SCHEME)
