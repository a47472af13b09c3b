"""A decision is the same whether every rule is asked or only those worth asking."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st
from tests.language.desk import SCHEME, scope, words
from tests.language.searches import WAYS
from tests.language.strategies import conditions, scopes
from tests.language.test_matching import likely
from tests.unit.rules.kinds import KINDS

from postroom.lang.compile import compile_condition
from postroom.lang.expression import Value
from postroom.lang.types import TEXT
from postroom.pipeline.decide import decide
from postroom.rules.load import load, read_folder
from postroom.rules.matching import Matching
from postroom.rules.ruleset import AccessRule, Assignment, Filter, Shape, ShapeRule
from postroom.source.text import Source, Span
from postroom.testing.cases import tokens_for_tests

if TYPE_CHECKING:
    from collections.abc import Sequence

    from postroom.lang.expression import Condition
    from postroom.lang.scope import Scope
    from postroom.lang.search import MakeSearch
    from postroom.rules.ruleset import Account, RuleSet

HERE = Span(Source("rules.yaml", "x"), 0, 1)


class All(Matching):
    """Asks every rule."""

    def worth_asking(self, rules: Sequence[object], _: Scope) -> Sequence[int]:
        return range(len(rules))


@cache
def base() -> tuple[RuleSet, Account]:
    rules = load(read_folder(Path(__file__).parent / "example"), KINDS)
    return rules, next(iter(rules.accounts.values()))


def desk_with(asked: list[Condition]) -> tuple[RuleSet, Account]:
    """Return the example with filters, access and mapping rules that have these conditions."""
    rules, account = base()
    value = Value(HERE, TEXT, lambda _: "x", constant="x")
    ids = [f"rule-{number}" for number in range(len(asked))]
    numbered = list(zip(ids, asked, strict=True))
    return rules, replace(
        account,
        filters=tuple(Filter(f"f-{n}", HERE, c, "no_answer") for n, c in numbered),
        create=tuple(AccessRule(f"a-{n}", HERE, c, "allow_as", "guest") for n, c in numbered),
        mapping=Shape(
            account.mapping.assignments,
            tuple(ShapeRule(n, HERE, c, (Assignment("title", value, HERE),)) for n, c in numbered),
        ),
    )


@settings(max_examples=15, suppress_health_check=list(HealthCheck))
@given(st.data(), scopes, st.sampled_from(sorted(WAYS)))
def test_decisions_are_the_same(data: st.DataObject, asked: Scope, way: str) -> None:
    texts = data.draw(st.lists(likely(asked) | conditions(), min_size=12, max_size=16))
    rules, account = desk_with([compile_condition(words(text), SCHEME) for text in texts])
    facts = replace(asked.facts, token=type(asked.facts.token)(), record=None)
    decisions = [
        decide(
            asked.message, facts, account, replace(rules, matching=asking), tokens_for_tests(rules)
        )
        for asking in (All(), Matching(WAYS[way]))
    ]
    assert decisions[0] == decisions[1]
    event(f"fired: {min(len(decisions[0].fired), 5)}")


@pytest.mark.parametrize("make", WAYS.values(), ids=WAYS)
def test_few_rules_are_asked_and_many_are_looked_up(make: MakeSearch) -> None:
    matching = Matching(make)
    texts = [f'subject contains "word {number}"' for number in range(20)]
    rules = tuple(
        Filter(text, HERE, compile_condition(words(text), SCHEME), "discard") for text in texts
    )
    mail = scope({"subject": "This is word 7 and WORD 19"})
    assert list(matching.worth_asking(rules, mail)) == [1, 7, 19]
    assert list(matching.worth_asking(rules[:5], mail)) == [0, 1, 2, 3, 4]


def test_a_rule_without_a_condition_is_always_worth_asking() -> None:
    rules = tuple(Filter(str(number), HERE, None, "no_answer") for number in range(20))
    assert list(Matching().worth_asking(rules, scope())) == list(range(20))
