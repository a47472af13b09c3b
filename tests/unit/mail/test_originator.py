"""From is believed only if no two programs can read it differently."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from postroom.mail.read import read

CASES = YAML(typ="safe").load((Path(__file__).parent / "from.yaml").read_text(encoding="utf-8"))


def raw_header(text: str) -> bytes:
    """Return the bytes a case means: as they are, or in UTF-8 where letters go beyond latin-1."""
    try:
        return text.encode("latin-1")
    except UnicodeEncodeError:
        return text.encode("utf-8")


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_from_is_clean_or_says_why_not(case: dict[str, Any]) -> None:
    message = read(raw_header(case["header"]) + b"\r\nSubject: x\r\n\r\nHello\r\n")
    if case["problem"] is None:
        assert message.from_problem is None
    else:
        assert case["problem"] in (message.from_problem or "nothing")
    if case["addr"] is not None:
        assert message.from_.addr_spec == case["addr"]


def test_an_address_may_not_be_longer_than_smtp_allows() -> None:
    fits, too_long = b"a" * 64, b"a" * 65
    assert read(b"From: " + fits + b"@b.example\n\n").from_problem is None
    assert "too long" in (read(b"From: " + too_long + b"@b.example\n\n").from_problem or "")
