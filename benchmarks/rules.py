"""What deciding costs as rules become many: 10, 100, 1,000 and 10,000 of them, in one run.

`decide` is all of deciding a message of the mix that was read before: guards, filters, access,
mapping, the record, reasons; not reading the mail and not writing what was decided. Rules are
those of `many`; the first ten of them fire now and then and are the same in every set, so that
what grows is only the number of rules that are asked. `one by one` asks every condition by itself.

    python benchmarks/rules.py [MESSAGES [SEED]]
"""

from __future__ import annotations

import sys
import time
from datetime import UTC, datetime
from itertools import islice
from typing import TYPE_CHECKING

from many import rule_file
from mix import messages

from postroom.hooks.manager import find_plugins
from postroom.identity.token import KeyRing, Tokens
from postroom.lang.search import one_pass
from postroom.mail.read import read
from postroom.model.facts import Facts
from postroom.pipeline.decide import decide
from postroom.rules.load import load
from postroom.rules.matching import Matching
from postroom.runtime.rulesets.loading import kinds_of
from postroom.runtime.rulesets.speed import has_hyperscan, search_in
from postroom.source.text import Source

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from postroom.lang.search import Search
    from postroom.model.message import Message
    from postroom.rules.ruleset import RuleSet

COUNTS = (10, 100, 1_000, 10_000)
DEFAULTS = (200, 1)
"""Messages and seed."""
ROUNDS = 5
SIEVE = 1.57
"""Microseconds that Pigeonhole, in C, takes for a rule and a message."""
NOW = datetime(2026, 10, 12, 12, tzinfo=UTC)
FACTS = Facts("support", NOW, NOW)
TOKENS = Tokens(KeyRing.single(bytes(range(64)), "benchmark"), {"ticket": 2, "contact": 1})


class OneByOne(Matching):
    """Asks every rule."""

    def worth_asking(self, rules: Sequence[object], scope: object) -> Sequence[int]:
        """Return all of them."""
        del scope
        return range(len(rules))


def by_hyperscan(wanted: Sequence[bytes]) -> Search:
    """Prepare a search here, not in another process."""
    from postroom.runtime.rulesets.speed_child import prepared

    return search_in(prepared(wanted))


def rule_sets() -> dict[int, RuleSet]:
    """Return the rule sets, by the number of their rules."""
    kinds = kinds_of(find_plugins())
    return {count: load([Source("r.yaml", rule_file(count))], kinds) for count in COUNTS}


def spent(rules: RuleSet, mail: Iterable[Message]) -> float:
    """Return how many seconds deciding takes."""
    account = rules.accounts["support"]
    started = time.perf_counter()
    for message in mail:
        decide(message, FACTS, account, rules, TOKENS)
    return time.perf_counter() - started


def compare(name: str, sets: dict[int, RuleSet], mail: Sequence[Message]) -> None:
    """Print what each rule set takes, the fastest of several rounds, and the ratios."""
    least = dict.fromkeys(sets, float("inf"))
    for rules in sets.values():
        spent(rules, mail[:1])
    for _ in range(ROUNDS):
        for count, rules in sets.items():
            least[count] = min(least[count], spent(rules, mail))
    base = least[min(sets)] / len(mail)
    for count, seconds in least.items():
        each = seconds / len(mail)
        more = max(each - base, 0) / (count - min(sets)) if count > min(sets) else 0
        print(
            f"{name:12} {count:6} rules {each * 1e6:8.1f} us a message {each / base:6.2f} x"
            + (f" {more * 1e9:7.1f} ns for each further rule" if more else "")
        )
    further = max(least[max(sets)] / len(mail) - base, 1e-12) / (max(sets) - min(sets))
    print(f"{name:12} one rule of the C Sieve engine takes {SIEVE * 1e-6 / further:,.0f} x as long")


def main() -> None:
    """Print it."""
    count, seed = (*map(int, sys.argv[1:]), *DEFAULTS[len(sys.argv) - 1 :])
    mail = [read(raw) for raw in islice(messages(count, seed), count)]
    sets = rule_sets()
    ways: dict[str, Matching] = {"re2": Matching(one_pass), "one by one": OneByOne()}
    if has_hyperscan():
        ways = {"hyperscan": Matching(by_hyperscan), **ways}
    for name, way in ways.items():
        for rules in sets.values():
            object.__setattr__(rules, "matching", way)
        compare(name, sets, mail if name != "one by one" else mail[: len(mail) // 10])


if __name__ == "__main__":
    main()
