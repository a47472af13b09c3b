"""What operators and functions demand of the values that they are given."""

from __future__ import annotations

from typing import TYPE_CHECKING

from postroom.lang.terms import Constant, Folded, FoldedEach, Term
from postroom.lang.text import FOLDS, fold
from postroom.source.near import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterable

    from postroom.lang.context import Context
    from postroom.lang.types import Form, Type

NUMBERS = ("integer", "decimal")

PARTS_TO_TAKE = {
    "mailbox": "addr_spec",
    "attachment": "filename",
    "file": "filename",
    "log_entry": "text",
}
"""What is meant as a rule, where something with several parts stands for one value."""

FALLBACKS = {
    "text": '""',
    "integer": "0",
    "decimal": "0",
    "boolean": "false",
    "date": "date(received_at)",
    "timestamp": "received_at",
}
"""What can stand in for a missing value, by its kind."""


def present(term: Term, context: Context) -> bool:
    """Return whether a value is there for sure; report it if not."""
    if not term.type.optional:
        return True
    fallback = FALLBACKS.get(term.type.kind)
    words = context.text(term.node)
    hint = f"give a fallback: ({words} ?? {fallback})" if fallback else "ask: is not empty"
    context.report(term.node, "PR204", f"`{words}` may be missing", hint)
    return False


def single(term: Term, context: Context) -> bool:
    """Return whether a term is one plain value; report it if it is a mailbox, a file..."""
    part = PARTS_TO_TAKE.get(term.type.kind)
    if part is None:
        return True
    words = context.text(term.node)
    path = f"{'' if words == '.' else words}.{part}"
    if term.type.kind == "mailbox":
        message, hint = f"`{words}` is a mailbox: a name and an address", f"write `{path}`"
    else:
        message, hint = f"`{words}` has several parts", f"write `{path}`, or another part of it"
    context.report(term.node, "PR206", message, hint)
    return False


def plain(terms: Iterable[Term], context: Context) -> bool:
    """Return whether all are single values that are there; report each that is not."""
    kept = [single(term, context) and present(term, context) for term in terms]
    return all(kept)


def texts(operator: str, terms: Iterable[Term], context: Context) -> bool:
    """Return whether all are texts that are there; report the first that is not."""
    for term in terms:
        if not plain((term,), context):
            return False
        if term.type.kind != "text":
            words = f"`{operator}` takes texts, and this is {term.type.described()}"
            hint = about_quotes(term.type.kind, "text") if isinstance(term, Constant) else ""
            context.report(term.node, "PR203", words, hint)
            return False
    return True


def possible(values: Type, field: Term, wanted: Term, context: Context) -> bool:
    """Return whether a field can have what is written; report the first value it never has."""
    if not values.values or not isinstance(wanted, Constant):
        return True
    known = {fold(value) for value in values.values}
    for value in (wanted.value,) if isinstance(wanted.value, str) else wanted.value:
        if fold(value) not in known:
            words = f'`{context.text(field.node)}` is never "{value}"'
            listed = ", ".join(values.values)
            hint = did_you_mean(value, values.values) or f"it is one of: {listed}"
            context.report(wanted.node, "PR211", words, hint)
            return False
    return True


def comparable(one: Type, other: Type) -> bool:
    """Return whether two types are of one kind, or both numbers."""
    return one.kind == other.kind or (one.kind in NUMBERS and other.kind in NUMBERS)


def about_quotes(one: str, other: str) -> str:
    """Return the hint for a text beside something else that is written without quotes."""
    if "text" in (one, other) and {one, other} & {"integer", "decimal", "boolean"}:
        return "a text stands in quotes, a number, `true` and `false` do not"
    return ""


def folded(term: Term, form: Form) -> Term:
    """Return a text as it is compared; one that is written out is folded now."""
    if isinstance(term, Constant):
        return Constant(term.node, term.type, FOLDS[form](term.value))
    return Folded(term.node, term.type, term, FOLDS[form])


def folded_each(term: Term, form: Form) -> Term:
    """Return the texts of a list as they are compared, as a set."""
    if isinstance(term, Constant):
        values = frozenset(map(FOLDS[form], term.value))
        return Constant(term.node, term.type, values, term.path)
    return FoldedEach(term.node, term.type, term, FOLDS[form])
