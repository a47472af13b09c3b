"""Whole texts of what is said about expressions: each code has a file, and a text that is recorded.

Set POSTROOM_UPDATE_GOLDEN to record them anew.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.language.desk import SCHEME, desk

from postroom.lang.compile import compile_condition, compile_template, compile_value
from postroom.source.codes import CODES
from postroom.source.diagnostic import Diagnostic, RuleError
from postroom.source.document import read_document
from postroom.source.nodes import Scalar, Sequence
from postroom.source.render import as_text
from postroom.source.text import Source

if TYPE_CHECKING:
    from postroom.source.words import Words

GOLDEN = Path(__file__).parent / "golden"
ERRORS = Path(__file__).parents[2] / "docs" / "errors"
FILES = sorted(GOLDEN.glob("*.yaml"))
OURS = [code for code in CODES if "PR101" <= code < "PR230"]
"""Codes of the expression language."""


@pytest.mark.parametrize("path", FILES, ids=lambda p: p.stem)
def test_the_author_reads_exactly_this(path: Path) -> None:
    text = "\n\n".join(map(as_text, _findings(path))) + "\n"
    recorded = path.with_suffix(".txt")
    if os.environ.get("POSTROOM_UPDATE_GOLDEN"):
        recorded.write_text(text, "utf-8")
    assert text == recorded.read_text("utf-8")


@pytest.mark.parametrize("code", OURS)
def test_every_code_of_the_language_has_a_recorded_text_and_a_page(code: str) -> None:
    assert f"[{code}]" in (GOLDEN / f"{code}.txt").read_text("utf-8")
    page = (ERRORS / f"{code}.md").read_text("utf-8")
    assert page.startswith(f"# {code}: {CODES[code]}\n")


@pytest.mark.parametrize("code", OURS)
def test_the_example_on_the_page_of_a_code_is_what_is_said(code: str) -> None:
    page = (ERRORS / f"{code}.md").read_text("utf-8")
    example = page.split("```\n")[1].rstrip("\n")
    recorded = (GOLDEN / f"{code}.txt").read_text("utf-8").rstrip("\n").split("\n\n")
    assert example in recorded


def _findings(path: Path) -> list[Diagnostic]:
    document = read_document(Source("rules.yaml", path.read_text("utf-8")))
    assert document.findings == ()
    assert document.root is not None
    found: list[Diagnostic] = []
    for entry in document.root.entries:
        assert isinstance(entry.node, Sequence)
        for item in entry.node.items:
            assert isinstance(item, Scalar)
            found += _of(entry.name, item.words)
    return found


def _of(what: str, words: Words) -> tuple[Diagnostic, ...]:
    try:
        if what == "when":
            return compile_condition(words, SCHEME).warnings
        if what == "when, without a record":
            return compile_condition(words, desk(with_record=False)).warnings
        if what == "value":
            compile_value(words, SCHEME)
        else:
            compile_template(words, SCHEME, "html")
    except RuleError as error:
        return error.diagnostics
    pytest.fail(f"nothing was found in {words.value}")
