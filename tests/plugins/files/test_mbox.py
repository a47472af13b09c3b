"""What is particular to an mbox file."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.docs.page import blocks
from tests.plugins.files.boxes import EARLIER, MboxFile, context

from postroom.source.diagnostic import Problem
from postroom.source.render import as_text
from postroom.testing.transport_contract import Ledger, fetch, message
from postroom_files import mbox
from postroom_files.mbox import MboxTransport, unescape
from postroom_files.settings import MboxSettings

if TYPE_CHECKING:
    from postroom.model.envelope import Envelope

FROM = b"From ann@partner.example Mon Jan  1 10:00:00 2024\n"


def read(
    path: Path, content: bytes, escaping: Literal["mboxrd", "mboxo"] = "mboxrd"
) -> list[Envelope]:
    path.write_bytes(content)
    os.utime(path, (EARLIER, EARLIER))
    return list(MboxTransport(MboxSettings(path, escaping), context()).fetch(Ledger(), 10_000))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "mail.mbox"


@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
def test_the_empty_line_between_messages_belongs_to_neither(path: Path, end: bytes) -> None:
    lines = [FROM.strip(), b"A: 1", b"", b"x", b"", FROM.strip(), b"A: 2", b"", b"y", b"", b""]
    assert [each.raw for each in read(path, end.join(lines))] == [
        end.join([b"A: 1", b"", b"x", b""]),
        end.join([b"A: 2", b"", b"y", b""]),
    ]


def test_a_from_line_needs_an_empty_line_above(path: Path) -> None:
    (found,) = read(path, FROM + b"A: 1\n\ntext\nFrom here on it is quiet\n")
    assert found.raw == b"A: 1\n\ntext\nFrom here on it is quiet\n"


def test_the_last_message_may_end_without_a_line_end(path: Path) -> None:
    assert [each.raw for each in read(path, FROM + b"A: 1\n\ntext")] == [b"A: 1\n\ntext"]


def test_a_from_line_alone_is_an_empty_message(path: Path) -> None:
    assert [each.raw for each in read(path, FROM + b"\n" + FROM)] == [b"", b""]


def test_the_from_line_says_when_a_message_arrived(path: Path) -> None:
    bad = b"From ann@partner.example at some time or other\n"
    found = read(path, FROM + b"A: 1\n\n\n" + bad + b"A: 2\n\n")
    assert [each.received_at for each in found] == [datetime(2024, 1, 1, 10, tzinfo=UTC), None]


def test_a_key_does_not_depend_on_what_stands_before(path: Path) -> None:
    one, two = FROM + message(1) + b"\n", FROM + message(2) + b"\n"
    both = {each.raw: each.place.key for each in read(path, one + two)}
    (alone,) = read(path, two)
    assert alone.place.key == both[message(2)]


def test_equal_messages_have_keys_of_their_own(path: Path) -> None:
    found = read(path, (FROM + message(1) + b"\n") * 3)
    assert len({each.place.key for each in found}) == 3


def test_a_changed_file_is_looked_through_again(tmp_path: Path) -> None:
    box = MboxFile(tmp_path)
    transport = box.transport(10_000)
    box.deliver([message(1)])
    assert len(list(transport.fetch(Ledger(), 10))) == 1
    box.deliver([message(2)])
    assert len(list(transport.fetch(Ledger(), 10))) == 2


def test_a_message_that_is_being_added_is_left_for_the_next_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    box = MboxFile(tmp_path)
    box.deliver([message(1), message(2)])
    transport = box.transport(10_000)
    scan = mbox._scan

    def scan_while_somebody_writes(*arguments: object) -> object:
        yield from scan(*arguments)  # type: ignore[arg-type]
        with box.path.open("ab") as file:
            file.write(b"more")

    monkeypatch.setattr(mbox, "_scan", scan_while_somebody_writes)
    assert [each.raw for each in transport.fetch(Ledger(), 10)] == [message(1)]


def test_a_file_that_was_just_written_is_waited_for(tmp_path: Path) -> None:
    box = MboxFile(tmp_path)
    box.deliver([message(1)])
    os.utime(box.path)
    assert [each.raw for each in fetch(box)] == [message(1)]


@pytest.mark.parametrize(
    ("escaping", "expected"),
    [("mboxrd", b"From a\n>From b\n>> From c\n"), ("mboxo", b"From a\n>>From b\n>> From c\n")],
)
def test_what_was_put_before_from_is_taken_away_again(
    path: Path, escaping: Literal["mboxrd", "mboxo"], expected: bytes
) -> None:
    (found,) = read(path, FROM + b"A: 1\n\n>From a\n>>From b\n>> From c\n\n", escaping)
    assert found.raw == b"A: 1\n\n" + expected


@given(st.lists(st.sampled_from([b"From x", b">From", b">>From y", b"text", b""]), max_size=8))
def test_unescaping_undoes_mboxrd(lines: list[bytes]) -> None:
    escaped = [b">" + each if each.lstrip(b">").startswith(b"From ") else each for each in lines]
    assert unescape(b"\n".join(escaped), once=False) == b"\n".join(lines)


@given(st.lists(st.integers(0, 9), max_size=5), st.integers(1, 40))
def test_messages_are_found_wherever_the_blocks_of_reading_end(
    tmp_path_factory: pytest.TempPathFactory, sizes: list[int], block: int
) -> None:
    path = tmp_path_factory.mktemp("mbox") / "mail.mbox"
    raws = [b"A: 1\n\n" + b"\n" * size + b"From\n" for size in sizes]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(mbox, "_BLOCK", block)
        found = read(path, b"".join(b"From \n" + raw + b"\n" for raw in raws))
    assert [each.raw for each in found] == raws


def test_what_is_no_mbox_is_refused(path: Path) -> None:
    with pytest.raises(Problem) as caught:
        read(path, message(1))
    assert caught.value.diagnostic.code == "PR517"
    assert "use: eml" in str(caught.value.diagnostic.help)


@pytest.mark.parametrize("make", [lambda _: None, lambda path: path.mkdir(), os.mkfifo])
def test_a_file_that_is_missing_is_named(path: Path, make: object) -> None:
    make(path)  # type: ignore[operator]
    with pytest.raises(Problem) as caught:
        MboxTransport(MboxSettings(path), context()).probe()
    assert caught.value.diagnostic.code == "PR513"
    assert str(path) in caught.value.diagnostic.message


def test_the_page_of_a_file_that_is_no_mbox_shows_what_is_said(path: Path) -> None:
    with pytest.raises(Problem) as caught:
        read(path, message(1))
    page = Path(__file__).parents[3] / "docs" / "errors" / "PR517.md"
    said = as_text(caught.value.diagnostic).replace(str(path), "mail/old.mbox")
    assert next(blocks(page)).text == said + "\n"
