"""Lists: which list a term is about, and what a test asks of one of its items."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from postroom.lang.fields import PARTS
from postroom.lang.terms import Current, PartOf, Read, Term
from postroom.lang.types import Type
from postroom.rules.proofs.variables import variable

if TYPE_CHECKING:
    from postroom.lang.types import Kind
    from postroom.rules.proofs.atoms import Variable, Vocabulary


@dataclass(frozen=True, slots=True)
class Listed:
    """What a list is made of."""

    list: Variable
    """The whole of it: `to` of `to.addr_spec`."""
    item: Term
    """What the list gives of each item."""
    whole: bool
    """It gives the item itself."""
    each: bool
    """It gives something of every item."""


def list_of_parts(vocabulary: Vocabulary, term: Term) -> Listed | None:
    """Return what a list is made of; None if nothing is known of that."""
    if not isinstance(term, Read) or term.type.of is None:
        return None
    before, _, name = term.path.rpartition(".")
    holder = _HOLDERS.get(before)
    if holder is None:
        found = variable(vocabulary, term)
        item = Current(term.node, term.type.of)
        return None if found is None else Listed(found, item, whole=True, each=True)
    known = next((each for each in PARTS[holder] if each.name == name), None)
    whole = vocabulary.variables.get(before)
    if known is None or whole is None:
        return None
    current = Current(term.node, Type(holder))
    part = PartOf(term.node, known.type, current, known.name, known.get)
    return Listed(whole, part, whole=False, each=not known.type.optional)


_HOLDERS: dict[str, Kind] = {
    "to": "mailbox", "cc": "mailbox", "reply_to": "mailbox", "attachments": "attachment",
}  # fmt: skip
