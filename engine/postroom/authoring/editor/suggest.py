"""What can be typed at a place: keys, values, and words of expressions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from postroom.authoring.editor.context import EXPRESSIONS
from postroom.authoring.editor.words import item_parts, path_before, unquoted
from postroom.authoring.layout import Items, Keys, Named, One, below
from postroom.lang.fields import PARTS
from postroom.lang.functions import FILTERS, FUNCTIONS, QUANTIFIERS
from postroom.rules import keys
from postroom.rules.settings import declared
from postroom.source.nodes import Mapping

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from postroom.authoring.editor.context import Context
    from postroom.authoring.layout import Noun
    from postroom.lang.types import Type

Kind = Literal["key", "choice", "name", "field", "function", "word"]
WORDS = (
    "and", "or", "not", "in", "contains", "contains_any", "contains_all", "starts_with",
    "ends_with", "like", "matches", "is empty", "is not empty", "true", "false",
)  # fmt: skip
"""Words of expressions that are no names."""
_SECTIONS: dict[Noun, str] = {"account": "accounts", "filters": "filters", "group": "groups"}


@dataclass(frozen=True, slots=True)
class Suggestion:
    """Something that can be typed."""

    text: str
    kind: Kind
    told: str = ""
    """What it is, in a few words: a type, a signature."""
    help: str = ""
    insert: str = ""
    """What is put in, where that is more than the text."""


def suggestions(context: Context, typed: str) -> list[Suggestion]:
    """Return what can stand at a place, given what of it is typed already."""
    shape = context.shape
    if context.takes_key:
        return list(_keys(context))
    if isinstance(shape, One) and shape.kind in EXPRESSIONS:
        if shape.kind == "condition":
            return list(in_expression(context, unquoted(typed), hole=False))
        at = typed.rfind("${")
        if at >= 0 and "}" not in typed[at:]:
            return list(in_expression(context, typed[at + 2 :], hole=True))
    return list(_values(context))


def _keys(context: Context) -> Iterator[Suggestion]:
    shape, there = context.shape, context.place.siblings
    section = context.section
    if section is not None:
        for key in section.keys:
            if key.name not in there:
                deeper = not isinstance(below(section, key.name), One)
                insert = f"{key.name}:" + ("" if deeper else " ")
                yield Suggestion(key.name, "key", keys.WORDS[key.kind], key.help, insert)
        if isinstance(shape, Keys) and shape.use is not None and not there:
            for key in shape.use.keys:
                yield Suggestion(key.name, "key", keys.WORDS[key.kind], key.help, f"{key.name}: ")
        yield from _settings(context, section, there)
    elif isinstance(shape, Named) and not shape.declares:
        for name in names(context, shape.noun):
            if name not in there:
                yield Suggestion(name, "name", shape.noun, insert=f"{name}: ")


def _settings(
    context: Context, section: keys.Section, there: dict[str, str]
) -> Iterator[Suggestion]:
    kinds = context.world.kinds
    plugins = kinds.transports if section is keys.RECEIVE else kinds.notifiers
    kind = plugins.get(there.get("use", "").strip("\"'")) if section.others else None
    if kind is None:
        return
    for setting in declared(kind):
        if setting.key not in there:
            yield Suggestion(setting.key, "key", "setting", setting.help, f"{setting.key}: ")


def _values(context: Context) -> Iterator[Suggestion]:
    shape = context.shape
    one = shape.word if isinstance(shape, Keys) else shape
    if isinstance(one, Items | Named) or one is None:
        return
    for choice in one.choices:
        yield Suggestion(choice, "choice")
    if one.kind == "flag":
        yield from (Suggestion(word, "choice") for word in ("true", "false"))
    for name in names(context, one.refers):
        yield Suggestion(name, "name", one.refers)


def names(context: Context, noun: Noun) -> Iterable[str]:
    """Return the names that there are of a thing."""
    world = context.world
    if noun in _SECTIONS:
        return sorted(_declared(context, _SECTIONS[noun]))
    known: dict[Noun, Iterable[str]] = {
        "table": sorted(world.tables),
        "template": sorted(world.template_names),
        "list": sorted(world.lists),
        "transport": sorted(world.kinds.transports),
        "notifier": sorted(world.kinds.notifiers),
        "authenticator": sorted(world.kinds.authenticators),
        "scanner": sorted(world.kinds.scanners),
        "field": list(context.table.fields) if context.table else (),
    }
    return known.get(noun, ())


def _declared(context: Context, section: str) -> set[str]:
    found: set[str] = set()
    for document in context.desk.readable:
        node = document.root.get(section) if document.root else None
        if isinstance(node, Mapping):
            found |= {entry.name for entry in node.entries}
    return found


def in_expression(context: Context, typed: str, *, hole: bool) -> Iterator[Suggestion]:
    """Yield what can stand at the end of what is typed of an expression."""
    path = path_before(typed)
    if path is None:
        return
    if hole and typed.rstrip().removesuffix(path).rstrip().endswith("|"):
        for name, signatures in FILTERS.items():
            yield Suggestion(name, "function", str(signatures[0]), signatures[0].help)
        return
    before, dot, _ = path.rpartition(".")
    if dot:
        yield from _behind_dot(context, before, typed)
        return
    yield from _fields(context, "")
    yield Suggestion("lists", "field", "lists of these rules")
    yield Suggestion("headers", "field", 'headers["Name"]', "any header field")
    functions = context.world.kinds.functions
    for name, signatures in FUNCTIONS.items():
        yield Suggestion(name, "function", str(signatures[0]), signatures[0].help)
    for name, help_ in QUANTIFIERS.items():
        yield Suggestion(name, "function", f"{name}(list, test)", help_)
    for name, kind in functions.items():
        yield Suggestion(name, "function", f"{name}({', '.join(kind.parameters)})", kind.help)
    yield from (Suggestion(word, "word") for word in WORDS)


def _behind_dot(context: Context, before: str, typed: str) -> Iterator[Suggestion]:
    scheme = context.scheme()
    if before == "lists":
        for name, values in sorted(context.world.lists.items()):
            yield Suggestion(name, "name", "list", ", ".join(map(str, values[:5])))
        return
    if not before:
        holder = scheme.fields.get(item_parts(typed))
        yield from _parts(holder.type if holder else None)
        return
    yield from _fields(context, f"{before}.")
    if before in scheme.fields:
        yield from _parts(scheme.fields[before].type)


def _fields(context: Context, start: str) -> Iterator[Suggestion]:
    scheme = context.scheme()
    seen: set[str] = set()
    for path, readable in scheme.fields.items():
        name, dot, _ = path.removeprefix(start).partition(".")
        if path.startswith(start) and name not in seen:
            seen.add(name)
            whole = scheme.fields.get(start + name)
            told = str(whole.type) if whole else "fields"
            shown = whole or (None if dot else readable)
            yield Suggestion(name, "field", told, shown.help if shown else "")


def _parts(type_: Type | None) -> Iterator[Suggestion]:
    holder = type_.of if type_ and type_.kind == "list" and type_.of else type_
    for part in PARTS.get(holder.kind, ()) if holder else ():
        yield Suggestion(part.name, "field", str(part.type), part.help)
