"""What holds for every condition and every mail: what is proved is so."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.language.desk import CONTACT, SCHEME, TICKET, words
from tests.language.strategies import conditions, scopes

from postroom.lang.compile import compile_condition
from postroom.lang.evaluate import Walk
from postroom.lang.scope import Scope
from postroom.lang.terms import Apply, Quantified
from postroom.model.message import Checked, Mailbox
from postroom.rules.proofs.axioms import axioms, vocabulary
from postroom.rules.proofs.evaluate import holds
from postroom.rules.proofs.formula import atoms_of, negated
from postroom.rules.proofs.mail import Desk, scope_of
from postroom.rules.proofs.solve import Model, solve
from postroom.rules.proofs.translate import formula_of

if TYPE_CHECKING:
    from postroom.lang.expression import Condition
    from postroom.model.record import Record
    from postroom.rules.proofs.atoms import Atom
    from postroom.rules.proofs.formula import Formula
    from postroom.rules.proofs.solve import Answer

thorough = settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
senders = st.builds(
    Mailbox,
    st.none() | st.text(max_size=6),
    st.builds(
        "{}@{}".format,
        st.sampled_from(["ann", "ANN", "a+b", "müller", "ß", "x"]),
        st.sampled_from(["partner.example", "Bücher.example", "a.b.PARTNER.example", "[10.0.0.1]"]),
    ),
)


def as_stored(record: Record | None) -> Record | None:
    """Return a record whose choices are among those that its table lists."""
    if record is None:
        return None
    table = CONTACT if record.ref.table == "contact" else TICKET
    values = dict(record.values)
    for name in set(values) & set(table.fields):
        listed = table.fields[name].values
        if table.fields[name].type == "choice" and values[name] not in listed:
            values[name] = listed[len(str(values[name])) % len(listed)]
        elif table.fields[name].type == "multi_choice":
            held = values[name]
            values[name] = tuple(v for v in listed if isinstance(held, tuple) and v in held)
    return replace(record, values=values)


@st.composite
def mail_of_rules(draw: st.DrawFn) -> Scope:
    """Return mail as rules are asked about it: the reader and the guards have seen it."""
    asked = draw(scopes)
    auth = replace(
        asked.message.auth, dmarc=Checked("pass" if asked.message.auth.aligned else "fail")
    )
    message = replace(asked.message, from_=draw(senders), from_problem=None, auth=auth)
    facts = replace(asked.facts, contact=as_stored(asked.facts.contact))
    return Scope(message, facts, as_stored(asked.record), TICKET, CONTACT)


class Asking:
    """Conditions in one vocabulary."""

    def __init__(self, *texts: str) -> None:
        self.known = vocabulary()
        self.conditions = [compile_condition(words(text), SCHEME) for text in texts]
        self.formulas = [self.formula(condition) for condition in self.conditions]

    def formula(self, condition: Condition) -> Formula:
        assert condition.term is not None
        return formula_of(self.known, condition.term)

    def solve(self, *goals: Formula) -> Answer:
        return solve(goals, axioms=lambda variable: axioms(self.known, variable))


def of_several(atom: Atom) -> bool:
    """Return whether an atom reads several fields at once, which no values are looked for."""
    found = atom.variable
    return found is None or (found.base is None and isinstance(found.term, Apply | Quantified))


@thorough
@given(conditions(), mail_of_rules())
def test_a_formula_says_what_its_condition_says(text: str, mail: Scope) -> None:
    asking = Asking(text)
    assert holds(asking.formulas[0], Walk(mail)) is asking.conditions[0].holds(mail)
    assert holds(negated(asking.formulas[0]), Walk(mail)) is not asking.conditions[0].holds(mail)


@thorough
@given(conditions(1), conditions(1), mail_of_rules())
def test_what_is_proved_impossible_never_happens(one: str, other: str, mail: Scope) -> None:
    asking = Asking(one, other)
    (a, b), (first, second) = asking.formulas, asking.conditions
    for goals, held in (
        ((a, b), first.holds(mail) and second.holds(mail)),
        ((a, negated(b)), first.holds(mail) and not second.holds(mail)),
        ((a,), first.holds(mail)),
        ((negated(a),), not first.holds(mail)),
    ):
        if held:
            assert asking.solve(*goals) != "no"


@thorough
@given(conditions(1))
def test_a_mail_that_is_found_is_as_it_should_be(text: str) -> None:
    asking = Asking(text)
    found = asking.solve(*asking.formulas)
    if not isinstance(found, Model):
        return
    mail = scope_of(found, Desk("help", "help@x.example", TICKET, CONTACT, with_record=True))
    together = any(map(of_several, atoms_of(asking.formulas[0])))
    assert together or asking.conditions[0].holds(mail)
