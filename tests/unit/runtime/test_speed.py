"""Searches that hyperscan prepares in another process, or RE2 does without it."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from postroom.runtime.keeping import Keeping
from postroom.runtime.rulesets.speed import PREPARE, has_hyperscan, searching

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

pytestmark = pytest.mark.skipif(
    not has_hyperscan(), reason="the extra `speed` is not installed: pip install postroom[speed]"
)
WANTED = [b"invoice", b"outage"]


@pytest.fixture
def keeping(tmp_path: Path) -> Keeping:
    return Keeping(tmp_path / "cache")


def found(keeping: Keeping, program: Sequence[str] = PREPARE, seconds: float = 20) -> list[int]:
    return list(searching(keeping, 0, program, seconds)(WANTED)(b"an outage"))


def test_what_was_prepared_is_kept(keeping: Keeping) -> None:
    assert found(keeping) == [1]
    [file] = keeping.folder.iterdir()
    assert file.stat().st_size > 1_000
    assert found(keeping, ("-c", "raise SystemExit(1)")) == [1]
    assert file.stat().st_size > 1_000


def test_a_preparation_that_burns_is_ended_and_not_tried_again(keeping: Keeping) -> None:
    began = time.monotonic()
    assert found(keeping, ("-c", "while True: pass"), seconds=0.1) == [1]
    assert time.monotonic() - began < 10
    assert found(keeping, ("-c", "open('tried', 'w')")) == [1]
    [file] = keeping.folder.iterdir()
    assert keeping.read(file.name) == b""


@pytest.mark.parametrize(
    "words", ["import os; os.abort()", "raise SystemExit(1)", "print('no database')"]
)
def test_a_preparation_that_fails_is_done_without(keeping: Keeping, words: str) -> None:
    assert found(keeping, ("-c", words)) == [1]


def test_a_database_of_another_make_is_done_without(keeping: Keeping) -> None:
    assert found(keeping) == [1]
    [file] = keeping.folder.iterdir()
    keeping.write(file.name, b"made by nobody")
    assert found(keeping) == [1]


def test_texts_with_a_nul_are_found(keeping: Keeping) -> None:
    search = searching(keeping, 0)([b"a\0b", b"a"])
    assert sorted(search(b"-a\0b-")) == [0, 1]
    assert sorted(search(b"-a\0c-")) == [1]


def test_few_texts_need_no_preparation(keeping: Keeping) -> None:
    assert list(searching(keeping)(WANTED)(b"an outage")) == [1]
    assert not keeping.folder.exists()
