"""Public forwarded mail of fifteen programs in twenty languages."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from postroom.mail.quotes.forwards import read_forward

if TYPE_CHECKING:
    from postroom.model.message import Forwarded

CORPUS = Path(__file__).parents[2] / ".." / "shared" / "corpora" / "forwards"
SENDER = ("John Doe", "john.doe@acme.com")
SUBJECT = "Integer consequat non purus"
OTHER_SENDERS = {
    "testVariant5": (None, "john.doe@acme.com"),
    "testVariant11": ("John, Doe", "john.doe@acme.com"),
    "testVariant12": ("John Doe", ""),
}

pytestmark = pytest.mark.skipif(not CORPUS.is_dir(), reason="the shared corpora are not here")


def forwarded(row: dict[str, Any]) -> Forwarded | None:
    subject = row["subject_file"]
    title = (CORPUS / subject).read_text().strip() if subject else ""
    return read_forward(title, (CORPUS / row["file"]).read_text())


def rows() -> list[dict[str, Any]]:
    return list(json.loads((CORPUS / "expected.json").read_text())["rows"])


def test_forwards_are_recognised_and_replies_are_not() -> None:
    all_rows = rows()
    right = sum((forwarded(row) is not None) == row["forwarded"] for row in all_rows)
    assert right >= 0.97 * len(all_rows)


def test_sender_subject_and_text_are_read() -> None:
    wanted = [row for row in rows() if row["forwarded"]]
    right = 0
    for row in wanted:
        found = forwarded(row)
        sender = OTHER_SENDERS.get(row["test"], SENDER)
        right += (
            found is not None
            and (found.sender.display_name, found.sender.addr_spec) == sender
            and found.subject == SUBJECT
            and found.text.startswith("Aenean quis diam urna.")
        )
    assert right >= 0.95 * len(wanted)
