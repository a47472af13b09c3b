"""The reference page says what the reader does."""

from __future__ import annotations

import json
from pathlib import Path

from postroom.cli.parse import as_data
from postroom.mail.defects import DEFECTS
from postroom.mail.limits import LIMITS
from postroom.mail.read import read

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs" / "reference" / "message-json.md").read_text("utf-8")
MAIL = ROOT / "engine" / "postroom" / "mail"


def table(heading: str) -> dict[str, str]:
    """Return the rows of the first table below a heading: first cell to last cell."""
    section = PAGE.split(f"## {heading}\n")[1].split("\n## ")[0]
    rows = [line.strip("| ").split(" | ") for line in section.splitlines() if line[:1] == "|"]
    return {row[0].strip("`"): row[-1] for row in rows[2:]}


def fenced(language: str) -> str:
    return PAGE.split(f"```{language}\n")[1].split("```")[0]


def test_the_example_is_read_as_the_page_says() -> None:
    data = dict(as_data("", read(fenced("eml").encode())))
    del data["file"]
    assert json.loads(fenced("json")) == data


def test_every_key_is_explained() -> None:
    keys = {key for line in PAGE.splitlines() if line.startswith("| `") for key in line.split("`")}
    assert set(as_data("", read(b""))) <= keys


def test_every_defect_is_explained() -> None:
    assert table("Defects") == DEFECTS


def test_every_defect_that_is_noted_is_declared() -> None:
    noted = {
        piece.split('"')[1]
        for file in MAIL.rglob("*.py")
        for piece in file.read_text("utf-8").split("efects.add(")[1:]
        if piece.lstrip().startswith('"')
    }
    assert noted == set(DEFECTS)


def test_the_limits_are_those_of_the_page() -> None:
    names = LIMITS.__slots__
    assert list(table("Limits").values()) == [f"{getattr(LIMITS, name):,}" for name in names]
