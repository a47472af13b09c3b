"""What is particular to a folder of .eml files."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

import pytest
from tests.plugins.files.boxes import EARLIER, EmlFolder, context

from postroom.source.diagnostic import Problem
from postroom.testing.transport_contract import Ledger, action_for, fetch, message
from postroom_files import reading
from postroom_files.eml import EmlTransport
from postroom_files.reading import HEADER_BLOCK, header_of, read_file
from postroom_files.settings import EmlSettings

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def box(tmp_path: Path) -> EmlFolder:
    return EmlFolder(tmp_path)


def put(box: EmlFolder, name: str, raw: bytes = b"", age: float = 100) -> Path:
    path = box.path / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(raw or message(1))
    os.utime(path, (time.time() - age,) * 2)
    return path


def test_only_files_named_eml_count_in_capitals_too(box: EmlFolder) -> None:
    for name in ("a.eml", "deep/er/B.EML", "c.txt", ".hidden.eml"):
        put(box, name)
    found = {each.place.key.partition(":")[0] for each in fetch(box)}
    assert found == {"a.eml", "deep/er/B.EML"}


def test_a_file_that_changed_is_a_new_message(box: EmlFolder) -> None:
    put(box, "a.eml", message(1))
    ledger = Ledger()
    ledger.note(fetch(box, ledger))
    put(box, "a.eml", message(2), age=50)
    assert [each.raw for each in fetch(box, ledger)] == [message(2)]


def test_a_file_that_was_just_written_is_waited_for(box: EmlFolder) -> None:
    put(box, "old.eml", message(1))
    put(box, "new.eml", message(2), age=1.5)
    started = time.monotonic()
    assert [each.raw for each in fetch(box)] == [message(1), message(2)]
    assert 0.1 < time.monotonic() - started < 2


def test_a_file_that_goes_on_changing_is_left_for_the_next_time(box: EmlFolder) -> None:
    put(box, "old.eml", message(1))
    path = put(box, "new.eml", b"Subject: half", age=1.5)
    transport = box.transport(10_000)
    found = transport.fetch(Ledger(), 10)
    assert next(found).raw == message(1)
    transport.interrupted.wait = lambda _seconds: path.write_bytes(message(2)) > 0  # type: ignore[method-assign,assignment,misc]
    assert list(found) == []


def test_a_file_that_grows_while_it_is_read_is_left_for_the_next_time(
    box: EmlFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = put(box, "a.eml")
    put(box, "b.eml", message(2), age=50)
    read_part = reading.read_part

    def read_while_somebody_writes(*arguments: object) -> object:
        found = read_part(*arguments)  # type: ignore[arg-type]
        with path.open("ab") as file:
            file.write(b"more")
        return found

    monkeypatch.setattr(reading, "read_part", read_while_somebody_writes)
    assert [each.raw for each in fetch(box)] == [message(2)]


def test_an_interruption_ends_the_waiting(box: EmlFolder) -> None:
    put(box, "new.eml", age=0)
    transport = box.transport(10_000)
    found = transport.fetch(Ledger(), 10)
    put(box, "old.eml")
    next(found)
    transport.close()
    started = time.monotonic()
    list(found)
    assert time.monotonic() - started < 1


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_without_the_right_to_read_costs_one_message(box: EmlFolder) -> None:
    put(box, "a.eml", message(1)).chmod(0)
    put(box, "b.eml", message(2))
    found = {each.place.key[0]: each.problem for each in fetch(box)}
    assert found == {"a": "cannot be read: permission denied", "b": None}


def test_a_pipe_is_not_waited_for(box: EmlFolder) -> None:
    os.mkfifo(box.path / "a.eml")
    os.utime(box.path / "a.eml", (EARLIER, EARLIER))
    (found,) = fetch(box)
    assert found.problem == "cannot be read: not a file"


def test_a_huge_header_is_cut(box: EmlFolder) -> None:
    path = put(box, "a.eml", b"X: " + b"y" * 2 * HEADER_BLOCK)
    found = read_file(path, 1_000)
    assert len(found.raw) == HEADER_BLOCK
    assert found.problem == f"larger than 1000 bytes: {2 * HEADER_BLOCK + 3} bytes"


@pytest.mark.parametrize("raw", [b"A: 1\n\n", b"A: 1\r\n\r\n", b"A: 1\n\r\n"])
def test_a_header_ends_behind_its_first_empty_line(raw: bytes) -> None:
    assert header_of(raw + b"text\r\n\r\n\n\n") == raw


def test_a_file_is_moved_beside_the_folder_and_overwrites_nothing(box: EmlFolder) -> None:
    for number, name in enumerate(("a.eml", "deep/a.eml", "deep/er/a.eml")):
        put(box, name, message(number))
    transport = box.transport(10_000)
    for each in fetch(box):
        assert transport.settle(action_for(each, "move", "Done/2024")).done
    moved = box.path.parent / "Done" / "2024"
    assert sorted(path.name for path in moved.iterdir()) == ["a-2.eml", "a-3.eml", "a.eml"]
    assert {path.read_bytes() for path in moved.iterdir()} == {message(n) for n in range(3)}


def test_nothing_is_moved_into_the_folder_that_is_read(box: EmlFolder) -> None:
    put(box, "a.eml")
    (found,) = fetch(box)
    receipt = box.transport(10_000).settle(action_for(found, "move", "mail/done"))
    assert (receipt.done, receipt.final) == (False, True)


def test_a_name_that_is_not_utf_8_or_has_colons_can_be_settled(box: EmlFolder) -> None:
    put(box, os.fsdecode(b"\xff.eml"))
    put(box, "a:b:1:2.eml", message(2))
    transport = box.transport(10_000)
    for each in fetch(box):
        assert each.place.key.isprintable()
        assert transport.settle(action_for(each, "delete")).detail == "deleted"
    assert fetch(box) == []


def test_a_key_from_outside_leads_nowhere(box: EmlFolder) -> None:
    secret = put(box, "../secret.eml")
    (found,) = EmlTransport(EmlSettings(box.path.parent), context()).fetch(Ledger(), 10)
    action = action_for(found, "delete")
    state = secret.stat()
    key = f"../secret.eml:{state.st_size}:{state.st_mtime_ns}"
    place = type(action.place)(str(box.path), "", key)
    forged = type(action)(1, "test", place, "delete", "", action.due_at, action.sha256)
    box.transport(10_000).settle(forged)
    assert secret.exists()


def test_a_folder_that_is_missing_is_named(tmp_path: Path) -> None:
    transport = EmlTransport(EmlSettings(tmp_path / "nowhere"), context())
    with pytest.raises(Problem) as caught:
        transport.probe()
    assert caught.value.diagnostic.code == "PR513"
    assert f"{tmp_path}/nowhere" in caught.value.diagnostic.message
