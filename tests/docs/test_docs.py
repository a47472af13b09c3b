"""Every page of the tutorial and every how-to does what it says."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from tests.command_line import call
from tests.docs.page import Block, agrees, blocks

DOCS = Path(__file__).parents[2] / "docs"
PAGES = sorted(
    page
    for folder in ("tutorial", "how-to")
    for page in (DOCS / folder).glob("*.md")
    if any(b.language == "console" for b in blocks(page))
)


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.stem)
def test_the_page_does_what_it_says(page: Path, tmp_path: Path) -> None:
    for block in blocks(page):
        if block.file:
            target = tmp_path / block.file
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(block.text, "utf-8")
        elif block.language == "console":
            _run(page, block, tmp_path)


def _run(page: Path, block: Block, folder: Path) -> None:
    """Run each `$ ` line of a block; what stands below it must be what comes out."""
    commands = block.text.split("$ ")[1:] if block.text.startswith("$ ") else []
    assert commands, f"{page.name}:{block.line}: a console block starts with `$ `"
    for command in commands:
        line, _, shown = command.partition("\n")
        said = _said(line, folder, in_a_shell=page.parent.name == "tutorial")
        where = f"{page.name}:{block.line}: {line}"
        assert agrees(shown, said), f"{where}\n--- shown\n{shown}--- real\n{said}"


def _said(line: str, folder: Path, *, in_a_shell: bool) -> str:
    """Return what a line says: as people type it, or where that is all the same, called here."""
    environment = {"COLUMNS": "120", "TERM": "dumb"}
    verb, *words = shlex.split(line)
    if verb == "postroom" and not in_a_shell and not set("|<>;&$`").intersection(line):
        return call(*words, folder=folder, environment=environment, together=True).stdout
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    return subprocess.run(
        ["/bin/sh", "-c", line],
        cwd=folder,
        env={**os.environ, **environment, "PATH": path},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=120,
        check=False,
    ).stdout


def test_there_are_pages_to_run() -> None:
    assert PAGES


@pytest.mark.parametrize("page", sorted(DOCS.rglob("*.md")), ids=lambda p: str(p.relative_to(DOCS)))
def test_links_between_pages_lead_somewhere(page: Path) -> None:
    for target in _links(page.read_text("utf-8")):
        assert (page.parent / target).exists(), f"{page.relative_to(DOCS)} links to {target}"


def _links(text: str) -> list[str]:
    found = [piece.partition(")")[0] for piece in text.split("](")[1:]]
    return [f.partition("#")[0] for f in found if "://" not in f and not f.startswith("#")]
