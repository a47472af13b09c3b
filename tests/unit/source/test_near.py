"""What an unknown word is guessed to be."""

from __future__ import annotations

import pytest

from postroom.source.near import did_you_mean, near

KNOWN = ("subject", "sender", "size", "from", "received_at", "auth.dmarc.result")


@pytest.mark.parametrize(
    ("word", "meant"),
    [
        ("subjct", "subject"),
        ("Subject", "subject"),
        ("recieved_at", "received_at"),
        ("frm", "from"),
        ("auth.dmrc.result", "auth.dmarc.result"),
        ("xyz", None),
        ("", None),
        ("s" * 10_000, None),
    ],
)
def test_the_nearest_word_is_named_if_it_is_near_enough(word: str, meant: str | None) -> None:
    assert near(word, KNOWN) == meant


def test_the_hint_asks() -> None:
    assert did_you_mean("subjct", KNOWN) == "did you mean `subject`?"
    assert did_you_mean("xyz", KNOWN) is None
