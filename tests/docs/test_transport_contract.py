"""The table of what every transport was held to says of all of them, and of all checks."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from tests.transports import COLUMNS, HEAD, PAGE, ROWS, TESTS

from postroom.hooks.manager import find_plugins

if TYPE_CHECKING:
    from collections.abc import Iterator

CONTRACTS = ("OurTransport", "OurReceiver")


def cells() -> list[list[str]]:
    """Return the table of the page, its head first."""
    lines = [line for line in PAGE.read_text("utf-8").splitlines() if line.startswith("|")]
    return [[each.strip() for each in line.strip("|").split("|")] for line in lines]


def contracts() -> Iterator[tuple[str, str]]:
    """Yield file and name of every class of tests that inherits a contract."""
    for path in sorted((TESTS / "plugins").glob("*/test_*.py")):
        for node in ast.parse(path.read_text("utf-8")).body:
            if isinstance(node, ast.ClassDef) and any(
                isinstance(base, ast.Name) and base.id in CONTRACTS for base in node.bases
            ):
                yield str(path.relative_to(TESTS)), node.name


def test_every_transport_and_receiver_has_a_row() -> None:
    plugins = find_plugins()
    known = {*plugins.transports(), *plugins.receivers(), "pipe"}
    assert {row.use for row in ROWS} == known


def test_every_class_that_inherits_a_contract_has_a_row() -> None:
    assert set(contracts()) <= {(row.path, row.tests) for row in ROWS}


def test_the_page_has_those_rows_and_the_checks_as_columns() -> None:
    head, _, *rows = cells()
    assert head == ["", *COLUMNS]
    assert [row[0] for row in rows] == [row.name for row in ROWS]


def test_every_check_was_passed_or_has_a_reason() -> None:
    _, _, *rows = cells()
    text = PAGE.read_text("utf-8")
    assert text.startswith(HEAD)
    for name, *shown in rows:
        for column, cell in zip(COLUMNS, shown, strict=True):
            assert cell or column == "the rest", (name, column)
            assert "FAILED" not in cell
            for number in cell.partition("(")[2].strip(")").split(", "):
                assert not number or f"\n{number}. " in text
