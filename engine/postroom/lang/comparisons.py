"""What may be compared with what, and what comes of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from postroom.lang import operations
from postroom.lang.nodes import Comparison, Emptiness
from postroom.lang.patterns import Pattern, like, pattern
from postroom.lang.terms import (
    Apply,
    Compared,
    Constant,
    Encoded,
    Folded,
    FoldedEach,
    Inline,
    Term,
)
from postroom.lang.text import FOLDS
from postroom.lang.types import BOOLEAN, TEXT, Form, Type
from postroom.source.near import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Callable

    from postroom.lang.context import Context

ORDERED = ("integer", "decimal", "date", "timestamp", "duration")
NUMBERS = ("integer", "decimal")


def check_comparison(node: Comparison, context: Context) -> Term | None:
    """Check `a operator b`."""
    sides = context.terms(node.left, node.right)
    if sides is None:
        return None
    left, right = sides
    match node.operator:
        case "==" | "!=":
            return _equal(node, left, right, context)
        case "<" | "<=" | ">" | ">=":
            return _ordered(node, left, right, context)
        case "in" | "not in":
            return _in(node, left, right, context)
        case "contains" | "starts_with" | "ends_with":
            return _within(node, left, right, context)
        case "contains_any" | "contains_all":
            return _within_list(node, left, right, context)
        case "like" | "matches":
            return _fits(node, left, right, context)


def check_emptiness(node: Emptiness, context: Context) -> Term | None:
    """Check `a is empty`."""
    of = context.term(node.of)
    if of is None:
        return None
    kind = "list" if of.type.kind == "list" else "text" if of.type.kind == "text" else "other"
    if kind == "other" and not of.type.optional:
        words = f"`{context.text(node.of)}` is {of.type.described()}, which is never empty"
        hint = f"write `{context.text(node.of)}.addr_spec`" if of.type.kind == "mailbox" else ""
        context.report(node, "PR203", words, hint)
        return None
    return Apply(node, BOOLEAN, "is empty", _EMPTINESS[kind, node.empty], (of,))


_EMPTINESS: dict[tuple[str, bool], Callable[..., bool]] = {
    ("text", True): operations.is_blank,
    ("text", False): operations.is_not_blank,
    ("list", True): operations.is_bare,
    ("list", False): operations.is_not_bare,
    ("other", True): operations.is_missing,
    ("other", False): operations.is_not_missing,
}


def present(term: Term, context: Context) -> bool:
    """Return whether a value is there for sure; report it if not."""
    if not term.type.optional:
        return True
    fallback = {
        "text": '""', "integer": "0", "decimal": "0", "boolean": "false",
        "date": "date(received_at)", "timestamp": "received_at",
    }.get(term.type.kind)  # fmt: skip
    words = context.text(term.node)
    hint = f"give a fallback: ({words} ?? {fallback})" if fallback else "ask: is not empty"
    context.report(term.node, "PR204", f"`{words}` may be missing", hint)
    return False


def single(term: Term, context: Context) -> bool:
    """Return whether a term is one plain value; report it if it is a mailbox, a file..."""
    kind, words = term.type.kind, context.text(term.node)
    if kind == "mailbox":
        hint = f"write `{words if words != '.' else ''}.addr_spec`"
        context.report(term.node, "PR206", f"`{words}` is a mailbox: a name and an address", hint)
        return False
    if kind in ("attachment", "file", "log_entry"):
        part = "text" if kind == "log_entry" else "filename"
        hint = f"write `{words if words != '.' else ''}.{part}`, or another part of it"
        context.report(term.node, "PR206", f"`{words}` has several parts", hint)
        return False
    return True


def _plain(terms: tuple[Term, ...], context: Context) -> bool:
    return all([single(term, context) and present(term, context) for term in terms])


def _equal(node: Comparison, left: Term, right: Term, context: Context) -> Term | None:
    if left.type.kind == right.type.kind == "record":
        return _same_record(node, left, right, context)
    if "list" in (left.type.kind, right.type.kind):
        _refuse_list(node, left, right, context)
        return None
    if not _plain((left, right), context):
        return None
    operator = cast("Inline", node.operator)
    if left.type.kind == right.type.kind == "text":
        if not (_possible(left, right, context) and _possible(right, left, context)):
            return None
        form = left.type.form or right.type.form
        return Compared(node, BOOLEAN, operator, _folded(left, form), _folded(right, form))
    numbers = left.type.kind in NUMBERS and right.type.kind in NUMBERS
    if left.type.kind != right.type.kind and not numbers:
        _refuse_types(node, left, right, context)
        return None
    return Compared(node, BOOLEAN, operator, left, right)


def _same_record(node: Comparison, left: Term, right: Term, context: Context) -> Term | None:
    if left.type.table != right.type.table:
        words = f"a {left.type.table} is never a {right.type.table}"
        context.report(node, "PR203", words)
        return None
    same = node.operator == "=="
    function = operations.same_record if same else operations.other_record
    return Apply(node, BOOLEAN, node.operator, function, (left, right))


def _ordered(node: Comparison, left: Term, right: Term, context: Context) -> Term | None:
    if not _plain((left, right), context):
        return None
    if left.type.kind == right.type.kind == "text":
        words = "texts have no order"
        hint = "write `==`, `contains` or `starts_with`; length(text) gives a number"
        context.report(node, "PR203", words, hint)
        return None
    numbers = left.type.kind in NUMBERS and right.type.kind in NUMBERS
    same = left.type.kind == right.type.kind and left.type.kind in ORDERED
    if not numbers and not same:
        _refuse_types(node, left, right, context)
        return None
    return Compared(node, BOOLEAN, cast("Inline", node.operator), left, right)


def _in(node: Comparison, left: Term, right: Term, context: Context) -> Term | None:
    if right.type.kind != "list" or right.type.of is None:
        words = f"`{node.operator}` needs a list behind it, and this is {right.type.described()}"
        needle, hay = context.text(node.left), context.text(node.right)
        hint = f"write: {hay} contains {needle}" if right.type.kind == "text" else ""
        context.report(node.right, "PR203", words, hint)
        return None
    if not _plain((left,), context):
        return None
    item = right.type.of
    if item.kind in ("mailbox", "attachment", "file", "log_entry"):
        part = {"mailbox": "addr_spec", "log_entry": "text"}.get(item.kind, "filename")
        words = f"`{context.text(node.right)}` is a list of {item.kind}"
        hint = f"write: {context.text(node.left)} {node.operator} {context.text(node.right)}.{part}"
        context.report(node.right, "PR206", words, hint)
        return None
    numbers = left.type.kind in NUMBERS and item.kind in NUMBERS
    if left.type.kind != item.kind and not numbers:
        words = f"{left.type.described()} is never in a {right.type}"
        context.report(node, "PR203", words, _quotes_hint(left.type, item))
        return None
    operator = cast("Inline", node.operator)
    if item.kind != "text":
        return Compared(node, BOOLEAN, operator, left, right)
    if not _possible(left, right, context) or not _possible_item(right, left, context):
        return None
    form = left.type.form or item.form
    return Compared(node, BOOLEAN, operator, _folded(left, form), _folded_each(right, form))


def _within(node: Comparison, left: Term, right: Term, context: Context) -> Term | None:
    if left.type.kind == "list":
        words = f"`{node.operator}` looks inside a text, and this is a {left.type}"
        hint = f"write: {context.text(node.right)} in {context.text(node.left)}"
        context.report(node.left, "PR203", words, hint)
        return None
    if right.type.kind == "list":
        hint = "write `contains_any`" if node.operator == "contains" else ""
        words = f"`{node.operator}` takes one text, and this is a {right.type}"
        context.report(node.right, "PR203", words, hint)
        return None
    if not _texts(node, left, right, context):
        return None
    if isinstance(right, Constant) and not right.value:
        context.report(node.right, "PR219", "every text contains an empty one", "write a text")
        return None
    if node.operator == "contains" and not left.varies and right.varies:
        words = f"`{context.text(node.left)}` would be searched once for each item"
        hint = "look for something fixed, or in the item itself"
        context.report(node, "PR216", words, hint)
        return None
    _warn_of_suffix(node, left, right, context)
    form = left.type.form
    operator = cast("Inline", node.operator)
    return Compared(node, BOOLEAN, operator, _folded(left, form), _folded(right, form))


def _within_list(node: Comparison, left: Term, right: Term, context: Context) -> Term | None:
    if left.type.kind == "list":
        words = f"`{node.operator}` looks inside a text, and this is a {left.type}"
        name, wanted = context.text(node.left), context.text(node.right)
        word = "any" if node.operator == "contains_any" else "all"
        hint = f"write: any({name}, . in {wanted})" if word == "any" else "ask for each with `in`"
        context.report(node.left, "PR203", words, hint)
        return None
    if right.type.kind != "list" or right.type.of is None or right.type.of.kind != "text":
        words = f"`{node.operator}` takes a list of texts, and this is {right.type.described()}"
        one = context.text(node.right)
        hint = f"write `contains`, or [{one}]" if right.type.kind == "text" else ""
        context.report(node.right, "PR203", words, hint)
        return None
    if not isinstance(right, Constant):
        words = f"`{node.operator}` takes a list from the rule file"
        hint = 'write ["a", "b"], or put it under `lists:` and write lists.name'
        context.report(node.right, "PR209", words, hint)
        return None
    if not _texts(node, left, None, context):
        return None
    fold = FOLDS[left.type.form]
    wanted_texts = tuple(dict.fromkeys(map(fold, right.value)))
    if "" in wanted_texts:
        words = "a text of this list is empty, and every text contains that"
        context.report(node.right, "PR219", words, "take it out of the list")
        return None
    constant = Constant(right.node, right.type, wanted_texts, right.path)
    function = getattr(operations, node.operator)
    text = _folded(left, left.type.form)
    return Apply(node, BOOLEAN, node.operator, function, (text, constant))


def _fits(node: Comparison, left: Term, right: Term, context: Context) -> Term | None:
    if left.type.kind == "list":
        words = f"`{node.operator}` takes a text, and this is a {left.type}"
        hint = f"write: any({context.text(node.left)}, . {node.operator} ...)"
        context.report(node.left, "PR203", words, hint)
        return None
    if not isinstance(right, Constant) or not isinstance(right.value, str):
        words = "a pattern must be written out, so that it can be checked now"
        hint = 'write: matches r"..."' if node.operator == "matches" else 'write: like "*text*"'
        context.report(node.right, "PR209", words, hint)
        return None
    if not _texts(node, left, None, context):
        return None
    form = left.type.form
    if node.operator == "like":
        text = _folded(left, form)
        found: Pattern = like(right.value, form)
    else:
        made = pattern(right.value)
        if not isinstance(made, Pattern):
            context.report(node.right, "PR208", made.message, made.hint or "")
            return None
        text, found = left, made
    encoded = Encoded(node.left, TEXT, text)
    return Apply(node, BOOLEAN, node.operator, found.found_in, (encoded,))


def _texts(node: Comparison, left: Term, right: Term | None, context: Context) -> bool:
    sides = (left,) if right is None else (left, right)
    if not _plain(sides, context):
        return False
    for term in sides:
        if term.type.kind != "text":
            words = f"`{node.operator}` takes texts, and this is {term.type.described()}"
            hint = _quotes_hint(term.type, TEXT) if isinstance(term, Constant) else ""
            context.report(term.node, "PR203", words, hint)
            return False
    return True


def _folded(term: Term, form: Form) -> Term:
    fold = FOLDS[form]
    if isinstance(term, Constant):
        return Constant(term.node, term.type, fold(term.value))
    return Folded(term.node, term.type, term, fold)


def _folded_each(term: Term, form: Form) -> Term:
    fold = FOLDS[form]
    if isinstance(term, Constant):
        return Constant(term.node, term.type, frozenset(map(fold, term.value)), term.path)
    return FoldedEach(term.node, term.type, term, fold)


def _possible(term: Term, other: Term, context: Context) -> bool:
    """Report a written value that a field with known values can never have."""
    if not term.type.values or not isinstance(other, Constant):
        return True
    wanted = (other.value,) if isinstance(other.value, str) else other.value
    allowed = {FOLDS[""](value) for value in term.type.values}
    for value in wanted:
        if FOLDS[""](value) not in allowed:
            words = f'`{context.text(term.node)}` is never "{value}"'
            hint = did_you_mean(value, term.type.values) or (
                f"it is one of: {', '.join(term.type.values)}"
            )
            context.report(other.node, "PR211", words, hint)
            return False
    return True


def _possible_item(items: Term, value: Term, context: Context) -> bool:
    """Report a written value that an item of a list with known values can never be."""
    if items.type.of is None or not items.type.of.values or not isinstance(value, Constant):
        return True
    each = Constant(items.node, items.type.of, None)
    return _possible(each, value, context)


def _warn_of_suffix(node: Comparison, left: Term, right: Term, context: Context) -> None:
    """`ends_with "example.com"` takes evilexample.com as well."""
    if node.operator != "ends_with" or not left.type.form or not isinstance(right, Constant):
        return
    if right.value[:1] in (".", "@"):
        return
    domain = f"{context.text(node.left).removesuffix('.addr_spec')}"
    domain = domain if left.type.form == "domain" else f"{domain}.domain"
    words = f'`ends_with "{right.value}"` takes evil{right.value} as well'
    context.warn(node, "PR221", words, f'write: in_domain({domain}, "{right.value}")')


def _refuse_list(node: Comparison, left: Term, right: Term, context: Context) -> None:
    many, one = (left, right) if left.type.kind == "list" else (right, left)
    word = "in" if node.operator == "==" else "not in"
    name = context.text(many.node)
    if many.type.of is not None and many.type.of.kind == "mailbox":
        name = f"{name}.addr_spec"
    words = f"`{context.text(many.node)}` is a {many.type}, not one value"
    hint = "" if one.type.kind == "list" else f"write: {context.text(one.node)} {word} {name}"
    if not hint and isinstance(one, Constant) and not one.value:
        hint = f"write: {name} is {'not ' if node.operator == '!=' else ''}empty"
    context.report(node, "PR203", words, hint)


def _refuse_types(node: Comparison, left: Term, right: Term, context: Context) -> None:
    words = f"{left.type.described()} cannot be compared with {right.type.described()}"
    kinds = {left.type.kind, right.type.kind}
    hint = _quotes_hint(left.type, right.type)
    if kinds == {"date", "timestamp"}:
        moment = left if left.type.kind == "timestamp" else right
        hint = f"write: date({context.text(moment.node)})"
    elif kinds == {"date", "text"} or kinds == {"timestamp", "text"}:
        hint = 'a date is written date("2026-01-31")'
    elif kinds == {"duration", "integer"}:
        hint = "a time span has a unit: 30s, 5m, 1h, 2d, 1w"
    context.report(node, "PR203", words, hint)


def _quotes_hint(one: Type, other: Type) -> str:
    kinds = {one.kind, other.kind}
    if "text" in kinds and kinds & {"integer", "decimal", "boolean"}:
        return "a text stands in quotes, a number, `true` and `false` do not"
    return ""
