"""Whole texts of findings, recorded: each code has a case, each case says what its author reads."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from tests.unit.rules.kinds import KINDS

from postroom.rules.load import load, read_folder
from postroom.source.codes import CODES
from postroom.source.diagnostic import Diagnostic, RuleError
from postroom.source.render import as_text
from postroom.source.text import Source

GOLDEN = Path(__file__).parents[2] / "golden" / "errors"
LINTS = GOLDEN.with_name("lints")
"""What is said of rules together."""
LANGUAGE = Path(__file__).parents[2] / "language" / "golden"
"""What is said about expressions alone."""
CASES = sorted(p for p in GOLDEN.iterdir() if p.is_dir())
BASE = Source("base.yaml", (GOLDEN / "base.yaml").read_text("utf-8"))
WITHOUT_FILES = ("PR004", "PR005", "PR040", "PR041", "PR307", "PR308", "PR309", "PR358", "PR359")
"""Codes whose mistake cannot be kept in a folder, which test_load has; and that of permissions."""
LAST_OF_RULE_FILES = "PR410"
"""From here on, codes speak of plugins and of the world outside."""


def findings(folder: Path) -> tuple[Diagnostic, ...]:
    try:
        sources = read_folder(folder)
        base = () if any(source.name == BASE.name for source in sources) else (BASE,)
        return load([*sources, *base], KINDS).warnings
    except RuleError as error:
        return error.diagnostics


@pytest.mark.parametrize("case", CASES, ids=lambda p: p.name)
def test_the_author_reads_exactly_this(case: Path) -> None:
    expected = case / "expected.txt"
    text = "\n\n".join(map(as_text, findings(case))) + "\n"
    if os.environ.get("POSTROOM_UPDATE_GOLDEN"):
        expected.write_text(text, "utf-8")
    assert text == expected.read_text("utf-8")
    assert text.strip()


def test_the_base_of_the_cases_has_no_mistake() -> None:
    assert load([BASE], KINDS).warnings == ()


def test_every_code_of_rule_files_has_a_case() -> None:
    texts = [*GOLDEN.rglob("expected.txt"), *LINTS.rglob("expected.txt"), *LANGUAGE.rglob("*.*")]
    recorded = "".join(path.read_text("utf-8") for path in texts)
    missing = [c for c in CODES if c < LAST_OF_RULE_FILES and f"[{c}]" not in recorded]
    assert missing == list(WITHOUT_FILES)
