"""What a word in a rule file means: its type, its help, and where that is defined."""

from __future__ import annotations

from typing import TYPE_CHECKING

from postroom.authoring.editor.context import EXPRESSIONS
from postroom.authoring.editor.suggest import suggestions
from postroom.authoring.editor.words import in_quotes, path_around, unquoted
from postroom.authoring.layout import One
from postroom.lang.fields import PARTS
from postroom.lang.functions import FILTERS, FUNCTIONS, QUANTIFIERS
from postroom.rules import keys

if TYPE_CHECKING:
    from postroom.authoring.editor.context import Context
    from postroom.lang.functions import Signature


def hover(context: Context, text: str, offset: int) -> tuple[int, int, str] | None:
    """Return where a word starts and ends, and what it means, in Markdown; None for nothing."""
    shape = context.shape
    if isinstance(shape, One) and shape.kind in EXPRESSIONS and not context.place.is_key:
        return _in_expression(context, text, offset)
    start, end, word = _word(text, offset)
    section = context.section
    key = section.key(word) if section and context.takes_key else None
    if key is not None:
        left_out = " Must be there." if key.required else ""
        choices = ", ".join(f"`{choice}`" for choice in key.choices)
        told = f"**{key.name}**: {keys.WORDS[key.kind]}\n\n{key.help}.{left_out}"
        return start, end, told + (f"\n\nOne of {choices}." if choices else "")
    found = next((each for each in suggestions(context, "") if each.text == word), None)
    if found is None or not (found.help or found.told):
        return None
    return start, end, f"**{found.text}**: {found.told}\n\n{found.help}".rstrip()


def _word(text: str, offset: int) -> tuple[int, int, str]:
    start = end = offset
    while start > 0 and (text[start - 1].isalnum() or text[start - 1] in "_-"):
        start -= 1
    while end < len(text) and (text[end].isalnum() or text[end] in "_-"):
        end += 1
    return start, end, text[start:end]


def _in_expression(context: Context, text: str, offset: int) -> tuple[int, int, str] | None:
    start, end, path = path_around(text, offset)
    typed = text[context.place.start : start]
    if isinstance(context.shape, One) and context.shape.kind != "condition":
        hole = typed.rfind("${")
        if hole < 0 or "}" in typed[hole:]:
            return None
        typed = typed[hole + 2 :]
    told = _told(context, path, typed) if path and not in_quotes(unquoted(typed)) else None
    return None if told is None else (start, end, told)


def _told(context: Context, path: str, typed: str) -> str | None:
    scheme = context.scheme()
    readable = scheme.fields.get(path)
    if readable is not None:
        source = f"\n\n{readable.source}" if readable.source else ""
        return f"**{path}**: {readable.type}\n\n{readable.help}{source}"
    before, _, name = path.rpartition(".")
    if before == "lists" and name in context.world.lists:
        values = ", ".join(map(str, context.world.lists[name][:10]))
        return f"**{path}**: list\n\n{values}"
    holder = scheme.fields.get(before)
    kind = (holder.type.of or holder.type).kind if holder else None
    part = next((each for each in PARTS.get(kind, ()) if each.name == name), None) if kind else None
    if part is not None:
        return f"**{path}**: {part.type}\n\n{part.help}"
    if typed.rstrip().endswith("|") and path in FILTERS:
        return _signatures(FILTERS[path])
    if path in FUNCTIONS:
        return _signatures(FUNCTIONS[path])
    return f"**{path}(list, test)**\n\n{QUANTIFIERS[path]}" if path in QUANTIFIERS else None


def _signatures(found: tuple[Signature, ...]) -> str:
    return "\n\n".join(f"**{each}**\n\n{each.help}" for each in found)
