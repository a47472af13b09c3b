"""Whole texts of warnings, recorded: each lint has a case, which says what its author reads."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from tests.unit.rules.kinds import KINDS

from postroom.rules.lint import checked
from postroom.rules.load import load, read_folder
from postroom.source.render import as_text
from postroom.source.text import Source

GOLDEN = Path(__file__).parents[2] / "golden" / "lints"
CASES = sorted(path for path in GOLDEN.iterdir() if path.is_dir())
BASE = Source("base.yaml", (GOLDEN / "base.yaml").read_text("utf-8"))


@pytest.mark.parametrize("case", CASES, ids=lambda path: path.name)
def test_the_author_reads_exactly_this(case: Path) -> None:
    reviewed = checked(load([*read_folder(case), BASE], KINDS))
    texts = [as_text(each) for each in reviewed.found]
    texts += [
        f"waived: {each.code} {each.span.place if each.span else ''}: {waiver.reason}"
        for each, waiver in reviewed.waived
    ]
    text = "\n\n".join(texts) + "\n"
    expected = case / "expected.txt"
    if os.environ.get("POSTROOM_UPDATE_GOLDEN"):
        expected.write_text(text, "utf-8")
    assert text == expected.read_text("utf-8")


def test_the_base_of_the_cases_has_nothing_to_warn_of() -> None:
    assert checked(load([BASE], KINDS)).found == ()
