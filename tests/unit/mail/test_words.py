"""Header values as text."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ruamel.yaml import YAML

from postroom.mail.defects import Defects
from postroom.mail.header.words import decode_field

CASES = YAML(typ="safe").load((Path(__file__).parent / "words.yaml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("case", CASES, ids=[case["raw"] for case in CASES])
def test_a_value_is_decoded(case: dict[str, Any]) -> None:
    defects = Defects()
    assert decode_field(case["raw"], defects) == case["text"]
    codes = {defect.code for defect in defects.found}
    assert codes >= ({case["defect"]} if "defect" in case else set())
    assert bool(codes) is ("defect" in case)


def test_a_charset_of_the_caller_goes_before_the_detector() -> None:
    assert decode_field("\xcf\xf0\xe8\xe2\xe5\xf2", Defects(), "windows-1251") == "Привет"


@given(st.text(alphabet="=?utf-8QqBb _abc=C3=A9\x1b\xe9\x00\v", max_size=200))
def test_no_value_breaks_the_decoder(value: str) -> None:
    decode_field(value, Defects())


@pytest.mark.parametrize(
    "piece", ["=?utf-8?q?a?= ", "=?", "=?utf-8?q?", "=?utf-8?b?", "?=", "=?x?q?a", "=?a?="]
)
def test_the_cost_grows_with_the_length_alone(piece: str) -> None:
    def cost(size: int) -> float:
        value = piece * (size // len(piece))
        started = time.process_time()
        decode_field(value, Defects())
        return time.process_time() - started

    small, large = min(cost(50_000) for _ in range(3)), min(cost(200_000) for _ in range(3))
    assert large < 12 * small + 0.01
