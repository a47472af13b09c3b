"""Content-Type and Content-Disposition."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ruamel.yaml import YAML

from postroom.mail.defects import Defects
from postroom.mail.header.params import read_parameters

CASES = YAML(typ="safe").load((Path(__file__).parent / "parameters.yaml").read_text("utf-8"))


@pytest.mark.parametrize("case", CASES, ids=[case["raw"] for case in CASES])
def test_a_field_is_read(case: dict[str, Any]) -> None:
    defects = Defects()
    read = read_parameters(case["raw"], 64, defects)
    assert (read.word, dict(read.values)) == (case["word"], case["values"])
    assert [defect.code for defect in defects.found] == (
        [case["defect"]] if "defect" in case else []
    )


def test_sixty_four_parameters_are_allowed_and_no_more() -> None:
    many = "; ".join(f"p{n}=1" for n in range(65))
    assert read_parameters(f"a/b; {many}", 64, Defects()).too_many
    assert not read_parameters(f"a/b; {many}", 65, Defects()).too_many


@given(st.text(alphabet="ab/;=\"'*%()\\0123 utf-8?\xe9\x1b", max_size=200))
def test_no_value_breaks_the_reader(value: str) -> None:
    read_parameters(value, 64, Defects())


@pytest.mark.parametrize("piece", ["(", "()", ";", "; a", '"', "\\", "a=", "; a*0=b", "/ ", "= "])
def test_the_cost_grows_with_the_length_alone(piece: str) -> None:
    def cost(size: int) -> float:
        value = "a/b;" + piece * (size // len(piece))
        started = time.process_time()
        read_parameters(value, 64, Defects())
        return time.process_time() - started

    small, large = min(cost(20_000) for _ in range(3)), min(cost(80_000) for _ in range(3))
    assert large < 12 * small + 0.01
