"""Whole explanations, recorded: what becomes of a message, and why.

After a change that is meant, run with POSTROOM_UPDATE_GOLDEN=1 and read the difference.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.unit.rules.kinds import KINDS

from postroom.mail.read import read
from postroom.pipeline.explain import as_lines
from postroom.rules.load import load, read_folder
from postroom.testing.cases import run_all, tokens_for_tests
from postroom.testing.given import CLOCK, read_given_file
from postroom.testing.trial import Trial

if TYPE_CHECKING:
    from postroom.rules.ruleset import RuleSet

GOLDEN = Path(__file__).parents[2] / "golden" / "decisions"
MAIL = sorted((GOLDEN / "mail").glob("*.eml"))


@pytest.fixture(scope="module")
def rules() -> RuleSet:
    return load(read_folder(GOLDEN / "rules"), KINDS)


@pytest.mark.parametrize("path", MAIL, ids=lambda path: path.stem)
def test_the_decision_and_its_reasons_are_these(path: Path, rules: RuleSet) -> None:
    given = GOLDEN / "given.yaml"
    known = read_given_file(given.name, given.read_bytes(), rules)
    trial = Trial(rules, tokens_for_tests(rules), CLOCK, known)
    outcome = trial.decide(read(path.read_bytes()))
    assert outcome is not None
    text = "\n".join(as_lines(outcome.decision, outcome.tried)) + "\n"
    expected = path.with_suffix(".txt")
    if os.environ.get("POSTROOM_UPDATE_GOLDEN"):
        expected.write_text(text, "utf-8")
    assert text == expected.read_text("utf-8")


def test_the_cases_of_the_rule_file_that_the_language_is_made_for_pass(rules: RuleSet) -> None:
    report = run_all(rules, GOLDEN / "rules")
    assert [result.case.name for result in report.results if not result.passed] == []
    assert len(report.results) == 3
