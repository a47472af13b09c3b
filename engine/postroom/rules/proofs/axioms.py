"""What is true of every mail that a rule is asked about: the reader and the guards see to it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from postroom.lang.fields import FIELDS, PARTS
from postroom.lang.nodes import Name
from postroom.lang.scope import Scope
from postroom.lang.terms import Read
from postroom.lang.types import BOOLEAN, Type
from postroom.model.facts import Facts
from postroom.model.message import Message
from postroom.rules.proofs.atoms import Flag, Length, Text, There, Vocabulary
from postroom.rules.proofs.formula import Formula, Literal, negated, some_of
from postroom.rules.proofs.variables import variable

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from postroom.rules.proofs.atoms import Atom, Variable

_ONLY_WITH: tuple[tuple[str, str], ...] = (
    ("thread.participant", "thread.found"),
    ("thread.participant", "participant.known"),
    ("token.table", "token.valid"),
    ("calendar.method", "calendar.present"),
    ("calendar.summary", "calendar.present"),
    ("forwarded.subject", "forwarded.present"),
    ("forwarded.text", "forwarded.present"),
)
"""Fields that say something only where another one is yes."""
NEVER_BLANK = ("from.addr_spec", "from.domain", "from.local_part")
"""The guard `from` keeps away mail without one clean sender."""


_DAY_ZERO = datetime(1970, 1, 1, tzinfo=UTC)
_NOBODY = Scope(Message("", 0), Facts("", _DAY_ZERO, _DAY_ZERO))
"""A mail by nobody, of which nothing is known."""


def vocabulary() -> Vocabulary:
    """Return a vocabulary that knows the fields of every message."""
    known = Vocabulary()
    for field in FIELDS:
        _add(known, field.path, field.type, field.get)
    for part in PARTS["mailbox"]:
        _add(known, f"from.{part.name}", part.type, _part_of_from(part.get))
    _add(known, "contact.known", BOOLEAN, lambda scope: scope.facts.contact is not None)
    return known


def _part_of_from(get: Callable[[Any], Any]) -> Callable[[Scope], Any]:
    return lambda scope: get(scope.message.from_)


def _add(known: Vocabulary, path: str, type_: Type, get: Callable[[Scope], Any]) -> None:
    variable(known, Read(Name(0, 0, 1, path), type_, path, get, keep=False))


def axioms(known: Vocabulary, found: Variable) -> tuple[Formula, ...]:
    """Return what is true of a variable together with others."""
    if found.in_item:
        return ()
    said = [some_of((negated(_says_something(known, found)), _yes(known, other)))
            for name, other in _ONLY_WITH if name == found.name]  # fmt: skip
    if found.name.startswith("contact.") and found.name != "contact.known":
        said += _only_with_contact(known, found)
    if found.name in NEVER_BLANK:
        said.append(negated(_blank(known, found)))
    if found.name == "auth.aligned":
        passed = _text(known, known.variables["auth.dmarc.result"], "pass")
        said.append(some_of((negated(_yes(known, found.name)), passed)))
    return tuple(said)


def _only_with_contact(known: Vocabulary, found: Variable) -> list[Formula]:
    """Say that a field tells nothing without a contact, if that is what it reads then."""
    if not isinstance(found.term, Read) or found.kind == "number":
        return []
    alone = found.term.get(_NOBODY)
    if found.type.optional and alone is None:
        says: Formula = _literal(known, (found, "there"), lambda: There(found))
    elif found.kind == "list" and alone == ():
        key = (found, "length", "==", 0)
        says = negated(_literal(known, key, lambda: Length(found, "==", 0)))
    elif alone == "" or alone is False:
        says = _says_something(known, found)
    else:
        return []
    return [some_of((negated(says), _yes(known, "contact.known")))]


def _says_something(known: Vocabulary, found: Variable) -> Formula:
    if found.kind == "flag":
        return _literal(known, (found, "flag"), lambda: Flag(found))
    return negated(_blank(known, found))


def _yes(known: Vocabulary, name: str) -> Formula:
    found = known.variables[name]
    return _literal(known, (found, "flag"), lambda: Flag(found))


def _blank(known: Vocabulary, found: Variable) -> Formula:
    key = (found, "", "blank", ())
    return _literal(known, key, lambda: Text(found, "", "blank", ()))


def _text(known: Vocabulary, found: Variable, wanted: str) -> Formula:
    key = (found, "", "is", (wanted,))
    return _literal(known, key, lambda: Text(found, "", "is", (wanted,)))


def _literal(known: Vocabulary, key: tuple[object, ...], make: Callable[[], Atom]) -> Formula:
    return Literal(known.atom(key, make))
