"""From the words of a rule file to something that can be asked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from postroom.lang.check import check_condition, context_for
from postroom.lang.explain import explainer
from postroom.lang.expression import Condition, Recipe, Template, Value
from postroom.lang.generate import function
from postroom.lang.holes import Hole, pieces, renderer
from postroom.lang.parse import parse_condition
from postroom.lang.terms import Constant, Read, Term, every
from postroom.lang.types import TEXT
from postroom.source.diagnostic import RuleError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from postroom.lang.expression import Encoding
    from postroom.lang.scheme import Scheme
    from postroom.model.facts import Window
    from postroom.source.words import Words


def compile_condition(words: Words, scheme: Scheme) -> Condition:
    """Compile a `when:`. Raises RuleError with every finding."""
    context = context_for(words, scheme)
    term = check_condition(parse_condition(words), context)
    if term is None or context.findings:
        raise RuleError(context.findings)
    return Condition(
        words.span,
        function(term),
        explainer(term, words),
        *_asked([term]),
        tuple(context.warnings),
        term,
        words,
        (Recipe(words, scheme),),
    )


def compile_value(words: Words, scheme: Scheme) -> Value:
    """Compile a value: text, one `${ }` that keeps its type, or text with holes.

    Blanks around a single `${ }` do not count, so that it may stand in a block. Raises RuleError
    with every finding.
    """
    found = pieces(words, scheme, text=False)
    holes = [piece for piece in found if isinstance(piece, Hole)]
    made_from = (Recipe(words, scheme),)
    if not holes:
        text = "".join(piece for piece in found if isinstance(piece, str))
        return Value(words.span, TEXT, lambda _: text, constant=text, made_from=made_from)
    terms = [hole.term for hole in holes]
    reads, asked = _asked(terms)
    if len(holes) == 1 and not any(isinstance(p, str) and p.strip() for p in found):
        return Value(words.span, terms[0].type, function(terms[0]), None, reads, asked, made_from)
    return Value(words.span, TEXT, renderer(found, "plain"), None, reads, asked, made_from)


def compile_template(words: Words, scheme: Scheme, encoding: Encoding) -> Template:
    """Compile a text with holes for where it lands. Raises RuleError with every finding."""
    found = pieces(words, scheme, text=True)
    terms = [piece.term for piece in found if isinstance(piece, Hole)]
    made_from = (Recipe(words, scheme),)
    return Template(words.span, encoding, renderer(found, encoding), *_asked(terms), made_from)


def _asked(terms: Iterable[Term]) -> tuple[frozenset[str], frozenset[Window]]:
    """Return the paths of all that terms read, lists of the rule file among them; and the counts.

    Both are what must be known before a message can be decided.
    """
    paths, windows = set(), set()
    for root in terms:
        for term in every(root):
            if isinstance(term, Read):
                paths.add(term.path)
                windows.add(term.window)
            elif isinstance(term, Constant):
                paths.add(term.path)
    return frozenset(path for path in paths if path), frozenset(w for w in windows if w)
