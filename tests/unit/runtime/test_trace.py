"""`trace: true`: what is said with a server is written down, and nothing secret with it."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING

from postroom.model.settings import Secret
from postroom.runtime.trace import TraceFile, trace_of

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


@dataclass(frozen=True)
class Inner:
    key: Secret


@dataclass(frozen=True)
class Settings:
    host: str
    password: Secret
    inner: Inner


def lines(path: Path) -> list[str]:
    return [line.partition(" ")[2] for line in path.read_text("utf-8").splitlines()]


def test_a_line_is_written_with_its_time_for_the_owner_alone(tmp_path: Path) -> None:
    trace = TraceFile(tmp_path / "traces" / "support.log")
    trace("C: one\r\nline")
    trace("S: two \x1b[31m")
    assert lines(trace.path) == ["C: one  line", "S: two  [31m"]
    assert trace.path.stat().st_mode & 0o077 == 0
    assert trace.path.parent.stat().st_mode & 0o077 == 0
    assert trace.path.read_text("utf-8")[10] == "T"


def test_what_the_settings_hold_is_masked(tmp_path: Path) -> None:
    settings = Settings("imap.example", Secret("canary-1"), Inner(Secret("canary-2")))
    trace = trace_of(tmp_path, "support", settings)
    trace("C: LOGIN me canary-1, or canary-2?")
    assert lines(tmp_path / "traces" / "support.log") == ["C: LOGIN me ***, or ***?"]
    assert "canary" not in repr(trace)


def test_a_file_that_is_full_makes_room_for_a_new_one(tmp_path: Path) -> None:
    trace = TraceFile(tmp_path / "support.log", largest=1_000)
    for number in range(200):
        trace(f"C: {number}")
    files = sorted(tmp_path.iterdir())
    assert [path.name for path in files] == ["support.log", "support.log.1"]
    assert all(path.stat().st_size <= 1_100 for path in files)
    assert lines(files[0])[-1] == "C: 199"


def test_a_file_that_cannot_be_written_is_said_once_and_stops_nothing(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "support.log").mkdir()
    trace = TraceFile(tmp_path / "support.log")
    with caplog.at_level(logging.WARNING):
        trace("C: one")
        trace("C: two")
    assert len(caplog.records) == 1


def test_a_link_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").write_text("mine", "utf-8")
    (tmp_path / "support.log").symlink_to(tmp_path / "elsewhere")
    TraceFile(tmp_path / "support.log")("C: one")
    assert (tmp_path / "elsewhere").read_text("utf-8") == "mine"
