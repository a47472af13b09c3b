"""What is particular to a Maildir."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from tests.plugins.files.boxes import MaildirBox, context

from postroom.source.diagnostic import Problem
from postroom.testing.transport_contract import Ledger, action_for, fetch, message
from postroom_files.maildir import FLAGS, MaildirTransport
from postroom_files.settings import MaildirSettings

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def box(tmp_path: Path) -> MaildirBox:
    return MaildirBox(tmp_path)


def put(box: MaildirBox, name: str, raw: bytes = b"", folder: str = "new") -> Path:
    path = box.path / folder / name
    path.write_bytes(raw or message(1))
    return path


def names(box: MaildirBox, folder: str) -> list[str]:
    return [path.name for path in (box.path / folder).iterdir()]


def test_a_key_survives_whatever_happens_to_the_flags(box: MaildirBox) -> None:
    path = put(box, "1.a.host,S=12")
    (before,) = fetch(box)
    path.rename(box.path / "cur" / "1.a.host,S=12:2,FRS")
    (after,) = fetch(box)
    assert before.place == after.place
    assert after.place.key == "1.a.host,S=12"


def test_a_message_that_got_a_flag_after_the_listing_is_still_read(box: MaildirBox) -> None:
    put(box, "1.a.host", message(1))
    path = put(box, "2.b.host", message(2))
    transport = box.transport(10_000)
    found = transport.fetch(Ledger(), 10)
    assert next(found).raw == message(1)
    path.rename(box.path / "cur" / "2.b.host:2,S")
    assert [each.raw for each in found] == [message(2)]


def test_a_message_that_went_after_the_listing_is_passed_over(box: MaildirBox) -> None:
    put(box, "1.a.host", message(1))
    path = put(box, "2.b.host", message(2))
    put(box, "3.c.host", message(3))
    found = box.transport(10_000).fetch(Ledger(), 10)
    next(found)
    path.unlink()
    assert [each.raw for each in found] == [message(3)]


def test_the_second_of_delivery_orders_and_then_the_time_of_the_file(box: MaildirBox) -> None:
    put(box, "20.z.host", message(3))
    os.utime(put(box, "10.b.host", message(2)), (9, 9))
    os.utime(put(box, "10.c.host", message(1), "cur"), (8, 8))
    os.utime(put(box, "no-number.host", message(0)), (5, 5))
    assert [each.raw for each in fetch(box)] == [message(number) for number in range(4)]


def test_the_time_of_the_file_is_the_time_of_arrival(box: MaildirBox) -> None:
    os.utime(put(box, "10.b.host"), (1_704_103_200, 1_704_103_200))
    assert fetch(box)[0].received_at == datetime(2024, 1, 1, 10, tzinfo=UTC)


def test_tmp_hidden_files_folders_and_links_hold_no_mail(box: MaildirBox) -> None:
    put(box, "1.a.host", folder="tmp")
    put(box, ".hidden")
    (box.path / "new" / "folder").mkdir()
    (box.path / "new" / "link").symlink_to(box.path / "tmp" / "1.a.host")
    os.mkfifo(box.path / "new" / "pipe")
    assert fetch(box) == []


def test_a_name_that_is_not_utf_8_has_a_key_that_can_be_stored(box: MaildirBox) -> None:
    put(box, os.fsdecode(b"1.\xff.host"))
    (found,) = fetch(box)
    assert found.place.key == r"1.\xff.host"
    assert box.transport(10_000).settle(action_for(found, "delete")).detail == "deleted"


@pytest.mark.parametrize(("flag", "letter"), FLAGS.items())
def test_a_flag_becomes_a_letter_among_the_others(box: MaildirBox, flag: str, letter: str) -> None:
    put(box, "1.a.host:2,FS", folder="cur")
    (found,) = fetch(box)
    assert box.transport(10_000).settle(action_for(found, "flag", f"\\{flag.title()}")).done
    assert names(box, "cur") == ["1.a.host:2," + "".join(sorted({"F", "S", letter}))]


def test_a_flagged_message_is_no_longer_new(box: MaildirBox) -> None:
    put(box, "1.a.host")
    (found,) = fetch(box)
    box.transport(10_000).settle(action_for(found, "flag", "seen"))
    assert names(box, "new") == []
    assert names(box, "cur") == ["1.a.host:2,S"]


def test_a_message_is_moved_to_a_folder_of_the_same_maildir(box: MaildirBox) -> None:
    put(box, "1.a.host:2,S", folder="cur")
    (found,) = fetch(box)
    receipt = box.transport(10_000).settle(action_for(found, "move", "Done/2024"))
    assert receipt.detail == "moved to Done/2024"
    target = MaildirTransport(MaildirSettings(box.path / ".Done.2024"), context())
    (moved,) = target.fetch(Ledger(), 10)
    assert (moved.raw, moved.place.key) == (found.raw, found.place.key)
    assert (box.path / ".Done.2024" / "cur" / "1.a.host:2,S").exists()


@pytest.mark.parametrize("target", ["a.b", "..", "a/../b", "/", "x" * 101, "a\0b"])
def test_a_folder_that_could_lead_elsewhere_is_refused(box: MaildirBox, target: str) -> None:
    put(box, "1.a.host")
    (found,) = fetch(box)
    receipt = box.transport(10_000).settle(action_for(found, "move", target))
    assert (receipt.done, receipt.final) == (False, True)


def test_a_folder_that_is_no_maildir_is_named(tmp_path: Path) -> None:
    transport = MaildirTransport(MaildirSettings(tmp_path / "nowhere"), context())
    for ask in (transport.probe, lambda: list(transport.fetch(Ledger(), 1))):
        with pytest.raises(Problem) as caught:
            ask()
        assert caught.value.diagnostic.code == "PR513"
        assert f"{tmp_path}/nowhere" in caught.value.diagnostic.message


def test_the_trace_says_what_is_done(box: MaildirBox) -> None:
    lines: list[str] = []
    transport = MaildirTransport(MaildirSettings(box.path), context(trace=lines))
    list(transport.fetch(Ledger(), 1))
    assert lines == [f"0 messages in {box.path}"]
