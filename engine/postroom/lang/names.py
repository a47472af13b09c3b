"""What a name, a dot or a bracket reads."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from postroom.lang.fields import PARTS, Part
from postroom.lang.functions import FUNCTIONS, QUANTIFIERS
from postroom.lang.nodes import Index, Item, Member, Name, Node
from postroom.lang.terms import Constant, Current, PartOf, PartOfEach, Read, Term
from postroom.lang.types import BOOLEAN, DECIMAL, INTEGER, TEXT, Type, list_of, optional
from postroom.source.near import did_you_mean, near

if TYPE_CHECKING:
    from collections.abc import Callable

    from postroom.lang.context import Context
    from postroom.lang.scope import Scope

LISTS = "lists"
HEADERS = "headers"

_EMPTY = "to ask whether a value is missing write: is empty"
_ELSEWHERE = {
    "null": _EMPTY,
    "none": _EMPTY,
    "nil": _EMPTY,
    "undefined": _EMPTY,
    "now": "a moment to count from is `received_at`",
    "today": "a moment to count from is `received_at`",
    "message": "fields stand for themselves: subject, from.domain",
    "mail": "fields stand for themselves: subject, from.domain",
    "email": "the sender's address is `from.addr_spec`",
    "address": "the sender's address is `from.addr_spec`",
    "recipient": "the recipients' addresses are `to.addr_spec`, which is a list",
    "recipients": "the recipients' addresses are `to.addr_spec`, which is a list",
    "bcc": "nobody sees who got a hidden copy; there are `to`, `cc` and `envelope.rcpt_to`",
}
"""What people look for, folded, and where it is."""


def check_name(node: Name, context: Context) -> Term | None:
    """Check a name without a dot: `subject`."""
    readable = context.scheme.fields.get(node.name)
    if readable is not None:
        return Read(node, readable.type, readable.path, readable.get, readable.keep)
    if node.name in context.scheme.groups or node.name == LISTS:
        _refuse_group(node, node.name, context)
    elif node.name in context.scheme.closed:
        context.report(node, "PR213", *context.scheme.closed[node.name])
    else:
        _refuse_name(node, context)
    return None


def check_member(node: Member, context: Context) -> Term | None:
    """Check a name with dots: `from.domain`, `lists.partners`, `last(record.notes).text`."""
    path, before = _path(node), _path(node.of)
    if before == LISTS:
        return _list(node, context)
    readable = context.scheme.fields.get(path) if path else None
    if readable is not None:
        return Read(node, readable.type, readable.path, readable.get, readable.keep)
    if path in context.scheme.groups:
        _refuse_group(node, path or "", context)
        return None
    holder = context.scheme.fields.get(before) if before else None
    if before in context.scheme.groups or (holder and holder.type.kind == "record"):
        _refuse_field(node, f"{before}.", context)
        return None
    of = context.term(node.of)
    return None if of is None else _part(node, node.name, node.name_start, of, context)


def check_index(node: Index, context: Context) -> Term | None:
    """Check `headers["Name"]`."""
    if not (isinstance(node.of, Name) and node.of.name == HEADERS):
        context.report(node, "PR203", "only `headers` is read with brackets", 'headers["Name"]')
        return None
    key = node.key.value

    def get(scope: Scope) -> str:
        return scope.message.header(key)

    return Read(node, TEXT, f'{HEADERS}["{key}"]', get, keep=True)


def check_item(node: Item, context: Context) -> Term | None:
    """Check `.` and `.size`: the item at hand in a test of a list."""
    if context.item is None:
        words = f"`{context.text(node)}` reads an item, but no list is tested here"
        hint = "it stands in any(), all(), none() and count(): any(attachments, .size > 25MB)"
        context.report(node, "PR215", words, hint)
        return None
    current = Current(node, context.item)
    if not node.name:
        return current
    return _part(node, node.name, node.end - len(node.name), current, context)


def type_of_items(values: tuple[object, ...]) -> Type | None:
    """Return the type of the items of a list; None if they are not of one type."""
    kinds = {type(value) for value in values}
    if not kinds or kinds == {str}:
        return TEXT
    if kinds == {bool}:
        return BOOLEAN
    if kinds == {int}:
        return INTEGER
    return DECIMAL if kinds <= {int, Decimal} else None


def _path(node: Node) -> str | None:
    if isinstance(node, Name):
        return node.name
    if isinstance(node, Member):
        before = _path(node.of)
        return None if before is None else f"{before}.{node.name}"
    return None


def _list(node: Member, context: Context) -> Term | None:
    values = context.scheme.lists.get(node.name)
    if values is None:
        words = f"there is no list `{node.name}`"
        hint = did_you_mean(node.name, context.scheme.lists) or "lists stand under `lists:`"
        context.report((node.name_start, node.end), "PR210", words, hint)
        return None
    item = type_of_items(values)
    if item is None:
        words = f"the list `{node.name}` mixes texts and numbers"
        context.report(node, "PR214", words, "make a list of each")
        return None
    return Constant(node, list_of(item), tuple(values), f"{LISTS}.{node.name}")


def _part(node: Node, name: str, start: int, of: Term, context: Context) -> Term | None:
    """Read a part of a value, or of each item of a list."""
    many = of.type.kind == "list" and of.type.of is not None
    holder = of.type.of if many and of.type.of else of.type
    parts = {part.name: part for part in PARTS.get(holder.kind, ())}
    part = parts.get(name)
    if part is None:
        _refuse_part(name, (start, node.end), of.type, context)
        return None
    if many:
        return _of_each(node, part, of)
    type_ = optional(part.type) if of.type.optional else part.type
    get = _if_there(part.get) if of.type.optional else part.get
    if isinstance(of, Read):
        return Read(node, type_, f"{of.path}.{name}", _then(of.get, get), of.keep)
    return PartOf(node, type_, of, name, get)


def _of_each(node: Node, part: Part, of: Term) -> Term:
    read = part.get

    def get(items: tuple[Any, ...]) -> tuple[Any, ...]:
        return tuple(found for item in items if (found := read(item)) is not None)

    type_ = list_of(part.type.required)
    if isinstance(of, Read):
        return Read(node, type_, f"{of.path}.{part.name}", _then(of.get, get), of.keep)
    return PartOfEach(node, type_, of, part.name, get)


def _then(first: Callable[[Scope], Any], second: Callable[[Any], Any]) -> Callable[[Scope], Any]:
    return lambda scope: second(first(scope))


def _if_there(read: Callable[[Any], Any]) -> Callable[[Any], Any]:
    return lambda value: None if value is None else read(value)


def _refuse_name(node: Name, context: Context) -> None:
    name = node.name
    words = f"unknown field `{name}`"
    if name in FUNCTIONS or name in QUANTIFIERS or name in context.scheme.functions:
        words, hint = f"`{name}` is a function", f"its values stand in brackets: {name}(...)"
    elif name.casefold() in ("true", "false"):
        hint = f"write `{name.casefold()}` in small letters"
    elif name == HEADERS:
        words, hint = "`headers` needs the name of a field", 'headers["Importance"]'
    else:
        known = {path.partition(".")[0] for path in context.scheme.fields} | {LISTS, HEADERS}
        last_parts = {path: path.rpartition(".")[2] for path in context.scheme.fields}
        hint = (
            _ELSEWHERE.get(name.casefold())
            or did_you_mean(name, known)
            or _same_ending(name, last_parts)
            or _part_of_from(name)
            or f'a text stands in quotes: "{name}"'
        )
    context.report(node, "PR201", words, hint)


def _same_ending(name: str, last_parts: dict[str, str]) -> str | None:
    """Return a hint if the name is the end of paths: `domain` of `from.domain`."""
    paths = [path for path, last in last_parts.items() if last == name]
    return f"did you mean `{paths[0]}`?" if len(paths) == 1 else None


def _part_of_from(name: str) -> str | None:
    parts = [part.name for part in PARTS["mailbox"]]
    return f"did you mean `from.{name}`?" if name in parts else None


def _refuse_field(node: Member, before: str, context: Context) -> None:
    names = [p.removeprefix(before) for p in context.scheme.fields if p.startswith(before)]
    meant = near(node.name, names)
    hint = f"did you mean `{before}{meant}`?" if meant else f"there are: {_some(names)}"
    where = (node.name_start, node.end)
    context.report(where, "PR201", f"unknown field `{before}{node.name}`", hint)


def _refuse_group(node: Node, path: str, context: Context) -> None:
    below = context.scheme.lists if path == LISTS else context.scheme.fields
    start = "" if path == LISTS else f"{path}."
    names = [f"{path}.{p.removeprefix(start)}" for p in below if p.startswith(start)]
    words = f"`{path}` is a group of fields, not a value"
    context.report(node, "PR206", words, f"write one of them: {_some(names)}")


def _refuse_part(name: str, where: tuple[int, int], of: Type, context: Context) -> None:
    holder = of.of if of.kind == "list" and of.of else of
    names = [part.name for part in PARTS.get(holder.kind, ())]
    if names:
        kind = {"log_entry": "log entry"}.get(holder.kind, holder.kind)
        article = "an" if kind == "attachment" else "a"
        hint = did_you_mean(name, names) or f"there are: {_some(names)}"
        context.report(where, "PR201", f"{article} {kind} has no `.{name}`", hint)
        return
    words = f"`.{name}` cannot be read of {of}"
    hint = "fields of other records are not looked up" if holder.kind == "record" else ""
    context.report(where, "PR201", words, hint)


def _some(names: list[str]) -> str:
    most = 8
    shown = ", ".join(f"`{name}`" for name in names[:most])
    return f"{shown}, ..." if len(names) > most else shown
