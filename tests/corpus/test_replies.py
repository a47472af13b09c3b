"""Public replies in many languages: what the author newly wrote."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from postroom.mail.quotes.split import split_text

CORPUS = Path(__file__).parents[2] / ".." / "shared" / "corpora" / "replies"

pytestmark = pytest.mark.skipif(not CORPUS.is_dir(), reason="the shared corpora are not here")


def test_replies_are_cut_exactly() -> None:
    right = wanted = 0
    for row in json.loads((CORPUS / "expected.json").read_text())["rows"]:
        new = row.get("visible") or row.get("first_fragment")
        if new:
            wanted += 1
            right += split_text((CORPUS / row["file"]).read_text()).reply.strip() == new.strip()
    assert wanted >= 50
    assert right >= 0.9 * wanted


def test_nothing_is_ever_cut_down_to_nothing() -> None:
    for path in sorted((CORPUS / "mail").iterdir()):
        assert split_text(path.read_text()).reply.strip(), path.name
