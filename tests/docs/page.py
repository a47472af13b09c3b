"""Read a page of the docs as a script: files to write, commands to run, output to see."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@dataclass(frozen=True)
class Block:
    """One fenced block: its language, its words after the language, and its text."""

    language: str
    words: tuple[str, ...]
    text: str
    line: int

    @property
    def file(self) -> str:
        """What file the block is, said as ```yaml file=my-rules/x.yaml; "" if it is none."""
        return next((w.removeprefix("file=") for w in self.words if w.startswith("file=")), "")


def blocks(page: Path) -> Iterator[Block]:
    """Yield the fenced blocks of a page in order."""
    lines = iter(enumerate(page.read_text("utf-8").splitlines(), start=1))
    for number, line in lines:
        if not line.startswith("```"):
            continue
        language, *words = line[3:].split() or [""]
        body = []
        for _, inner in lines:
            if inner.startswith("```"):
                break
            body.append(inner)
        yield Block(language, tuple(words), "\n".join(body) + "\n", number)


def agrees(shown: str, real: str) -> bool:
    """Return whether real output is what a page shows; a line `...` stands for any lines."""
    wanted = [part.strip("\n") for part in f"\n{shown}\n".split("\n...\n")]
    real_lines = "\n".join(line.rstrip() for line in real.splitlines())
    at = 0
    for part in wanted:
        text = "\n".join(line.rstrip() for line in part.splitlines())
        found = real_lines.find(text, at)
        if found < 0:
            return False
        at = found + len(text)
    return True
