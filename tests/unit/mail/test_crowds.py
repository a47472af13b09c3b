"""Combining marks in crowds: normalising them takes quadratic time if nobody thins them out."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING, Literal

import pytest

from postroom.lang.text import thin_out
from postroom.mail.addresses import canonical
from postroom.mail.phrases import fold as fold_phrase
from postroom.mail.structure.names import safe_name
from postroom.pipeline.block import fold as fold_label

if TYPE_CHECKING:
    from collections.abc import Callable

CROWD = "a" + "\u0301\u0316" * 20_000
"""Two kinds of marks in turns, which sorting has to part."""


@pytest.mark.parametrize("reads", [canonical, fold_phrase, safe_name, fold_label])
def test_only_so_many_marks_are_sorted(
    reads: Callable[[str], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    normalize = unicodedata.normalize
    longest: list[int] = []

    def watched(form: Literal["NFC", "NFKC"], text: str) -> str:
        longest.append(len(text))
        return normalize(form, text)

    monkeypatch.setattr(unicodedata, "normalize", watched)
    reads(f"{CROWD}@x.example")
    assert all(length <= len(thin_out(CROWD)) + len("@x.example") for length in longest)
