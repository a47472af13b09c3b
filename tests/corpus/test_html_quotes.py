"""Public HTML mail: what is to be seen of it once the quoted part is gone."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from postroom.mail.read import read
from postroom.mail.text.html import html_text

CORPUS = Path(__file__).parents[2] / ".." / "shared" / "corpora" / "html-quotes"
HEADER = b"From: a@x.example\r\nMIME-Version: 1.0\r\nContent-Type: text/html; charset=utf-8\r\n\r\n"

pytestmark = pytest.mark.skipif(not CORPUS.is_dir(), reason="the shared corpora are not here")


def visible(text: str) -> str:
    """Return the letters of a text: how its blanks fall says nothing about quotes."""
    return "".join(text.split())


def test_visible_text_without_quotes() -> None:
    rows = json.loads((CORPUS / "expected.json").read_text())["rows"]
    right = 0
    for row in rows:
        body = read(HEADER + (CORPUS / row["file"]).read_bytes()).body
        wanted = html_text((CORPUS / row["stripped"]).read_text())
        right += visible(body.reply + body.signature) == visible(wanted)
    assert right >= 0.9 * len(rows)
