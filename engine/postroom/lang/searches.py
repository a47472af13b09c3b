"""`contains`, `like`, `matches` and their like: what looks inside a text."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from postroom.lang import operations
from postroom.lang.demands import folded, texts
from postroom.lang.patterns import Pattern, like, pattern
from postroom.lang.terms import Apply, Compared, Constant, Encoded, Inline, Term
from postroom.lang.text import FOLDS
from postroom.lang.types import BOOLEAN, TEXT

if TYPE_CHECKING:
    from postroom.lang.context import Context
    from postroom.lang.nodes import Comparison


def contains(node: Comparison, left: Term, right: Term, context: Context) -> Term | None:
    """Check `contains`, `starts_with` and `ends_with`."""
    hint = f"write: {context.text(node.right)} in {context.text(node.left)}"
    if _refuse_list(node, left, hint, context):
        return None
    if right.type.kind == "list":
        words = f"`{node.operator}` takes one text, and this is {right.type.described()}"
        hint = "write `contains_any`" if node.operator == "contains" else ""
        context.report(node.right, "PR203", words, hint)
        return None
    if not texts(node.operator, (left, right), context):
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
    return Compared(node, BOOLEAN, operator, folded(left, form), folded(right, form))


def contains_some(node: Comparison, left: Term, right: Term, context: Context) -> Term | None:
    """Check `contains_any` and `contains_all`."""
    name, wanted = context.text(node.left), context.text(node.right)
    hint = "ask for each with `in`"
    if node.operator == "contains_any":
        hint = f"write: any({name}, . in {wanted})"
    if _refuse_list(node, left, hint, context) or not _listed(node, right, context):
        return None
    if not texts(node.operator, (left,), context):
        return None
    constant = cast("Constant", right)
    form = left.type.form
    needles = tuple(dict.fromkeys(map(FOLDS[form], constant.value)))
    if "" in needles:
        words = "a text of this list is empty, and every text contains that"
        context.report(node.right, "PR219", words, "take it out of the list")
        return None
    function = getattr(operations, node.operator)
    arguments = (folded(left, form), Constant(node.right, right.type, needles, constant.path))
    return Apply(node, BOOLEAN, node.operator, function, arguments)


def fits(node: Comparison, left: Term, right: Term, context: Context) -> Term | None:
    """Check `like` and `matches`."""
    hint = f"write: any({context.text(node.left)}, . {node.operator} ...)"
    if _refuse_list(node, left, hint, context):
        return None
    if not isinstance(right, Constant) or not isinstance(right.value, str):
        words = "a pattern must be written out, so that it can be checked now"
        hint = 'write: matches r"..."' if node.operator == "matches" else 'write: like "*text*"'
        context.report(node.right, "PR209", words, hint)
        return None
    if not texts(node.operator, (left,), context):
        return None
    form = left.type.form
    text, found = (
        (folded(left, form), like(right.value, form))
        if node.operator == "like"
        else (left, pattern(right.value))
    )
    if not isinstance(found, Pattern):
        context.report(node.right, "PR208", found.message, found.hint or "")
        return None
    return Apply(node, BOOLEAN, node.operator, found.found_in, (Encoded(node.left, TEXT, text),))


def _refuse_list(node: Comparison, left: Term, hint: str, context: Context) -> bool:
    if left.type.kind != "list":
        return False
    words = f"`{node.operator}` looks inside a text, and this is {left.type.described()}"
    context.report(node.left, "PR203", words, hint)
    return True


def _listed(node: Comparison, right: Term, context: Context) -> bool:
    """Return whether a list of texts is given that stands in the rule file; report it if not."""
    if right.type.kind != "list" or right.type.of is None or right.type.of.kind != "text":
        words = f"`{node.operator}` takes a list of texts, and this is {right.type.described()}"
        one = context.text(node.right)
        hint = f"write `contains`, or [{one}]" if right.type.kind == "text" else ""
        context.report(node.right, "PR203", words, hint)
        return False
    if not isinstance(right, Constant):
        words = f"`{node.operator}` takes a list from the rule file"
        hint = 'write ["a", "b"], or put it under `lists:` and write lists.name'
        context.report(node.right, "PR209", words, hint)
        return False
    return True


def _warn_of_suffix(node: Comparison, left: Term, right: Term, context: Context) -> None:
    """`ends_with "example.com"` takes evilexample.com as well."""
    if node.operator != "ends_with" or not left.type.form or not isinstance(right, Constant):
        return
    if right.value.startswith((".", "@")):
        return
    domain = context.text(node.left)
    if left.type.form == "address":
        domain = f"{domain.removesuffix('.addr_spec')}.domain"
    words = f'`ends_with "{right.value}"` takes evil{right.value} as well'
    context.warn(node, "PR221", words, f'write: in_domain({domain}, "{right.value}")')
