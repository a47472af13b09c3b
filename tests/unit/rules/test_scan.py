"""`scan_for_malware`: what an account says of malware, and cases that say what is found."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.unit.rules.kinds import KINDS, Clamav

from postroom.rules.load import load
from postroom.source.diagnostic import RuleError
from postroom.source.text import Source
from postroom.testing.cases import run_all

if TYPE_CHECKING:
    from postroom.rules.ruleset import RuleSet

RULES = """
version: 1
tables:
  note:
    fields:
      title: {{type: text}}
accounts:
  desk:
    table: note
    address: desk@kestrel.example
    scan_for_malware: {scan}
    filters:
      - {{id: eicar, when: '"Eicar" in malware.names and malware.result == "found"', then: discard}}
    access:
      create: [{{id: all, then: {{allow_as: sender}}}}]
      update: [{{id: replies, then: {{allow_as: sender}}}}]
    mapping: {{set: {{title: "${{subject}}"}}}}
tests:
  - name: clean mail is a note
    account: desk
    mail: {{from: ann@weaver.example, subject: Hello}}
    expect: {{decision: created}}
  - name: what is found is put aside
    account: desk
    mail: {{from: ann@weaver.example, subject: Hello, malware: [Eicar]}}
    expect: {{decision: {found}}}
"""


def rules(scan: str, found: str = "quarantined") -> RuleSet:
    return load([Source("rules.yaml", RULES.format(scan=scan, found=found))], KINDS)


def test_what_is_left_out_is_quarantine() -> None:
    scan = rules("{use: clamav, port: 3311}").accounts["desk"].scan
    assert scan is not None
    assert (scan.use, scan.settings) == ("clamav", Clamav(port=3311))
    assert (scan.when_found, scan.when_down) == ("quarantine", "quarantine")


@pytest.mark.parametrize(("when", "found"), [("quarantine", "quarantined"), ("go_on", "discarded")])
def test_a_case_says_what_the_scanner_finds(when: str, found: str) -> None:
    loaded = rules(f"{{use: clamav, when_found: {when}}}", found)
    report = run_all(loaded, Path())
    assert [each.differences for each in report.results] == [(), ()]


@pytest.mark.parametrize(
    ("scan", "code"),
    [
        ("{port: 1}", "PR031"),
        ("{use: clamd}", "PR400"),
        ("{use: clamav, prot: 1}", "PR401"),
        ("{use: clamav, when_down: discard}", "PR035"),
    ],
)
def test_a_mistake_is_named(scan: str, code: str) -> None:
    with pytest.raises(RuleError) as caught:
        rules(scan)
    assert code in {each.code for each in caught.value.diagnostics}
