"""Functions, tests of lists, and the filters of a hole."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, cast

from postroom.lang.demands import present, single
from postroom.lang.foreign import signature
from postroom.lang.functions import FILTERS, FUNCTIONS, QUANTIFIERS, Refusal, Signature
from postroom.lang.nodes import Call, Filtered
from postroom.lang.terms import Apply, Constant, Otherwise, Quantified, Read, Term
from postroom.lang.types import BOOLEAN, INTEGER, Type, optional
from postroom.model.facts import Window
from postroom.source.near import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Sequence

    from postroom.lang.context import Context
    from postroom.lang.nodes import Filter, Node


def check_call(node: Call, context: Context) -> Term | None:
    """Check `name(a, b)`."""
    if node.name in QUANTIFIERS:
        return _quantified(node, context)
    signatures = FUNCTIONS.get(node.name) or _foreign(node.name, context)
    if not signatures:
        _refuse_name(node, context)
        return None
    arguments = context.terms(*node.arguments)
    if arguments is None:
        return None
    found = _matching(signatures, arguments)
    if found is None:
        _refuse_arguments(node, signatures, arguments, context)
        return None
    kept = [term.type.kind == "list" or present(term, context) for term in arguments]
    if not all(kept):
        return None
    return _apply(node, found, arguments, context, lifts=False)


def check_filtered(node: Filtered, context: Context) -> Term | None:
    """Check `a | upper | limit(80) ?? b`. What is missing passes through every filter."""
    term = context.term(node.of)
    for each in node.filters:
        if term is None:
            return None
        term = _filter(each, term, context)
    if term is None or node.otherwise is None:
        return term
    otherwise = context.term(node.otherwise)
    if otherwise is None:
        return None
    if not term.type.optional:
        words = "this is never missing, so the fallback is never used"
        context.report(node.otherwise, "PR205", words, "take `??` and what follows away")
        return None
    if otherwise.type.kind != term.type.kind:
        words = f"the fallback is {otherwise.type.described()}, and the filters give text"
        context.report(node.otherwise, "PR203", words)
        return None
    return Otherwise(node, otherwise.type, (term, otherwise))


def _filter(node: Filter, of: Term, context: Context) -> Term | None:
    signatures = FILTERS.get(node.name)
    if signatures is None:
        hint = did_you_mean(node.name, FILTERS) or f"there are: {', '.join(FILTERS)}"
        context.report(node, "PR202", f"unknown filter `{node.name}`", hint)
        return None
    arguments = context.terms(*node.arguments)
    if arguments is None or not single(of, context):
        return None
    found = _matching(signatures, (of, *arguments))
    if found is None:
        _refuse_arguments(node, signatures, (of, *arguments), context)
        return None
    return _apply(node, found, (of, *arguments), context, lifts=of.type.optional)


def _quantified(node: Call, context: Context) -> Term | None:
    word = cast('Literal["any", "all", "none", "count"]', node.name)
    if context.item is not None:
        words = f"`{word}` stands inside the test of another list"
        context.report(node, "PR111", words, "cut the condition into several rules")
        return None
    if len(node.arguments) != 2:  # noqa: PLR2004 - a list and a test
        words = f"`{word}` takes a list and a test"
        hint = f"write: {word}(attachments, .size > 25MB)"
        if word == "count" and len(node.arguments) == 1:
            hint = f"write: length({context.text(node.arguments[0])})"
        context.report(node, "PR207", words, hint)
        return None
    of = context.term(node.arguments[0])
    if of is None:
        return None
    if of.type.kind != "list" or of.type.of is None:
        words = (
            f"`{word}` goes through a list, and `{context.text(of.node)}` is {of.type.described()}"
        )
        context.report(of.node, "PR207", words, "")
        return None
    test = context.of_item(of.type.of).term(node.arguments[1])
    if test is None or not is_yes_or_no(test, context):
        return None
    return Quantified(node, INTEGER if word == "count" else BOOLEAN, word, of, test)


def is_yes_or_no(term: Term, context: Context) -> bool:
    """Return whether a term is a condition; report it if not."""
    if not present(term, context):
        return False
    if term.type.kind == "boolean":
        return True
    words = context.text(term.node)
    hint = {
        "text": f'write: {words} == "text", or {words} is not empty',
        "list": f"write: {words} is not empty",
        "integer": f"write: {words} > 0",
        "mailbox": f"write: {words}.addr_spec is not empty",
    }.get(term.type.kind, "")
    context.report(term.node, "PR212", f"`{words}` is {term.type.described()}, not yes or no", hint)
    return False


def _foreign(name: str, context: Context) -> tuple[Signature, ...]:
    function = context.scheme.functions.get(name)
    found = signature(function) if function is not None else None
    return (found,) if found is not None else ()


def _matching(signatures: Sequence[Signature], given: Sequence[Term]) -> Signature | None:
    """Return the signature that the values fit; missing ones are looked at later."""
    for each in signatures:
        if len(each.parameters) == len(given) and all(
            _fits(term, parameter.type, written=parameter.written)
            for term, parameter in zip(given, each.parameters, strict=True)
        ):
            return each
    return None


def _fits(term: Term, wanted: Type, *, written: bool) -> bool:
    if written and not isinstance(term, Constant):
        return False
    if wanted.kind == "decimal" and term.type.kind == "integer":
        return True
    if term.type.kind != wanted.kind:
        return False
    return wanted.of is None or (term.type.of is not None and term.type.of.kind == wanted.of.kind)


def _apply(
    node: Call | Filter, found: Signature, given: Sequence[Term], context: Context, *, lifts: bool
) -> Term | None:
    pairs = tuple(zip(given, found.parameters, strict=True))
    written = tuple(term for term, p in pairs if p.written and isinstance(term, Constant))
    try:
        function = found.prepare(*(term.value for term in written))
    except Refusal as refusal:
        where = given[refusal.index].node
        context.report(where, refusal.code, refusal.message, refusal.hint or "")
        return None
    type_ = found.returns([term.type.required for term in given])
    if found.of_scope:
        window = Window(found.counts, written[0].value) if found.counts else None
        return Read(node, type_, context.text(node), function, keep=True, window=window)
    rest = tuple(term for term, parameter in pairs if not parameter.written)
    if not rest:
        return Constant(node, type_, function())
    type_ = optional(type_) if lifts else type_
    return Apply(node, type_, node.name, function, rest, lifts, written)


def _refuse_name(node: Call, context: Context) -> None:
    words = f"unknown function `{node.name}`"
    known = {*FUNCTIONS, *QUANTIFIERS, *context.scheme.functions}
    if node.name in context.scheme.functions:
        words = f"the function `{node.name}` is declared with a type that there is not"
        hint = "tell the author of its plugin"
    elif node.name in context.scheme.fields:
        words, hint = f"`{node.name}` is a field, not a function", f"write: {node.name}"
    elif node.name in FILTERS:
        hint = f"it is a filter: ${{subject | {node.name}}}"
    else:
        hint = did_you_mean(node.name, known) or f"there are: {', '.join(sorted(known))}"
    end = node.start + len(node.name)
    context.report((node.start, end), "PR202", words, hint)


def _refuse_arguments(
    node: Call | Filter, signatures: Sequence[Signature], given: Sequence[Term], context: Context
) -> None:
    """Say which value does not fit, by the signature that comes nearest."""
    counted = [each for each in signatures if len(each.parameters) == len(given)]
    piped = 1 if node.name in FILTERS and not isinstance(node, Call) else 0
    if not counted:
        takes = " or ".join(dict.fromkeys(_count(len(s.parameters) - piped) for s in signatures))
        words = f"`{node.name}` takes {takes}, and gets {len(given) - piped or 'none'}"
        context.report(node, "PR207", words, f"write: {signatures[0]}" if not piped else "")
        return
    for term, parameter in zip(given, counted[0].parameters, strict=True):
        if not _fits(term, parameter.type, written=False):
            if single(term, context):
                types = " or ".join(dict.fromkeys(_type_at(s, given, term) for s in counted))
                words = f"`{node.name}` takes {types} here, and this is {term.type.described()}"
                context.report(term.node, "PR207", words)
            return
        if parameter.written and not isinstance(term, Constant):
            words = f"`{node.name}` takes only a value that is written out here"
            context.report(term.node, "PR209", words, "fields can change from mail to mail")
            return


def _type_at(found: Signature, given: Sequence[Term], term: Term) -> str:
    type_ = found.parameters[list(given).index(term)].type
    return type_.described()


def _count(number: int) -> str:
    return {0: "no value", 1: "one value", 2: "two values"}.get(number, f"{number} values")


def written_out(node: Node, context: Context) -> Constant | None:
    """Return a node that must be a literal, as one; None if it is not, which is reported."""
    term = context.term(node)
    if term is None or isinstance(term, Constant):
        return term
    context.report(node, "PR209", "a list holds written values only", "compare the field itself")
    return None
