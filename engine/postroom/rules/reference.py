"""The table of keys as a reference page."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from postroom.rules import keys
from postroom.rules.literals import span_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from postroom.rules.keys import Key, Section


def as_markdown() -> str:
    """Return every section with its keys, in Markdown."""
    return "\n".join(line for section in keys.SECTIONS for line in _section(section))


def _section(section: Section) -> Iterator[str]:
    yield f"## {_title(section)}"
    yield ""
    yield section.help
    yield ""
    yield "| key | holds | left out | what for |"
    yield "| --- | --- | --- | --- |"
    for key in section.keys:
        yield f"| `{key.name}` | {_holds(key)} | {_left_out(key)} | {_cell(key.help)} |"
    if section.others:
        yield f"| others | | | {section.others} |"
    yield ""


def _title(section: Section) -> str:
    return section.title if " " in section.title else f"`{section.title}`"


def _holds(key: Key) -> str:
    if not key.choices:
        return keys.WORDS[key.kind]
    choices = ", ".join(f"`{choice}`" for choice in key.choices)
    return f"one or several of {choices}" if key.kind == "choices" else choices


def _left_out(key: Key) -> str:
    if key.required:
        return "error"
    match key.default:
        case None:
            return ""
        case bool():
            return f"`{str(key.default).lower()}`"
        case timedelta():
            return f"`{span_text(key.default)}`"
        case _:
            return f"`{key.default}`"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
