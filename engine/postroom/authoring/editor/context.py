"""What a place in a rule file means: which section it is in, and which names may stand there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from postroom.authoring.editor.places import ITEM, place_at
from postroom.authoring.layout import ROOT, Items, Keys, Named, One, of_item, of_key
from postroom.source.nodes import Mapping, Scalar

if TYPE_CHECKING:
    from postroom.authoring.editor.desk import Desk
    from postroom.authoring.editor.places import Place
    from postroom.authoring.layout import Shape
    from postroom.lang.scheme import Scheme
    from postroom.model.record import Table
    from postroom.rules.keys import Section
    from postroom.rules.world import World

EXPRESSIONS = ("condition", "value", "template", "templates")
"""Kinds of values in which expressions stand; in all but conditions within `${ }`."""
_WITH_RECORD = ("updates", "notify")


@dataclass(frozen=True)
class Context:
    """A place, and all that is known about it."""

    place: Place
    shape: Shape | None
    world: World
    desk: Desk

    @property
    def section(self) -> Section | None:
        """The section whose keys stand here."""
        if not isinstance(self.shape, Keys):
            return None
        if self.shape.use is not None and set(self.place.siblings) == {"use"}:
            return self.shape.use
        return self.shape.section

    @property
    def takes_key(self) -> bool:
        """Whether a key can be typed here."""
        if self.place.is_key:
            return True
        is_item = self.place.steps[-1:] == (ITEM,)
        return is_item and isinstance(self.shape, Keys | Named)

    @property
    def table(self) -> Table | None:
        """The table whose fields are meant here."""
        return self.world.tables.get(self._table())

    def scheme(self) -> Scheme:
        """Return what an expression may read here."""
        steps = self.place.steps
        in_update = steps[:1] == ("accounts",) and (
            steps[2:3] in [(name,) for name in _WITH_RECORD] or steps[2:4] == ("access", "update")
        )
        return self.world.scheme(self.table if in_update or steps[:1] == ("templates",) else None)

    def _table(self) -> str:
        match self.place.steps:
            case ("accounts", account, *_):
                return self._named("accounts", account)
            case ("groups", _, table, *_) | ("tests", _, "given", "records", table, *_):
                return table
            case ("contacts", *_) | ("tests", _, "given", "contacts", *_):
                return self.world.contacts.table if self.world.contacts else ""
            case ("tests", _, "expect", *_) | ("templates", *_):
                return self._only_table()
            case _:
                return ""

    def _named(self, section: str, name: str) -> str:
        """Return the table that an account names."""
        for document in self.desk.readable:
            found = document.root.get(section) if document.root else None
            node = found.get(name) if isinstance(found, Mapping) else None
            table = node.get("table") if isinstance(node, Mapping) else None
            if isinstance(table, Scalar):
                return table.value
        return self._only_table()

    def _only_table(self) -> str:
        """Return the table of the accounts, where there is no doubt which one it is."""
        found: set[str] = set()
        for document in self.desk.readable:
            accounts = document.root.get("accounts") if document.root else None
            for entry in accounts.entries if isinstance(accounts, Mapping) else ():
                table = entry.node.get("table") if isinstance(entry.node, Mapping) else None
                found |= {table.value} if isinstance(table, Scalar) else set()
        return found.pop() if len(found) == 1 else ""


def context_at(desk: Desk, text: str, offset: int) -> Context:
    """Return what stands at an offset of a text of a folder."""
    place = place_at(text, offset)
    return Context(place, shape_at(place), desk.world(), desk)


def shape_at(place: Place) -> Shape | None:
    """Return the shape that the steps to a place lead to."""
    shape: Shape | None = ROOT
    for number, step in enumerate(place.steps):
        if step == ITEM and isinstance(shape, Items | One):
            shape = of_item(shape)
        else:
            last = number == len(place.steps) - 1
            shape = of_key(shape, place.siblings if last and not place.is_key else (step,), step)
    return shape
