"""Whether the test cases notice small mistakes in the rules."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from postroom.testing.cases import ready

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from pathlib import Path

    from postroom.pipeline.context import Tried
    from postroom.rules.ruleset import RuleSet
    from postroom.testing.cases import Ready
    from postroom.testing.mutants import Mutant


@dataclass(frozen=True, slots=True)
class Mutation:
    """What became of the mutants."""

    killed: int
    """So many were noticed by a case."""
    survivors: tuple[Mutant, ...]
    """By place: the cases pass, though the rules say something else."""
    left: int = 0
    """So many were not tried, for want of time."""


@dataclass(frozen=True, slots=True)
class _Asked:
    """A case, and the rules that it has asked."""

    ready: Ready
    rules: frozenset[str]

    def is_worth_asking(self, mutant: Mutant) -> bool:
        """Return whether the case can notice the mistake: it has to get to it."""
        if mutant.account and mutant.account != self.ready.case.account:
            return False
        return not mutant.rule or mutant.rule in self.rules


def mutate(
    rules: RuleSet,
    folder: Path,
    found: Sequence[Mutant],
    *,
    goes_on: Callable[[], bool] = lambda: True,
    tried: Callable[[int], None] = lambda _: None,
) -> Mutation:
    """Run the cases under each mutant, until one of them fails.

    `goes_on` is asked before each of them, `tried` is told of each. All cases have to pass under
    the rules themselves.
    """
    cases = [_asked(ready(case, rules, folder), rules) for case in rules.cases]
    killed, survivors, done = 0, [], 0
    for mutant in found:
        if not goes_on():
            break
        done += 1
        tried(done)
        changed = mutant.made()
        if changed is None:
            continue
        if _is_noticed(changed, [each for each in cases if each.is_worth_asking(mutant)]):
            killed += 1
        else:
            survivors.append(mutant)
    survivors.sort(key=lambda mutant: mutant.order)
    return Mutation(killed, tuple(survivors), len(found) - done)


def _asked(case: Ready, rules: RuleSet) -> _Asked:
    trace: list[Tried] = []
    case.decided(rules, trace)
    return _Asked(case, frozenset(each.id for each in trace))


def _is_noticed(rules: RuleSet, cases: Iterable[_Asked]) -> bool:
    return any(not each.ready.result(rules, []).passed for each in cases)
