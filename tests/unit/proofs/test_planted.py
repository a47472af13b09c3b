"""Each fault is found among 300 rules, and nothing is found where there is none."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.unit.proofs.many import HEAD, TAIL, rules
from tests.unit.rules.kinds import KINDS

from postroom.identity.check import permission_findings
from postroom.rules.lint import checked
from postroom.rules.load import load
from postroom.rules.proofs import prover
from postroom.rules.prove import proved
from postroom.runtime.rulesets.loading import load_rules
from postroom.source.render import as_text
from postroom.source.text import Source

if TYPE_CHECKING:
    from postroom.source.diagnostic import Diagnostic

SHIPPED = Path(__file__).parents[3] / "rules"
MANY = 300

FAULTS: dict[str, tuple[str, dict[str, str]]] = {
    "unreachable": ("PR350", {"filters": """\
      - {id: large-known, when: contact.known and size > 9MB, then: discard}
      - {id: large-unknown, when: not contact.known and size > 8MB, then: discard}
      - {id: planted, when: size > 10MB and subject contains "x", then: discard}
"""}),
    "shadowed-by": ("PR360", {"filters": """\
      - {id: planted, when: from.addr_spec == "bob@d6.example" and size > 1MB, then: discard}
"""}),
    "never-true": ("PR361", {"filters": """\
      - {id: planted, when: size > 5MB and size < 1MB, then: discard}
"""}),
    "always-true": ("PR362", {"filters": """\
      - {id: planted, when: size > 1MB or size < 5MB, then: no_answer}
"""}),
    "conflicting-set": ("PR363", {"mapping": """\
        - {id: planted, when: 'from.addr_spec == "m1@m.example"', set: {kind: c}}
"""}),
    "unused-list": ("PR351", {"head": HEAD.replace("lists: {", "lists: {planted: [x], ")}),
    "unused-template": ("PR352", {"head": HEAD.replace("  ack:", "  planted: {text: x}\n  ack:")}),
    "unused-field": (
        "PR364",
        {"head": HEAD.replace("      kind:", "      planted: {type: date}\n      kind:")},
    ),
    "answer-without-limit": (
        "PR365",
        {"head": HEAD.replace("count_from_sender(1h) > 20", "size > 9MB")},
    ),
    "echo-to-stranger": ("PR366", {"notify": TAIL.replace("ack}", "ack, allow_unverified: true}")}),
    "trust-without-auth": ("PR367", {"access": """\
        - {id: planted, when: from.domain == "trusted.example", then: {allow_as: guest}}
"""}),
    "shared-address": ("PR355", {"more": """\
  planted:
    table: ticket
    address: help@x.example
    access:
      create: [{id: all, then: {allow_as: guest}}]
      update: [{id: t, when: token.valid, then: deny}]
    mapping: {set: {title: "${subject}"}}
"""}),
    "comment-eats-rule": ("PR369", {"filters": """\
      - id: planted
        when: subject contains "prize" # or subject contains "prizes"
        then: discard
"""}),
    "ends-with-on-domain": ("PR221", {"filters": """\
      - {id: planted, when: from.domain ends_with "evil.example", then: discard}
"""}),
}  # fmt: skip


WITHOUT_NAME = ("PR365", "PR366")
"""What these are about is there without the fault; it only lost what made it harmless."""


def findings(text: str) -> tuple[Diagnostic, ...]:
    return checked(load([Source("rules.yaml", text)], KINDS)).found


def found(text: str) -> list[str]:
    return [each.code for each in findings(text)]


def test_nothing_is_found_where_nothing_is_wrong() -> None:
    assert found(rules(MANY)) == []


@pytest.mark.parametrize(("code", "planted"), FAULTS.values(), ids=FAULTS)
def test_a_fault_is_found_among_300_rules(code: str, planted: dict[str, str]) -> None:
    warned = findings(rules(MANY, **planted))
    assert {each.code for each in warned} - {"PR354"} == {code}  # PR354 comes with PR366
    named = [each for each in warned if "planted" in f"{each.about} {as_text(each)}"]
    assert any(each.code == code for each in named) or code in WITHOUT_NAME


def test_a_guest_who_may_not_create_is_found_among_300_rules() -> None:
    """PR358 needs the permissions, which are another layer's."""
    text = rules(MANY, head=HEAD.replace("create: true", "create: false"))
    found = permission_findings(load([Source("rules.yaml", text)], KINDS))
    assert "PR358" in [each.code for each in found]


@pytest.mark.parametrize("folder", sorted(p for p in SHIPPED.iterdir() if p.is_dir()), ids=str)
def test_nothing_is_found_in_the_rules_that_ship(folder: Path) -> None:
    assert checked(load_rules(folder)).found == ()


def searches(size: int) -> int:
    """Return how many searches the proofs of so many rules take."""
    counted = 0

    class Counting(prover.Prover):
        def solve(self, goals: object) -> object:  # type: ignore[override]
            nonlocal counted
            counted += 1
            return super().solve(goals)  # type: ignore[arg-type]

    loaded = load([Source("rules.yaml", rules(size))], KINDS)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("postroom.rules.prove.Prover", Counting)
        list(proved(loaded))
    return counted


def test_twice_the_rules_take_hardly_more_than_twice_the_searches() -> None:
    assert searches(600) < 2.2 * searches(300) + 50
    assert searches(300) < 3_000
