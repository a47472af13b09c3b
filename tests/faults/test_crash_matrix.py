"""Wherever an engine dies, the next one finishes the work: nothing lost, nothing twice."""

from __future__ import annotations

import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.faults.crash_page import KINDS, cells
from tests.servers.need import need

from postroom.hooks.failpoints import POINTS

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs/reference/crash-matrix.md"
GREEN = "green: 1 (twice), 3 (once)"


@pytest.fixture(scope="module")
def matrices(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Matrix]]:
    """Run the short form for all kinds at a time; they fork engines, and must have no threads."""
    folder = tmp_path_factory.mktemp("matrix")
    with ExitStack() as stack:
        running = {kind: Matrix(kind, folder / kind) for kind in KINDS}
        for each in running.values():
            stack.callback(each.end)
        yield running


class Matrix:
    """The short form for one kind, in a process of its own."""

    def __init__(self, kind: str, said: Path) -> None:
        self._said = said
        with said.open("w") as file:
            words = [sys.executable, "-m", "tests.faults.crash_matrix", "--kinds", kind]
            self._process = subprocess.Popen(words, stdout=file, stderr=file, cwd=ROOT)

    def wait(self) -> tuple[int, str]:
        """Return how it ended, and what it has said."""
        code = self._process.wait(280)
        return code, self._said.read_text("utf-8")

    def end(self) -> None:
        self._process.kill()
        self._process.wait()


@pytest.mark.parametrize("kind", KINDS)
def test_a_crash_loses_and_doubles_nothing(matrices: dict[str, Matrix], kind: str) -> None:
    """Every failpoint, with one crash and with two in a row; IMAP on a real mail server."""
    if kind == "imap":
        need("dovecot", "dovecot-core dovecot-imapd dovecot-lmtpd")
    code, said = matrices[kind].wait()
    sys.stdout.write(said)
    assert code == 0, said
    assert rows(said) == {point: [GREEN if possible(point, kind) else ""] for point in POINTS}


def rows(text: str) -> dict[str, list[str]]:
    """Return the fields of a table by the failpoint of their row."""
    found = [line.split("|")[1:-1] for line in text.splitlines() if line.startswith("| `")]
    return {first.strip(" `"): [each.strip() for each in rest] for first, *rest in found}


def possible(point: str, kind: str) -> bool:
    return any(cell.point == point for cell in cells(full=False, kinds=[kind]))


def test_the_page_has_a_field_for_whatever_can_happen_and_none_is_red() -> None:
    """Written by the long form, which may have left out what it was told to leave out."""
    found = rows(PAGE.read_text("utf-8"))
    assert [*found] == [*POINTS]
    for point, fields in found.items():
        assert [bool(each) for each in fields] == [possible(point, kind) for kind in KINDS], point
        assert all(each.startswith("green: ") or each in ("", "not tried") for each in fields)


def test_each_way_of_going_wrong_names_a_test_that_there_is() -> None:
    text = (ROOT / "docs/explanation/ledger.md").read_text("utf-8")
    table = text.partition("| what | then | test |")[2].partition("###")[0]
    lines = [line for line in table.splitlines() if line.startswith("| ")][1:]
    assert len(lines) > 12
    for line in lines:
        named = [part for part in line.split("|")[-2].split("`") if "::" in part]
        assert named, line
        for name in named:
            path, _, test = name.partition("::")
            assert f"\ndef {test}(" in (ROOT / path).read_text("utf-8"), name


def test_every_failpoint_is_in_the_matrix() -> None:
    assert {cell.point for cell in cells(full=False)} == set(POINTS)


def test_every_failpoint_is_in_the_code_once_for_each_way() -> None:
    """A name that nobody uses would be green for ever."""
    code = "".join(
        path.read_text("utf-8")
        for folder in ("engine", "plugins")
        for path in sorted((ROOT / folder).rglob("*.py"))
        if path.name != "failpoints.py"
    )
    missing = [
        name for name in POINTS if f'failpoint("{name}")' not in code and f', "{name}")' not in code
    ]
    assert missing == []


def test_every_failpoint_stands_in_the_docs_with_what_comes_of_it() -> None:
    page = (ROOT / "docs/explanation/ledger.md").read_text("utf-8")
    assert [name for name in POINTS if f"| `{name}` |" not in page] == []
