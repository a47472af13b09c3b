"""Conditions, and parts of them, that never hold or always do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from postroom.lang.terms import Logic
from postroom.rules.proofs.atoms import Other, Text
from postroom.rules.proofs.axioms import NEVER_BLANK
from postroom.rules.proofs.formula import atoms_of, is_false, is_true, negated
from postroom.rules.proofs.solve import refuted
from postroom.source.diagnostic import Diagnostic

if TYPE_CHECKING:
    from collections.abc import Iterator

    from postroom.lang.expression import Condition
    from postroom.lang.terms import Term
    from postroom.rules.proofs.atoms import Atom
    from postroom.rules.proofs.formula import Formula
    from postroom.rules.proofs.prover import Prover
    from postroom.source.text import Span
    from postroom.source.words import Words

_MOST_SHOWN = 3


@dataclass(slots=True)
class Constants:
    """Looks through one condition."""

    prover: Prover
    condition: Condition
    rule: str
    """The id of its rule."""

    def findings(self) -> Iterator[Diagnostic]:
        """Yield what is the same for every mail: the whole condition, or else parts of it."""
        term, words = self.condition.term, self.condition.words
        if term is not None and words is not None:
            yield from self._within(term, words, whole=True)

    def _within(self, term: Term, words: Words, *, whole: bool) -> Iterator[Diagnostic]:
        formula = self._formula(term)
        if self._is_open(formula):
            return
        where = words.span_of(term.node.start, term.node.end)
        if is_false(formula) or self.prover.impossible(formula):
            yield self._never(term, words, where, whole=whole)
        elif is_true(formula) or self.prover.impossible(negated(formula)):
            yield self._always(where, whole=whole)
        elif isinstance(term, Logic):
            for part in term.parts:
                yield from self._within(part, words, whole=False)

    def _is_open(self, formula: Formula) -> bool:
        """Return whether a look is enough to see that a formula can be true and can be false.

        That is so if each of its variables is asked but once, by an atom that can be either, and
        nothing is known about two of them together.
        """
        atoms = list(atoms_of(formula))
        asked = [atom.variable for atom in atoms if atom.variable is not None]
        different = set(asked)
        if not atoms or len(different) < len(asked) or self.prover.are_linked(different):
            return False
        return all(map(_is_free, atoms))

    def _formula(self, term: Term) -> Formula:
        if term is self.condition.term:
            return self.prover.formula(self.condition)
        return self.prover.translated(term)

    def _never(self, term: Term, words: Words, where: Span, *, whole: bool) -> Diagnostic:
        what = "this condition" if whole else "this part of the condition"
        return Diagnostic(
            "PR361",
            f"{what} never holds",
            where,
            f"no mail is like that: correct it, or {'delete the rule' if whole else 'take it out'}",
            "warning",
            notes=self._contradiction(term, words),
            about=(self.rule,),
        )

    def _always(self, where: Span, *, whole: bool) -> Diagnostic:
        what = "this condition" if whole else "this part of the condition"
        rest = "delete the `when:`" if whole else "take it out"
        return Diagnostic(
            "PR362",
            f"{what} always holds",
            where,
            f"every mail is like that: correct it, or {rest}",
            "warning",
            about=(self.rule,),
        )

    def _contradiction(self, term: Term, words: Words) -> tuple[str, ...]:
        """Say which comparisons exclude each other, if it takes few to do so."""
        if not (isinstance(term, Logic) and term.word == "and"):
            return ()
        needed = list(term.parts)
        for part in term.parts:
            rest = [each for each in needed if each is not part]
            if rest and self.prover.impossible(*map(self._formula, rest)):
                needed = rest
        if not 1 < len(needed) <= _MOST_SHOWN:
            return ()
        said = [" ".join(words.value[p.node.start : p.node.end].split()) for p in needed]
        return (f"these exclude each other: {', '.join(f'`{each}`' for each in said)}",)


def _is_free(atom: Atom) -> bool:
    """Return whether an atom can be true and can be false."""
    variable = atom.variable
    if variable is None or isinstance(atom, Other):
        return variable is None or not variable.values
    if isinstance(atom, Text) and atom.relation == "blank" and variable.name in NEVER_BLANK:
        return False
    if isinstance(atom, Text) and not variable.values and atom.relation != "exactly":
        return True  # there is always another text
    return not any(refuted(variable, ((atom, sign),)) for sign in (True, False))
