"""Every mail that a warning shows is as the warning says: the real rules are asked about it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.unit.proofs.many import rules as many
from tests.unit.proofs.test_planted import FAULTS
from tests.unit.rules.kinds import KINDS

from postroom.pipeline.admit import admit, route
from postroom.pipeline.context import Context
from postroom.pipeline.screen import screen
from postroom.rules.lint import checked
from postroom.rules.load import load, read_folder
from postroom.rules.proofs.prover import Witness
from postroom.rules.rules_of import rules_of
from postroom.rules.ruleset import AccessRule, ShapeRule
from postroom.source.text import Source
from postroom.testing.cases import tokens_for_tests

if TYPE_CHECKING:
    from collections.abc import Iterator

    from postroom.lang.scope import Scope
    from postroom.rules.rules_of import AnyRule
    from postroom.rules.ruleset import Account, RuleSet
    from postroom.source.diagnostic import Diagnostic

GOLDEN = Path(__file__).parents[2] / "golden" / "lints"
BASE = Source("base.yaml", (GOLDEN / "base.yaml").read_text("utf-8"))
SHOWN = ("PR360", "PR363", "PR366", "PR367")
METHODS = ("spf", "dkim", "dmarc", "arc")


def sets() -> Iterator[tuple[str, list[Source]]]:
    """Yield rule sets with faults of which a mail is shown."""
    for case in sorted(path for path in GOLDEN.iterdir() if path.is_dir()):
        yield case.name, [*read_folder(case), BASE]
    for name, (code, planted) in FAULTS.items():
        if code in SHOWN:
            yield name, [Source("rules.yaml", many(60, **planted))]


class Shown:
    """The mails that were shown, by their words."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.mails: dict[str, Scope] = {}
        for name in ("words", "words_besides_results"):
            monkeypatch.setattr(Witness, name, property(self._noting(vars(Witness)[name])))

    def _noting(self, real: property):  # type: ignore[no-untyped-def]  # noqa: ANN202
        def words(witness: Witness) -> str:
            assert real.fget is not None
            text = str(real.fget(witness))
            self.mails[text] = witness.scope
            return text

        return words

    def of(self, found: Diagnostic) -> Scope | None:
        """Return the mail of a warning."""
        (note,) = found.notes or ("",)
        said = note.partition(": ")[2].partition("; no server")[0]
        return self.mails.get(said)


def quoted(text: str) -> list[str]:
    """Return what stands in backticks."""
    return text.split("`")[1::2]


def of_name(rules: RuleSet, ids: list[str]) -> tuple[Account, list[AnyRule]]:
    for account in rules.accounts.values():
        known = {rule.id: rule for rule in rules_of(account)}
        if set(ids) <= set(known):
            return account, [known[each] for each in ids]
    raise LookupError(ids)


def context_of(rules: RuleSet, account: Account, mail: Scope) -> Context:
    tokens = tokens_for_tests(rules)
    return Context(mail.message, mail.facts, account, rules, tokens, mail)


def holds(rule: AnyRule, mail: Scope) -> bool:
    return rule.when is None or rule.when.holds(mail)


def nobody_vouches(mail: Scope) -> bool:
    auth = mail.message.auth
    return not auth.aligned and all(getattr(auth, m).result == "none" for m in METHODS)


def check_both_match(rules: RuleSet, found: Diagnostic, mail: Scope) -> None:
    _, both = of_name(rules, quoted(found.message))
    assert all(holds(rule, mail) for rule in both)


def check_conflict(rules: RuleSet, found: Diagnostic, mail: Scope) -> None:
    *_, field = quoted(found.message)
    ids = quoted(found.notes[0])
    account, both = of_name(rules, ids)
    context = context_of(rules, account, mail)
    assert screen(context).verdict is None
    (let_in,) = admit(context, route(context)).fired
    assert let_in.effect.startswith("allow_as")
    values = [
        assignment.value.of(mail)
        for rule in both
        if isinstance(rule, ShapeRule)
        for assignment in rule.assignments
        if assignment.field == field
    ]
    assert all(holds(rule, mail) for rule in both)
    assert values[0] != values[1]


def check_echo(rules: RuleSet, found: Diagnostic, mail: Scope) -> None:
    account, (rule,) = of_name(rules, quoted(found.message)[:1])
    assert nobody_vouches(mail)
    assert holds(rule, mail)
    assert screen(context_of(rules, account, mail)).verdict is None


def check_trust(rules: RuleSet, found: Diagnostic, mail: Scope) -> None:
    account, (rule,) = of_name(rules, quoted(found.message)[:1])
    context = context_of(rules, account, mail)
    assert isinstance(rule, AccessRule)
    assert nobody_vouches(mail)
    assert screen(context).verdict is None
    (fired,) = admit(context, route(context)).fired
    assert fired.id == rule.id


CHECKS = {
    "PR360": check_both_match,
    "PR363": check_conflict,
    "PR366": check_echo,
    "PR367": check_trust,
}


@pytest.mark.parametrize(
    ("name", "sources"), list(sets()), ids=lambda x: x if isinstance(x, str) else ""
)
def test_a_mail_that_is_shown_is_as_the_warning_says(
    name: str, sources: list[Source], monkeypatch: pytest.MonkeyPatch
) -> None:
    del name
    rules, shown = load(sources, KINDS), Shown(monkeypatch)
    reviewed = checked(rules)
    for found in (*reviewed.found, *(each for each, _ in reviewed.waived)):
        if found.code in CHECKS:
            mail = shown.of(found)
            assert mail is not None, found.notes
            CHECKS[found.code](rules, found, mail)


def test_every_kind_of_mail_was_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    """Or the test above shows nothing."""
    Shown(monkeypatch)
    codes = {
        found.code
        for _, sources in sets()
        for review in [checked(load(sources, KINDS))]
        for found in (*review.found, *(each for each, _ in review.waived))
    }
    assert codes >= set(SHOWN)
