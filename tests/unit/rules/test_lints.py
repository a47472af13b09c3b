"""The page of lints says what is declared, and every warning is declared.

After a change that is meant, run this file with POSTROOM_UPDATE_GOLDEN=1.
"""

from __future__ import annotations

import os
from pathlib import Path

from tests.unit.proofs.test_planted import FAULTS

from postroom.rules.lints import LINTS
from postroom.rules.waivers import WAIVABLE
from postroom.source.codes import CODES

TOP = Path(__file__).parents[3]
PAGE = TOP / "docs" / "reference" / "lints.md"
GOLDEN = TOP / "tests" / "golden"
START, END = "<!-- lints -->\n", "<!-- end -->"
ELSEWHERE = {
    "guest-cannot-create": "test_planted, by the permissions",
    "answer-to-unverified": "tests/golden/errors/answer-to-the-unverified",
    "unused-filters": "tests/golden/errors/unused",
    "comment-eats-text": "tests/golden/errors/yaml-comment-cuts-text",
    "plugin": "test_plugin_lints",
    "unused-waiver": "tests/golden/lints/waivers",
}
"""Lints that are not planted among many rules, and what shows that they work."""


def table() -> str:
    rows = ["| lint | code | says that | proved | shows |", "| --- | --- | --- | --- | --- |"]
    for lint in LINTS:
        link = f"[{lint.code}](../errors/{lint.code}.md)"
        proved = "yes" if lint.proved else ""
        rows.append(f"| {lint.name} | {link} | {lint.says} | {proved} | {lint.shown} |")
    return "\n".join(rows) + "\n"


def test_the_page_says_what_is_declared() -> None:
    before, mark, rest = PAGE.read_text("utf-8").partition(START)
    assert mark
    if os.environ.get("POSTROOM_UPDATE_GOLDEN"):
        PAGE.write_text(before + START + table() + END + rest.partition(END)[2], "utf-8")
        return
    assert rest.partition(END)[0] == table()


def test_every_warning_in_the_recorded_texts_is_declared() -> None:
    declared = {lint.code for lint in LINTS}
    texts = "".join(path.read_text("utf-8") for path in GOLDEN.rglob("expected.txt"))
    warned = {piece[:5] for piece in texts.split("warning[")[1:]}
    assert warned <= declared
    assert declared <= set(CODES)
    assert len(declared) == len(LINTS)


def test_every_lint_is_shown_to_work() -> None:
    names = [lint.name for lint in LINTS]
    assert set(names) == set(FAULTS) | set(ELSEWHERE)
    assert {name: code for name, (code, _) in FAULTS.items()} == {
        lint.name: lint.code for lint in LINTS if lint.name in FAULTS
    }


def test_a_mistake_cannot_be_waived() -> None:
    assert set(WAIVABLE) == {lint.code for lint in LINTS if lint.waivable}
    assert "PR368" not in WAIVABLE
    assert "PR300" not in WAIVABLE
