"""Run the test cases of a rule set, through the real reader and the real decision."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from postroom.identity.token import KeyRing, Tokens
from postroom.mail.read import read
from postroom.pipeline.decide import decide
from postroom.pipeline.knowledge import Knowledge
from postroom.source.diagnostic import Diagnostic, Problem
from postroom.testing.compare import differences
from postroom.testing.given import CLOCK, read_given, time_of
from postroom.testing.mail import build, checked_here, scanned

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime
    from pathlib import Path

    from postroom.model.decision import Decision, Section
    from postroom.model.message import Message
    from postroom.pipeline.context import Rule, Tried
    from postroom.rules.ruleset import Account, Case, RuleSet
    from postroom.testing.compare import Difference
    from postroom.testing.given import Known

_RING = KeyRing.single(bytes(range(64)), "test cases")


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one case."""

    case: Case
    decision: Decision | None
    """None where the case could not be carried out."""
    differences: tuple[Difference, ...] = ()
    problem: Diagnostic | None = None

    @property
    def passed(self) -> bool:
        """Whether everything is as the case expects."""
        return self.problem is None and not self.differences


@dataclass(frozen=True, slots=True)
class Untested:
    """A rule that no case makes fire."""

    account: str
    section: Section
    id: str
    place: str


@dataclass(frozen=True, slots=True)
class Report:
    """What became of all cases."""

    results: tuple[Result, ...]
    untested: tuple[Untested, ...]

    @property
    def passed(self) -> bool:
        """Whether every case passed."""
        return all(result.passed for result in self.results)


@dataclass(frozen=True, slots=True)
class Ready:
    """A case whose mail was read, to be decided under one rule set or under several."""

    case: Case
    message: Message
    known: Known
    received_at: datetime

    def decided(self, rules: RuleSet, trace: list[Tried] | None = None) -> Decision:
        """Return what the rules decide; `trace` takes a note of every rule that is asked."""
        account, tokens = rules.accounts[self.case.account], tokens_for_tests(rules)
        now = self.known.clock or self.received_at
        knowledge = Knowledge(self.known.found(rules), account, rules, tokens, now)
        here = "" if self.case.eml else checked_here(self.case, account)
        scan = scanned(self.case, account)
        found = knowledge.facts(self.message, self.received_at, checked_here=here, scan=scan)
        facts = self.known.facts(found)
        return decide(self.message, facts, account, rules, tokens, trace)

    def result(self, rules: RuleSet, trace: list[Tried] | None = None) -> Result:
        """Return what becomes of the case under these rules."""
        decision = self.decided(rules, trace)
        return Result(self.case, decision, tuple(differences(self.case.expect, decision, rules)))


def run_all(rules: RuleSet, folder: Path, *, every_rule: bool = False) -> Report:
    """Run every case; `eml:` paths are looked for in the folder of the rules.

    With `every_rule`, no rule is passed over because a quick look tells that it cannot hold.
    """
    found = (run(case, rules, folder, every_rule=every_rule) for case in rules.cases)
    results = tuple(found)
    return Report(results, tuple(_untested(rules, results)))


def run(case: Case, rules: RuleSet, folder: Path, *, every_rule: bool = False) -> Result:
    """Run one case."""
    try:
        return ready(case, rules, folder).result(rules, [] if every_rule else None)
    except Problem as problem:
        return Result(case, None, problem=problem.diagnostic)


def ready(case: Case, rules: RuleSet, folder: Path) -> Ready:
    """Read the mail of a case. Raises Problem PR445 if the case cannot be carried out."""
    account, tokens = rules.accounts[case.account], tokens_for_tests(rules)
    known = read_given(case.given, rules, case.span)
    received_at = known.clock or CLOCK
    if "received" in case.mail:
        received_at = time_of(case.mail["received"], case.span)
    raw = _file(case, folder) if case.eml else build(case, account, rules, tokens, received_at)
    return Ready(case, read(raw), known, received_at)


def tokens_for_tests(rules: RuleSet) -> Tokens:
    """Return tokens that are valid in test cases and nowhere else."""
    numbers = {name: number for number, name in enumerate(sorted(rules.tables), start=1)}
    return Tokens(_RING, numbers)


def _file(case: Case, folder: Path) -> bytes:
    path = folder / case.folder / case.eml
    try:
        return path.read_bytes()
    except OSError as error:
        why = (error.strerror or type(error).__name__).lower()
        message = f"the message `{case.eml}` cannot be read: {why}"
        hint = f"it is looked for beside the rule file, as {path}"
        raise Problem(Diagnostic("PR445", message, case.span, hint)) from None


def _untested(rules: RuleSet, results: Sequence[Result]) -> Iterator[Untested]:
    fired = {
        (result.decision.account, rule.section, rule.id)
        for result in results
        if result.decision is not None
        for rule in result.decision.fired
    }
    for account in rules.accounts.values():
        for section, rule in rules_of(account):
            if (account.name, section, rule.id) not in fired:
                yield Untested(account.name, section, rule.id, rule.span.place)


def rules_of(account: Account) -> Iterator[tuple[Section, Rule]]:
    """Yield each rule of an account with the section in which it stands."""
    sections: tuple[tuple[Section, Sequence[Rule]], ...] = (
        ("filters", account.filters),
        ("access", (*account.create, *account.update)),
        ("mapping", account.mapping.rules),
        ("updates", account.updates.rules),
        ("notify", account.notify),
    )
    for section, found in sections:
        yield from ((section, rule) for rule in found)
