"""Call a rule, a list or a template something else, wherever it is named."""

from __future__ import annotations

from typing import TYPE_CHECKING

from postroom.authoring.editor.mentions import mentions_of
from postroom.rules.filters import RESERVED_IDS
from postroom.rules.names import is_identifier, is_name

if TYPE_CHECKING:
    from postroom.authoring.editor.desk import Desk
    from postroom.authoring.editor.mentions import Mention
    from postroom.source.text import Span

RENAMED = ("rule", "list", "template")


class Refused(Exception):  # noqa: N818 - it is
    """Something cannot be renamed, or not like that; says why."""


def renamed(desk: Desk, name: str, offset: int) -> Mention:
    """Return what would be renamed at an offset of a file. Raises Refused."""
    if desk.broken:
        raise Refused(f"`{desk.broken[0]}` cannot be read: mend it first")
    found = mentions_of(desk.readable).at(name, offset)
    if found is None or found.noun not in RENAMED:
        raise Refused("rules, lists and templates can be renamed here, and nothing else")
    return found


def places(desk: Desk, name: str, offset: int, new: str) -> list[Span]:
    """Return every place at which the new name is to stand. Raises Refused."""
    found = renamed(desk, name, offset)
    fits = is_identifier(new) if found.noun == "list" else is_name(new)
    if not fits or (found.noun == "rule" and new in RESERVED_IDS):
        raise Refused(f"a {found.noun} cannot be called `{new}`")
    mentions = mentions_of(desk.readable)
    scopes = mentions.beside(found.scope)
    taken = (each for each in mentions.found if each.declares and each.name == new)
    if new != found.name and any(t.noun == found.noun and t.scope in scopes for t in taken):
        raise Refused(f"there is a {found.noun} `{new}` already")
    return [each.span for each in mentions.of(found.thing)]
