"""Which comparisons the cases saw, and which mistakes they would miss."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest
from tests.unit.rules.kinds import KINDS

from postroom.cli.main import main
from postroom.rules.load import load
from postroom.runtime.rulesets.loading import load_rules
from postroom.source.shipped import shipped
from postroom.source.text import Source
from postroom.testing.cases import Report
from postroom.testing.coverage import Compared, Coverage, measure
from postroom.testing.junit import as_junit
from postroom.testing.mutants import mutants
from postroom.testing.mutation import mutate

if TYPE_CHECKING:
    from postroom.rules.ruleset import RuleSet

HEAD = """\
version: 1
tables: {ticket: {fields: {title: {type: text, required: true}, kind: {type: text}}}}
accounts:
  help:
    table: ticket
    address: help@x.example
    trust_results_from: [mx.x.example]
"""
TAIL = """\
    access:
      create: [{id: all, then: {allow_as: sender}}]
      update: [{id: no, then: deny}]
    mapping: {set: {title: "${subject}"}}
"""


def ruleset(filters: str, *cases: str) -> RuleSet:
    """Return rules with these filters and cases; a case is a subject and what becomes of it."""
    listed = "".join(f"      - {each}\n" for each in filters.splitlines())
    tests = "".join(f"  - {{name: t{n}, account: help, {each}}}\n" for n, each in enumerate(cases))
    text = f"{HEAD}    filters:\n{listed}{TAIL}tests:\n{tests or '  []'}"
    return load([Source("r.yaml", text)], KINDS)


def case(subject: str, decision: str, more: str = "") -> str:
    return (
        f"mail: {{from: a@a.example, subject: '{subject}'{more}}}, expect: {{decision: {decision}}}"
    )


JUNK = "{id: junk, when: 'subject contains \"win\" and size > 5', then: discard}"


def seen(rules: RuleSet) -> dict[str, tuple[bool, bool]]:
    _, coverage = measure(rules, Path())
    return {each.text: (each.true, each.false) for each in coverage.comparisons}


def test_a_comparison_that_was_not_reached_was_not_seen() -> None:
    """`and` asks no further once a part does not hold."""
    assert seen(ruleset(JUNK, case("hello", "created"))) == {
        'subject contains "win"': (False, True), "size > 5": (False, False),
    }  # fmt: skip
    assert seen(ruleset(JUNK, case("you win", "discarded"))) == {
        'subject contains "win"': (True, False), "size > 5": (True, False),
    }  # fmt: skip


def test_the_share_is_rounded_down_and_places_are_told() -> None:
    rules = ruleset(JUNK, case("hello", "created"), case("you win", "discarded"))
    report, coverage = measure(rules, Path())
    assert report.passed
    assert (coverage.seen, coverage.percent) == (3, 75)
    assert [(each.place, each.missing) for each in coverage.missing] == [("r.yaml:9:54", "false")]
    third = Coverage((*coverage.comparisons, Compared("x", "r:1:1", true=False, false=False)))
    assert third.percent == 50
    assert Coverage((Compared("x", "r:1:1", true=True, false=True),) * 2).percent == 100
    assert Coverage(()).percent == 100
    assert Coverage((*[Compared("x", "", true=True, false=True)] * 199,
                     Compared("y", "", true=True, false=False))).percent == 99  # fmt: skip


def test_the_parts_of_a_test_of_a_list_are_compared_for_each_item() -> None:
    test = 'any(attachments, .size > 5 and .filename ends_with ".exe")'
    rule = f"{{id: f, when: '{test}', then: discard}}"
    attached = ", attachments: [{filename: a.txt, size: 9}, {filename: b.exe, size: 2}]"
    assert seen(ruleset(rule, case("x", "created", attached))) == {
        test: (False, True),
        ".size > 5": (True, True),
        '.filename ends_with ".exe"': (False, True),
    }


def test_a_rule_behind_one_that_stopped_the_mail_was_not_asked() -> None:
    rules = ruleset(
        "{id: a, when: 'subject == \"x\"', then: discard}\n"
        "{id: b, when: 'subject == \"y\"', then: discard}",
        case("x", "discarded"),
    )
    assert seen(rules) == {'subject == "x"': (True, False), 'subject == "y"': (False, False)}


def survivors(rules: RuleSet) -> list[str]:
    return [each.words for each in mutate(rules, Path(), list(mutants(rules))).survivors]


def test_a_mistake_that_no_case_notices_is_listed_at_its_place() -> None:
    rules = ruleset(JUNK, case("hello", "created"), case("you win", "discarded"))
    found = mutate(rules, Path(), list(mutants(rules)))
    assert [(each.span.place, each.words) for each in found.survivors] == [
        ("r.yaml:9:27", '`subject contains "win" and size > 5` becomes `subject contains "win"`'),
        ("r.yaml:9:58", "`>` becomes `>=`"),
        ("r.yaml:9:61", "`5` becomes `6`"),
    ]  # fmt: skip
    assert found.killed > 5


def test_without_cases_every_mistake_survives() -> None:
    rules = ruleset(JUNK)
    found = mutate(rules, Path(), list(mutants(rules)))
    assert found.killed == 0
    assert len(found.survivors) == sum(each.made() is not None for each in mutants(rules))


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ('subject == "a"', {'subject != "a"', 'subject == "ax"'}),
        ("size <= 3", {"size < 3", "size > 3", "size <= 4"}),
        ("size > 25MB", {"size >= 25MB", "size <= 25MB", "size > 26MB"}),
        ("not auth.aligned", {"auth.aligned"}),
        ("auth.aligned", {"not auth.aligned"}),
        ("cc is empty", {"cc is not empty"}),
        ('subject contains_any ["a", "b"]', {
            'subject contains_all ["a", "b"]', 'subject contains_any ["b"]',
            'subject contains_any ["a"]', 'subject contains_any ["ax", "b"]',
            'subject contains_any ["a", "bx"]',
        }),
        ("any(attachments, .size > 1)", {
            "all(attachments, .size > 1)", "any(attachments, .size >= 1)",
            "any(attachments, .size <= 1)", "any(attachments, .size > 2)",
        }),
        ("auth.aligned or (mdn.present and dsn.present)", {
            "not auth.aligned or (mdn.present and dsn.present)", "auth.aligned",
            "auth.aligned and (mdn.present and dsn.present)", "(mdn.present and dsn.present)",
            "auth.aligned or (mdn.present or dsn.present)", "auth.aligned or (mdn.present)",
            "auth.aligned or (dsn.present)", "auth.aligned or (not mdn.present and dsn.present)",
            "auth.aligned or (mdn.present and not dsn.present)",
        }),
        ('subject matches r"a+"', {'not subject matches r"a+"', 'subject matches r"a+x"'}),
        ('auth.dmarc.result == "fail"', {'auth.dmarc.result != "fail"'}),  # "failx" is an error
    ],
)  # fmt: skip
def test_every_small_mistake_is_made(condition: str, expected: set[str]) -> None:
    rules = ruleset("{id: f, when: '" + condition + "', then: discard}")
    made = set()
    for mutant in mutants(rules):
        changed = mutant.made()
        filters = changed.accounts["help"].filters if changed else ()
        if filters and filters[0].when is not None:
            words = filters[0].when.words
            assert words is not None
            made.add(words.value)
    assert made - {condition} == expected


def test_a_filter_that_accounts_share_is_changed_in_all_of_them() -> None:
    text = (HEAD + "    filters: [{use: common}]\n" + TAIL).replace("a:\n", "a:\n") + (
        "  desk:\n    table: ticket\n    address: desk@x.example\n    filters: [{use: common}]\n"
        + TAIL
        + "filters:\n  common: [{id: big, when: size > 5, then: discard}]\n"
    )
    rules = load([Source("r.yaml", text)], KINDS)
    dropped = [each for each in mutants(rules) if each.words == "`big` is dropped"]
    assert len(dropped) == 1
    changed = dropped[0].made()
    assert changed is not None
    assert {len(account.filters) for account in changed.accounts.values()} == {0}


def test_a_filter_in_shadow_is_left_alone() -> None:
    rules = ruleset("{id: f, shadow: true, when: size > 5, then: discard}")
    assert "f" not in {each.rule for each in mutants(rules)}


def test_there_is_an_end_when_the_time_is_over() -> None:
    rules = ruleset(JUNK, case("hello", "created"))
    found = list(mutants(rules))
    turns = iter([True, True, False])
    stopped = mutate(rules, Path(), found, goes_on=lambda: next(turns))
    assert stopped.killed + len(stopped.survivors) <= 2
    assert stopped.left == len(found) - 2


# --- the command ----------------------------------------------------------


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    rules = ruleset(JUNK, case("hello", "created"), case("you win", "discarded"))
    (tmp_path / "r.yaml").write_text(rules.sources[0].text, "utf-8")
    return tmp_path


def test_min_fails_below_and_passes_at_the_share(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["test", str(folder), "--min", "75"]) == 0
    assert main(["test", str(folder), "--min", "76"]) == 1
    said = capsys.readouterr().out
    assert "r.yaml:9:54: `size > 5` was never false" in said
    assert "coverage 75 %: 3 of the 4 outcomes of 2 comparisons seen" in said
    assert "error[PR446]: coverage is 75 %, and --min asks for 76 %" in said


def test_mutate_lists_survivors_and_fails_beyond_the_limit(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["test", str(folder), "--mutate"]) == 1
    said = capsys.readouterr()
    assert "r.yaml:9:58: no case notices that `>` becomes `>=`\n" in said.out
    assert "error[PR447]: 3 mistakes would go unnoticed, of 0 at most" in said.out
    assert "making mistakes" in said.err
    assert main(["test", str(folder), "--mutate", "--max-survivors", "3"]) == 0


def test_mistakes_are_only_made_where_all_cases_pass(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = folder / "r.yaml"
    file.write_text(file.read_text("utf-8").replace("decision: created", "decision: denied"))
    assert main(["test", str(folder), "--mutate"]) == 1
    assert "error[PR449]" in capsys.readouterr().out


def test_machines_read_all_of_it(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["test", str(folder), "--json", "--coverage", "--mutate"]) == 1
    told = json.loads(capsys.readouterr().out)
    assert told["coverage"]["percent"] == 75
    assert [each["change"] for each in told["mutation"]["survivors"]][1] == "`>` becomes `>=`"
    assert [each["code"] for each in told["found"]] == ["PR447"]


def test_junit_holds_each_case_with_its_failure(tmp_path: Path) -> None:
    rules = ruleset(JUNK, case("hello", "created"), case("you win <b>", "created"))
    report, _ = measure(rules, Path())
    top = ET.fromstring(as_junit(report))
    (suite,) = top
    assert suite.attrib == {"name": "help", "tests": "2", "failures": "1", "errors": "0"}
    good, bad = suite
    assert (good.get("name"), good.get("file"), len(good)) == ("t0", "r.yaml", 0)
    assert bad[0].tag == "failure"
    assert "expected created" in (bad[0].text or "")
    (tmp_path / "r.yaml").write_text(rules.sources[0].text, "utf-8")
    assert main(["test", str(tmp_path), "--junit", str(tmp_path / "out.xml")]) == 1
    assert ET.parse(tmp_path / "out.xml").getroot().tag == "testsuites"


def test_junit_tells_what_could_not_be_carried_out_from_what_failed() -> None:
    rules = ruleset(JUNK, "eml: missing.eml, expect: {decision: created}")
    top = ET.fromstring(as_junit(measure(rules, Path("/nowhere"))[0]))
    assert top[0].get("errors") == "1"
    assert top[0][0][0].tag == "error"


def test_junit_holds_nothing_that_xml_has_not() -> None:
    report, _ = measure(ruleset(JUNK, case("hello", "created")), Path())
    odd = replace(report.results[0], case=replace(report.results[0].case, name="a\x07\ud800b"))
    text = as_junit(Report((odd,), ()))
    assert ET.fromstring(text)[0][0].get("name") == "a\ufffd\ufffdb"


def test_the_shipped_rules_are_tested() -> None:
    """Every rule fires, nine tenths are seen, and few mistakes go unnoticed."""
    folder = Path(str(shipped("rules"))) / "helpdesk"
    rules = load_rules(folder)
    report, coverage = measure(rules, folder)
    assert report.passed
    assert report.untested == ()
    assert coverage.percent >= 90
    found = mutate(rules, folder, list(mutants(rules)))
    assert len(found.survivors) <= 5
    assert found.killed > 20 * len(found.survivors)
