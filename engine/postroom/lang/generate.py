"""From terms to Python functions.

A generator writes terms as Python expressions and collects the values that they name. It is made
for many terms: those of one rule set can end up in one function, which shares what they read.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from postroom.lang.operations import first_there
from postroom.lang.terms import (
    Apply,
    Compared,
    Constant,
    Current,
    Encoded,
    Folded,
    FoldedEach,
    Inline,
    Logic,
    Otherwise,
    PartOf,
    PartOfEach,
    Quantified,
    Read,
    Term,
)
from postroom.lang.text import utf8

if TYPE_CHECKING:
    from collections.abc import Callable

    from postroom.lang.scope import Scope

_INLINE: dict[Inline, str] = {
    "contains": "({1} in {0})",
    "starts_with": "{0}.startswith({1})",
    "ends_with": "{0}.endswith({1})",
}
"""How an operator is written in Python where it is not written the same way."""

_QUANTIFIED = {
    "any": "any({test} for i in {of})",
    "all": "all({test} for i in {of})",
    "none": "(not any({test} for i in {of}))",
    "count": "sum(1 for i in {of} if {test})",
}


def function(term: Term) -> Callable[[Scope], Any]:
    """Return what works a term out. It is generated when it is first called."""
    made: Callable[[Scope], Any] | None = None

    def call(scope: Scope) -> Any:  # noqa: ANN401 - of the term's type
        nonlocal made
        if made is None:
            made = _compiled(term)
        return made(scope)

    return call


def _compiled(term: Term) -> Callable[[Scope], Any]:
    generator = Generator()
    source = f"def work_out(s):\n    return {generator.expression(term)}\n"
    exec(compile(source, "<expression>", "exec"), generator.names)  # noqa: S102 - our own text
    made: Callable[[Scope], Any] = generator.names["work_out"]
    return made


class Generator:
    """Writes terms as Python expressions of `s`, the scope, and `i`, the item at hand."""

    def __init__(self) -> None:
        self.names: dict[str, Any] = {}
        """What the expressions name."""
        self._known: dict[object, str] = {}
        self._count = 0
        self._before: list[str] | None = None
        """In a test of a list: what is worked out once, before the items are gone through."""

    def expression(self, term: Term) -> str:
        """Return the Python expression that works a term out."""
        if self._before is not None and _costs(term) and not term.varies:
            return self._once(term)
        return self._written(term)

    def _once(self, term: Term) -> str:
        before, self._before = self._before or [], None
        name = self._fresh("h")
        before.append(f"({name} := {self._written(term)})")
        self._before = before
        return name

    def _written(self, term: Term) -> str:  # noqa: C901, PLR0911, PLR0912 - one line for each kind
        match term:
            case Constant(value=bool() | int() | str() as value):
                return repr(value)
            case Constant(value=value):
                return self._name("c", value, id(value))
            case Read(path=path, get=get):
                return f"{self._name('r', get, ('read', path))}(s)"
            case Current():
                return "i"
            case PartOf(of=of, get=get) | PartOfEach(of=of, get=get):
                return f"{self._name('p', get, get)}({self.expression(of)})"
            case Folded(of=Read(keep=True) as of, fold=fold):
                reader = kept_folded(of, fold)
                return f"{self._name('t', reader, ('fold', fold, of.path))}(s)"
            case Folded(of=of, fold=fold):
                return f"{self._name('f', fold, fold)}({self.expression(of)})"
            case FoldedEach(of=of, fold=fold):
                return f"frozenset(map({self._name('f', fold, fold)}, {self.expression(of)}))"
            case Encoded(of=Read(keep=True) as of):
                return f"{self._name('e', kept_encoded(of), ('encode', of.path))}(s)"
            case Encoded(of=of):
                return f"{self._name('f', utf8, utf8)}({self.expression(of)})"
            case Apply():
                return self._applied(term)
            case Compared(operator=operator, left=left, right=right):
                form = _INLINE.get(operator, f"({{0}} {operator} {{1}})")
                return form.format(self.expression(left), self.expression(right))
            case Logic(word="not", parts=(of,)):
                return f"(not {self.expression(of)})"
            case Logic(word=word, parts=parts):
                return f"({f' {word} '.join(map(self.expression, parts))})"
            case Quantified():
                return self._quantified(term)
            case Otherwise(parts=parts):
                return self._otherwise(parts)
            case _:
                raise TypeError(f"no such term: {term!r}")

    def _applied(self, term: Apply) -> str:
        function = lifted(term.function) if term.lifts else term.function
        name = self._name("f", function, (term.function, term.lifts))
        return f"{name}({', '.join(map(self.expression, term.arguments))})"

    def _quantified(self, term: Quantified) -> str:
        of = self.expression(term.of)
        outer, self._before = self._before, []
        test = self.expression(term.test)
        before, self._before = self._before, outer
        if ":=" in of:  # Python allows no such thing where a comprehension takes its items from
            name = self._fresh("h")
            before.append(f"({name} := {of})")
            of = name
        written = _QUANTIFIED[term.word].format(test=test, of=of)
        return f"({', '.join([*before, written])})[-1]" if before else written

    def _otherwise(self, parts: tuple[Term, ...]) -> str:
        values = list(map(self.expression, parts))
        if len(values) > 2:  # noqa: PLR2004 - Python nests no deeper than 200 brackets
            return f"{self._name('f', first_there, first_there)}({', '.join(values)})"
        name = self._fresh("v")
        return f"({name} if ({name} := {values[0]}) is not None else {values[1]})"

    def _fresh(self, letter: str) -> str:
        self._count += 1
        return f"{letter}{self._count}"

    def _name(self, letter: str, value: object, key: object) -> str:
        """Return the name of a value; the same one for the same key."""
        name = self._known.get(key)
        if name is None:
            name = self._known[key] = self._fresh(letter)
            self.names[name] = value
        return name


def kept_folded(read: Read, fold: Callable[[str], str]) -> Callable[[Scope], str]:
    """Return what reads a field folded, and folds it only once for a message."""
    get = read.get
    key = f"{read.path} {fold.__name__}"

    def folded(scope: Scope) -> str:
        known = scope.folded.get(key)
        if known is None:
            known = scope.folded[key] = fold(get(scope))
        return known

    return folded


def kept_encoded(read: Read) -> Callable[[Scope], bytes]:
    """Return what reads a field in UTF-8, and encodes it only once for a message."""
    get, path = read.get, read.path

    def encoded(scope: Scope) -> bytes:
        known = scope.encoded.get(path)
        if known is None:
            known = scope.encoded[path] = utf8(get(scope))
        return known

    return encoded


def lifted(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return the function that gives nothing where its first value is missing."""

    def call(first: Any, *rest: Any) -> Any:  # noqa: ANN401 - whatever the function takes
        return None if first is None else function(first, *rest)

    return call


def _costs(term: Term) -> bool:
    """Return whether working a term out takes longer than looking it up."""
    if isinstance(term, Constant | Read):
        return False
    if isinstance(term, Folded | Encoded):
        return not (isinstance(term.of, Read) and term.of.keep)
    return True
