"""Values for variables of which it is decided what they shall be."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice, product
from typing import TYPE_CHECKING, Any

from postroom.lang.fields import PARTS
from postroom.lang.terms import Current, PartOf, Read
from postroom.rules.proofs import lists, numbers, texts
from postroom.rules.proofs.atoms import Flag, Guess, Other, There
from postroom.rules.proofs.hints import before, fitting
from postroom.rules.proofs.things import SOMEBODY, mailbox, thing

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from postroom.lang.types import Type
    from postroom.rules.proofs.atoms import Variable
    from postroom.rules.proofs.solve import Signs, Solve

_TRIED = 80
"""Values of one variable that are asked."""
_FEW = 8


@dataclass(slots=True)
class Chooser:
    """Chooses values, one variable after the other; what belongs together, together."""

    by_variable: Mapping[Variable, Signs]
    solve: Solve

    def values(self) -> dict[str, Any] | None:
        """Return a value for each variable; None if none was found for one of them.

        Of an item at hand the value is called "".
        """
        chosen: dict[str, Any] = {}
        for variables in self._groups().values():
            found = self._group(variables)
            if found is None:
                return None
            chosen |= found
        return chosen

    def _groups(self) -> dict[object, list[Variable]]:
        """Return what must be chosen together: the parts of one mailbox, of one item."""
        groups: dict[object, list[Variable]] = {}
        for variable in self.by_variable:
            root = variable if variable.base is None else variable.base
            if not isinstance(root.term, Read | Current | PartOf):
                continue  # worked out from several: whoever takes the values asks all of it
            key: object = "" if root.in_item else root.owner or root
            group = groups.setdefault(key, [])
            if root not in group:
                group.append(root)
        return groups

    def _group(self, variables: list[Variable]) -> dict[str, Any] | None:
        first = variables[0]
        if first.in_item:
            return self._item(_type_of_item(first), variables)
        if first.owner:
            return self._mailbox(first.owner, variables)
        for value in islice(self._candidates(first), _TRIED):
            chosen = {first.name: value}
            if self._fits([first], Guess(chosen)):
                return chosen
        return None

    def _item(self, type_: Type, variables: list[Variable]) -> dict[str, Any] | None:
        if type_.kind == "mailbox":
            for box in self._mailboxes({v.name[1:]: v for v in variables}):
                if self._fits(variables, Guess({}, box)):
                    return {"": box}
            return None
        parts: dict[str, Any] = {}
        for variable in variables:
            name = variable.name[1:]
            for value in islice(self._candidates(variable), _TRIED):
                if self._fits([variable], Guess({}, thing(type_, {name: value}))):
                    parts[name] = value
                    break
            else:
                return None
        return {"": thing(type_, parts)}

    def _mailbox(self, owner: str, variables: list[Variable]) -> dict[str, Any] | None:
        parts = {variable.name.removeprefix(f"{owner}."): variable for variable in variables}
        if any(self._is_missing(parts[name]) for name in parts if name != "display_name"):
            return {owner: None, **{variable.name: None for variable in variables}}
        for box in self._mailboxes(parts):
            chosen = {f"{owner}.{part.name}": part.get(box) for part in PARTS["mailbox"]}
            if self._fits(variables, Guess(chosen)):
                return {owner: box, **chosen}
        return None

    def _mailboxes(self, parts: Mapping[str, Variable]) -> Iterator[Any]:
        names = self._some(parts.get("display_name"), None) if "display_name" in parts else [None]
        local, _, domain = SOMEBODY.partition("@")
        whole = self._some(parts.get("addr_spec"), None) if "addr_spec" in parts else []
        locals_, domains = (
            self._some(parts.get("local_part"), local),
            self._some(parts.get("domain"), domain),
        )
        made = [f"{left}@{right}" for left, right in product(locals_, domains)]
        shown = self._some(parts.get("name_addr"), None) if "name_addr" in parts else []
        for address, name in product(dict.fromkeys((*whole, *made, *shown)), names):
            yield mailbox({"addr_spec": address, "display_name": name})

    def _some(self, variable: Variable | None, usual: str | None) -> list[Any]:
        if variable is None:
            return [usual]
        return [
            value
            for value in islice(self._candidates(variable), _TRIED)
            if value is None or self._fits_alone(variable, value)
        ][:_FEW]

    def _fits_alone(self, variable: Variable, value: Any) -> bool:  # noqa: ANN401 - of its type
        guess = Guess({variable.name: value})
        signs = self.by_variable.get(variable, ())
        return variable.in_item or all(atom.holds(guess) == sign for atom, sign in signs)

    def _fits(self, variables: list[Variable], guess: Guess) -> bool:
        """Return whether values are what these variables, and what is made of them, shall be."""
        return all(
            atom.holds(guess) == sign
            for variable in variables
            for each, signs in self.by_variable.items()
            if each is variable or each.base is variable
            for atom, sign in signs
        )

    def _is_missing(self, variable: Variable) -> bool:
        signs = self.by_variable.get(variable, ())
        return any(isinstance(atom, There) and not sign for atom, sign in signs)

    def _candidates(self, variable: Variable) -> Iterator[Any]:
        if self._is_missing(variable):
            yield None
            return
        signs = self.by_variable.get(variable, ())
        yield from self._of_kind(variable, signs, list(self._hints(variable, signs)))

    def _of_kind(self, variable: Variable, signs: Signs, hints: list[Any]) -> Iterator[Any]:
        match variable.kind:
            case "text":
                fit = [hint for hint in hints if isinstance(hint, str)]
                yield from texts.candidates(variable, signs, fit)
            case "number":
                yield from numbers.candidates(variable, signs, hints)
            case "flag":
                wanted = [sign for atom, sign in signs if isinstance(atom, Flag)]
                yield from wanted or (False, True)
            case "list":
                yield from (hint for hint in hints if isinstance(hint, tuple))
                yield from lists.candidates(variable, signs, self.solve)
            case _:
                yield mailbox({}) if variable.type.kind == "mailbox" else 1

    def _hints(self, variable: Variable, signs: Signs) -> Iterator[Any]:
        for atom, sign in signs:
            if sign and isinstance(atom, Other):
                yield from fitting(atom.term)
        for each, wanted in self.by_variable.items():
            if each.base is variable:
                for value in islice(self._of_kind(each, wanted, []), _FEW):
                    yield from before(each.term, value)


def _type_of_item(variable: Variable) -> Type:
    term = variable.term
    if isinstance(term, PartOf):
        return term.of.type
    return term.type
