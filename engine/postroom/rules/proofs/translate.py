"""From terms to formulas.

What is not understood becomes an atom of its own: it may be true or false for all that is known,
which keeps what is proved right.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, cast

from postroom.lang import operations
from postroom.lang.evaluate import OPERATORS
from postroom.lang.terms import (
    Apply,
    Compared,
    Constant,
    Current,
    FoldedEach,
    Logic,
    Otherwise,
    PartOf,
    Quantified,
    Read,
    Term,
    every,
)
from postroom.lang.text import FOLDS, fold_domain
from postroom.rules.proofs.formula import FALSE, TRUE, Formula, all_of, constant, negated, some_of
from postroom.rules.proofs.items import list_of_parts
from postroom.rules.proofs.likes import like
from postroom.rules.proofs.speaker import Speaker, form_of, unfolded
from postroom.rules.proofs.variables import shown

if TYPE_CHECKING:
    from collections.abc import Callable

    from postroom.lang.terms import Inline
    from postroom.lang.types import Form
    from postroom.rules.proofs.atoms import Relation, Vocabulary

_FLIPPED: dict[Inline, Inline] = {
    "<": ">", "<=": ">=", ">": "<", ">=": "<=", "==": "==",
}  # fmt: skip
_RELATIONS: dict[str, Relation] = {
    "==": "is", "contains": "contains", "starts_with": "starts", "ends_with": "ends",
}  # fmt: skip
_REFLEXIVE = ("==", "<=", ">=", "contains", "starts_with", "ends_with")
_EMPTY = (operations.is_blank, operations.is_bare, operations.is_missing)


def formula_of(vocabulary: Vocabulary, term: Term, items_of: str = "") -> Formula:
    """Return what a condition means; `items_of` names the list whose items it is asked about."""
    return Translator(Speaker(vocabulary, items_of)).formula(term)


@dataclass(frozen=True, slots=True)
class Translator:
    """Makes formulas of conditions."""

    say: Speaker

    def formula(self, term: Term) -> Formula:
        """Return what a condition means."""
        match term:
            case Logic(word="not", parts=(of,)):
                return negated(self.formula(of))
            case Logic(word="and", parts=parts):
                return all_of(map(self.formula, parts))
            case Logic(parts=parts):
                return some_of(map(self.formula, parts))
            case Otherwise(parts=parts):
                return self._cases(parts, self.formula)
            case _:
                return self._comparison(term)

    def _comparison(self, term: Term) -> Formula:  # noqa: PLR0911 - one return for each
        match term:
            case Read() | PartOf() | Current():
                found = self.say.variable(term)
                return self.say.other(term) if found is None else self.say.flag(found)
            case Compared(operator="!="):
                return negated(self._compared(replace(term, operator="==")))
            case Compared(operator="not in"):
                return negated(self._within(replace(term, operator="in")))
            case Compared(operator="in"):
                return self._within(term)
            case Compared():
                return self._compared(term)
            case Quantified():
                return self._quantified(term)
            case Apply():
                return self._applied(term)
            case _:
                return self.say.other(term)

    # --- what is compared ---------------------------------------------------

    def _compared(self, term: Compared) -> Formula:
        left, right, operator = term.left, term.right, term.operator
        if isinstance(left, Constant) and operator in _FLIPPED:
            left, right, operator = right, left, _FLIPPED[operator]
        if not isinstance(right, Constant):
            if shown(left) == shown(right):
                return constant(operator in _REFLEXIVE)
            return self.say.other(term)
        return self._against(term, left, operator, right.value)

    def _against(self, term: Term, left: Term, operator: str, limit: Any) -> Formula:  # noqa: ANN401
        """Return what it means to compare a term with a value that is known."""
        of, form = unfolded(left)

        def says(part: Term) -> Formula:
            if isinstance(part, Constant):
                return constant(_known(part.value, form, operator, limit))
            return self._one(term, part, form, operator, limit)

        return self._cases(of.parts, says) if isinstance(of, Otherwise) else says(of)

    def _one(
        self, term: Term, of: Term, form: Form | None, operator: str, limit: Any  # noqa: ANN401
    ) -> Formula:  # fmt: skip
        found = self.say.variable(of)
        if found is None:
            return self.say.other(term)
        if found.kind == "flag" and operator == "==":
            return self.say.flag(found) if limit else negated(self.say.flag(found))
        if form is not None and operator in _RELATIONS:
            return self.say.text(found, form, _RELATIONS[operator], (limit,))
        if found.kind != "number":
            return self.say.other(term)
        counted = self._counted(of, operator, limit) if isinstance(limit, int) else None
        return self.say.order(found, operator, limit) if counted is None else counted

    def _counted(self, of: Term, operator: str, limit: int) -> Formula | None:
        """Say simpler how many items a list has: `count(...) > 0` is `any(...)`."""
        if isinstance(of, Apply) and of.name == "length" and of.arguments[0].type.kind == "list":
            parts = list_of_parts(self.say.vocabulary, of.arguments[0])
            if parts is not None and parts.each:
                return self.say.length(parts.list, operator, limit)
        if isinstance(of, Quantified):
            none = _known(0, None, operator, limit)
            some = {_known(max(1, n), None, operator, limit) for n in (1, limit, limit + 1)}
            if some == {not none}:
                found = self._quantified(Quantified(of.node, of.type, "any", of.of, of.test))
                return negated(found) if none else found
        return None

    def _within(self, term: Compared) -> Formula:
        """Return what `x in y` means."""
        if isinstance(term.right, Constant):
            return self._among(term, term.left, tuple(term.right.value))
        if not isinstance(term.right, FoldedEach) or not isinstance(term.left, Constant):
            return self.say.other(term)
        parts = list_of_parts(self.say.vocabulary, term.right.of)
        inside = Speaker(self.say.vocabulary, parts.list.name) if parts else None
        item = inside.variable(parts.item) if parts and inside else None
        if parts is None or inside is None or item is None:
            return self.say.other(term)
        form = form_of(term.right.fold)
        return self.say.has(parts.list, inside.text(item, form, "is", (term.left.value,)))

    def _among(self, term: Compared, left: Term, wanted: tuple[Any, ...]) -> Formula:
        """Return what `x in ["a", "b"]` means."""
        of, form = unfolded(left)

        def says(part: Term) -> Formula:
            if isinstance(part, Constant):
                return constant((part.value if form is None else FOLDS[form](part.value)) in wanted)
            found = self.say.variable(part)
            if found is not None and form is not None:
                return self.say.text(found, form, "is", tuple(sorted(wanted)))
            return some_of(self._one(term, part, None, "==", each) for each in wanted)

        return self._cases(of.parts, says) if isinstance(of, Otherwise) else says(of)

    def _cases(self, parts: tuple[Term, ...], says: Callable[[Term], Formula]) -> Formula:
        """Return what is said of the first part that is not missing."""
        *before, last = _flat(parts)
        found: list[Formula] = []
        missing: list[Formula] = []
        for part in before:
            there = self.say.there(part)
            found.append(all_of((*missing, there, says(part))))
            missing.append(negated(there))
        return some_of((*found, all_of((*missing, says(last)))))

    # --- functions and lists ------------------------------------------------

    def _applied(self, term: Apply) -> Formula:
        match term.name:
            case "is empty":
                empty = self._empty(term, term.arguments[0])
                return empty if term.function in _EMPTY else negated(empty)
            case "contains_any" | "contains_all":
                return self._contains(term)
            case "like":
                return self._like(term)
            case "in_domain":
                return self._below(term)
            case "exact":
                return self._exact(term)
            case _:
                return self.say.other(term)

    def _empty(self, term: Apply, of: Term) -> Formula:
        if isinstance(of, Read) and of.path == "contact":
            return negated(self.say.flag(self.say.vocabulary.variables["contact.known"]))
        if isinstance(of, Otherwise):
            return self._cases(of.parts, lambda part: self._empty(term, part))
        if isinstance(of, Constant):
            return constant(not of.value or (isinstance(of.value, str) and of.value.isspace()))
        if of.type.kind == "list":
            parts = list_of_parts(self.say.vocabulary, of)
            known = parts is not None and parts.each
            return self.say.length(parts.list, "==", 0) if parts and known else self._plain(term)
        found = self.say.variable(of)
        if found is None:
            return self._plain(term)
        missing = negated(self.say.there(of)) if of.type.optional else FALSE
        return some_of((missing, self.say.blank(found))) if found.kind == "text" else missing

    def _plain(self, term: Apply) -> Formula:
        """Take `is empty` as it is; whoever asks for it turns `is not empty` around."""
        found = self.say.other(term)
        return found if term.function in _EMPTY else negated(found)

    def _contains(self, term: Apply) -> Formula:
        (of, form), wanted = unfolded(term.arguments[0]), term.arguments[1]
        if form is None or not isinstance(wanted, Constant):
            return self.say.other(term)
        together = tuple(wanted.value)
        groups = [together] if term.name == "contains_any" else [(each,) for each in together]

        def says(part: Term) -> Formula:
            if isinstance(part, Constant):
                text = FOLDS[form](part.value)
                return constant(all(any(each in text for each in group) for group in groups))
            found = self.say.variable(part)
            if found is None:
                return self.say.other(term)
            return all_of(self.say.text(found, form, "contains", group) for group in groups)

        return self._cases(of.parts, says) if isinstance(of, Otherwise) else says(of)

    def _like(self, term: Apply) -> Formula:
        of, form = unfolded(term.arguments[0])
        found = self.say.variable(of)
        pattern = getattr(term.function, "__self__", None)
        if found is None or form is None or pattern is None or isinstance(of, Otherwise):
            return self.say.other(term)
        relation, wanted = like(pattern.written, form)
        if relation == "like":
            return self.say.like(found, form, term, wanted)
        if relation == "contains" and not wanted:
            return TRUE
        return self.say.text(found, form, relation, (wanted,))

    def _below(self, term: Apply) -> Formula:
        of, _ = unfolded(term.arguments[0])
        found, written = self.say.variable(of), term.written[0].value
        if found is None or isinstance(of, Otherwise):
            return self.say.other(term)
        names = (written,) if isinstance(written, str) else written
        wanted = tuple(sorted({fold_domain(name.strip(". ")) for name in names}))
        return self.say.text(found, "domain", "below", wanted)

    def _exact(self, term: Apply) -> Formula:
        left, right = term.arguments
        of, wanted = (right, left) if isinstance(left, Constant) else (left, right)
        found = self.say.variable(of)
        if found is None or not isinstance(wanted, Constant):
            return self.say.other(term)
        return self.say.text(found, found.type.form, "exactly", (wanted.value,))

    def _quantified(self, term: Quantified) -> Formula:
        parts = list_of_parts(self.say.vocabulary, term.of)
        reads_outside = any(isinstance(each, Read) for each in every(term.test))
        if parts is None or not parts.whole or reads_outside or term.word == "count":
            return self.say.other(term)
        test = formula_of(self.say.vocabulary, term.test, parts.list.name)
        if term.word == "all":
            return negated(self.say.has(parts.list, negated(test)))
        found = self.say.has(parts.list, test)
        return negated(found) if term.word == "none" else found


def _flat(parts: tuple[Term, ...]) -> list[Term]:
    """Return the parts of `a ?? (b ?? c)` in the order in which they are looked at."""
    return [
        each
        for part in parts
        for each in (_flat(part.parts) if isinstance(part, Otherwise) else (part,))
    ]


def _known(value: Any, form: Form | None, operator: str, limit: Any) -> bool:  # noqa: ANN401
    """Compare two values that are known; the limit is folded already."""
    left = FOLDS[form](value) if form is not None else value
    return bool(OPERATORS[cast("Inline", operator)](left, limit))
