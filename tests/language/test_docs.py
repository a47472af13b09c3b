"""What the docs say of the language is true."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.language.desk import SCHEME, words

from postroom.lang.compile import compile_condition, compile_value
from postroom.lang.reference import filled_in
from postroom.source.diagnostic import RuleError

DOCS = Path(__file__).parents[2] / "docs"
REFERENCE = DOCS / "reference" / "language.md"
PAGES = [REFERENCE, *sorted(DOCS.glob("errors/PR1*.md")), *sorted(DOCS.glob("errors/PR2[012]*.md"))]


def test_the_tables_of_the_reference_are_those_of_the_declarations() -> None:
    page = REFERENCE.read_text("utf-8")
    assert filled_in(page) == page
    assert page.count("<!-- end -->") == 5


def _examples() -> list[tuple[str, str]]:
    """Return the lines of every unlabelled block that is not the text of an error."""
    found = []
    for page in PAGES:
        label, fenced = "", False
        for line in page.read_text("utf-8").splitlines():
            if line.startswith("```"):
                label, fenced = line[3:], not fenced
            elif fenced and not label and line and not line.startswith((" ", "rules.yaml:")):
                found.append((page.stem, line))
    return found


@pytest.mark.parametrize(("page", "line"), _examples())
def test_every_example_compiles(page: str, line: str) -> None:
    text = line.partition("     ")[0].removeprefix("when: ").removeprefix("title: ")
    try:
        if text.startswith("${"):
            compile_value(words(text), SCHEME)
        elif "??" in text and "(" not in text and "==" not in text:
            compile_value(words("${" + text + "}"), SCHEME)
        else:
            compile_condition(words(text), SCHEME)
    except RuleError as error:
        pytest.fail(f"{page}: {error}")
