"""What proofs of one rule set share: the vocabulary, the formulas, and how much may be searched."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from postroom.lang.evaluate import Walk
from postroom.rules.proofs.axioms import axioms, vocabulary
from postroom.rules.proofs.formula import TRUE, atoms_of
from postroom.rules.proofs.mail import Desk, scope_of
from postroom.rules.proofs.show import example
from postroom.rules.proofs.solve import Model, solve
from postroom.rules.proofs.translate import formula_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from postroom.lang.expression import Condition
    from postroom.lang.scope import Scope
    from postroom.lang.terms import Term
    from postroom.rules.proofs.atoms import Variable, Vocabulary
    from postroom.rules.proofs.formula import Formula
    from postroom.rules.proofs.solve import Answer
    from postroom.rules.ruleset import Account, RuleSet

SEARCHES = 100_000
"""So many searches for one rule set; what is left over is not proved, and nothing is said of it."""


@dataclass(frozen=True, slots=True)
class Witness:
    """A mail that shows something."""

    model: Model
    scope: Scope

    @property
    def walk(self) -> Walk:
        """What works terms out for the mail."""
        return Walk(self.scope)

    @property
    def words(self) -> str:
        """The mail, as far as it matters, in the words of the rules."""
        return example(self.model)

    @property
    def words_besides_results(self) -> str:
        """The same without what a server says of the sender."""
        return example(self.model, without="auth.")


@dataclass(slots=True)
class Prover:
    """Asks what can be, for one rule set."""

    rules: RuleSet
    left: int = SEARCHES
    known: Vocabulary = field(default_factory=vocabulary)
    _formulas: dict[int, Formula] = field(default_factory=dict)
    _links: dict[Variable, frozenset[Variable]] = field(default_factory=dict)
    _axioms: dict[Variable, tuple[Formula, ...]] = field(default_factory=dict)

    def formula(self, condition: Condition | None) -> Formula:
        """Return what a condition means; a rule without one holds always."""
        if condition is None or condition.term is None:
            return TRUE
        key = id(condition)
        found = self._formulas.get(key)
        if found is None:
            found = self._formulas[key] = self.translated(condition.term)
        return found

    def translated(self, term: Term) -> Formula:
        """Return what a part of a condition means."""
        return formula_of(self.known, term)

    def solve(self, goals: Iterable[Formula]) -> Answer:
        """Return values for which all goals hold, `no` if it is proved that there are none."""
        if self.left <= 0:
            return "unknown"
        self.left -= 1
        return solve(goals, axioms=self._said_of)

    def impossible(self, *goals: Formula) -> bool:
        """Return whether it is proved that the goals cannot hold together."""
        return self.solve(goals) == "no"

    def witness(self, account: Account, goals: Iterable[Formula], *, answer: bool = False,
                verified: Iterable[Condition | None] = ()) -> Witness | None:  # fmt: skip
        """Return a mail for which the goals hold, if one is found.

        `answer` says whether it is for a record. `verified` are conditions that must hold of the
        mail when the compiled rules themselves are asked; if one does not, there is no witness.
        """
        found = self.solve(goals)
        if not isinstance(found, Model):
            return None
        made = Witness(found, scope_of(found, self.desk(account, answer=answer)))
        held = all(each is None or each.holds(made.scope) for each in verified)
        return made if held else None

    def desk(self, account: Account, *, answer: bool = False) -> Desk:
        """Return where example mail of an account comes in."""
        contacts = self.rules.contacts
        return Desk(
            account=account.name,
            address=account.address,
            table=self.rules.tables.get(account.table),
            contacts=self.rules.tables.get(contacts.table) if contacts else None,
            with_record=answer,
        )

    def are_linked(self, variables: Collection[Variable]) -> bool:
        """Return whether something is known of several of these variables together."""
        seen: set[Variable] = set()
        for variable in variables if len(variables) > 1 else ():
            known = self.known_with(variable)
            if not seen.isdisjoint(known):
                return True
            seen |= known
        return False

    def known_with(self, variable: Variable) -> frozenset[Variable]:
        """Return a variable and those of which something is known together with it."""
        found = self._links.get(variable)
        if found is None:
            said = (atom for formula in self._said_of(variable) for atom in atoms_of(formula))
            others = (atom.variable for atom in said if atom.variable is not None)
            found = self._links[variable] = frozenset((variable, *others))
        return found

    def _said_of(self, variable: Variable) -> tuple[Formula, ...]:
        found = self._axioms.get(variable)
        if found is None:
            found = self._axioms[variable] = axioms(self.known, variable)
        return found
