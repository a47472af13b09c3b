"""Every code has its page, and each page tells the truth."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from tests.docs.page import blocks

from postroom.source.codes import CODES

TOP = Path(__file__).parents[3]
PAGES = TOP / "docs" / "errors"
RECORDED = TOP / "tests" / "golden" / "errors"
LINTS = RECORDED.with_name("lints")
OURS = [c for c in CODES if c < "PR100" or "PR240" <= c < "PR410"]
"""What the checker of rule files says; expressions and programs have tests of their own."""
WITHOUT_RECORD = ("PR004", "PR005", "PR040", "PR041", "PR307", "PR308", "PR309", "PR358",
                  "PR359")  # fmt: skip
"""What these say depends on a folder, or is said by others than the checker of rule files."""
STAGES = (
    ("PR0", "The file and its keys"),
    ("PR1", "Expressions: how they are written"),
    ("PR2", "Names and types"),
    ("PR3", "Between rules"),
    ("PR4", "Settings, plugins and the command line"),
    ("PR5", "At run time"),
)


def index() -> str:
    """Return the page that lists all codes."""
    lines = ["# What each code means", ""]
    command = "POSTROOM_UPDATE_GOLDEN=1 pytest tests/unit/source/test_codes.py"
    lines += [f"<!-- made from the catalogue of codes: {command} -->", ""]
    for start, title in STAGES:
        lines += [f"## {title}", "", "| code | what |", "| --- | --- |"]
        found = sorted(code for code in CODES if code.startswith(start))
        lines += [f"| [{c}]({c}.md) | {CODES[c].replace('|', chr(92) + '|')} |" for c in found]
        lines.append("")
    return "\n".join(lines)


def test_the_index_lists_every_code() -> None:
    page = PAGES / "index.md"
    if os.environ.get("POSTROOM_UPDATE_GOLDEN"):
        page.write_text(index(), "utf-8")
    assert page.read_text("utf-8") == index()


@pytest.mark.parametrize("code", sorted(CODES))
def test_a_code_has_a_page_with_its_words(code: str) -> None:
    assert len(code) == 5
    assert code[2:].isdecimal()
    first = (PAGES / f"{code}.md").read_text("utf-8").split("\n", 1)[0]
    assert first == f"# {code}: {CODES[code]}"


def test_there_is_no_page_without_a_code() -> None:
    assert {page.stem for page in PAGES.glob("PR*.md")} <= set(CODES)


@pytest.mark.parametrize("code", OURS)
def test_what_a_page_shows_is_what_the_checker_says(code: str) -> None:
    texts = (*RECORDED.rglob("expected.txt"), *LINTS.rglob("expected.txt"))
    recorded = "\n".join(p.read_text("utf-8") for p in texts)
    shown = [b.text for b in blocks(PAGES / f"{code}.md") if f"[{code}]: " in b.text]
    assert shown or code in WITHOUT_RECORD
    for text in shown if code not in WITHOUT_RECORD else ():
        assert text.strip("\n") in recorded
