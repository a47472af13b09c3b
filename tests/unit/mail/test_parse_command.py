"""`postroom parse`."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

import pytest

from postroom.cli.mailfiles import find_messages
from postroom.cli.main import main

if TYPE_CHECKING:
    from pathlib import Path

MAIL = b"From: Ann <a@b.example>\nSubject: Hello\nDate: Mon, 12 Oct 2026 10:00:00 +0200\n\nText\n"
KEYS = [
    "file", "sha256", "size", "headers", "from", "sender", "reply_to", "to", "cc", "subject",
    "date", "message_id", "in_reply_to", "references", "body", "attachments", "class",
    "class_reasons", "dsn", "recipients_failed", "calendar", "forwarded", "defects",
    "refused",
]  # fmt: skip


def parsed(capfdbinary: pytest.CaptureFixture[bytes], *arguments: str) -> list[dict[str, Any]]:
    main(["parse", "--json", *arguments])
    return [json.loads(line) for line in capfdbinary.readouterr().out.splitlines()]


def test_machines_get_one_object_a_line(
    tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    file = tmp_path / "a.eml"
    file.write_bytes(MAIL)
    (data,) = parsed(capfdbinary, str(file))
    assert list(data) == KEYS
    assert data["file"] == str(file)
    assert data["from"] == {"display_name": "Ann", "addr_spec": "a@b.example"}
    assert data["headers"][1] == ["Subject", "Hello"]
    assert data["date"] == "2026-10-12T08:00:00+00:00"
    assert list(data["body"]) == ["text", "html", "reply", "quoted", "signature"]
    assert (data["class"], data["calendar"], data["refused"]) == ("human", None, None)


def test_a_folder_is_walked_in_order_and_a_bad_file_stops_nothing(
    tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    (tmp_path / "b").mkdir()
    (tmp_path / ".hidden").write_bytes(MAIL)
    (tmp_path / "a.eml").write_bytes(MAIL)
    (tmp_path / "b" / "broken.eml").write_bytes(b"\xff\x00" * 100)
    (tmp_path / "gone.eml").symlink_to(tmp_path / "nowhere")
    (tmp_path / "z.eml").write_bytes(MAIL.replace(b"Hello", "Grüße".encode("latin-1")))
    found = parsed(capfdbinary, str(tmp_path))
    names = [data["file"].removeprefix(f"{tmp_path}/") for data in found]
    assert names == ["a.eml", "gone.eml", "z.eml", "b/broken.eml"]
    assert found[1] == {
        "file": f"{tmp_path}/gone.eml",
        "refused": "the file cannot be read: no such file or directory",
    }
    assert found[2]["subject"] == "Grüße"
    assert main(["parse", str(tmp_path / "a.eml")]) == 0
    assert main(["parse", str(tmp_path)]) == 1


MBOX = (
    b"From x@y.example Mon Jan  1 00:00:00 2024\n" + MAIL + b"From here on it is text.\n\n"
    b">From quoted\n\nFrom z@y.example Mon Jan  1 00:00:00 2024\n" + MAIL + b"\n"
)


def test_an_mbox_file_is_split(tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    file = tmp_path / "box"
    file.write_bytes(MBOX)
    one, two = parsed(capfdbinary, str(file))
    assert (one["file"], two["file"]) == (f"{file}#1", f"{file}#2")
    assert one["body"]["text"] == "Text\nFrom here on it is text.\n\nFrom quoted\n"
    assert two["sha256"] == hashlib.sha256(MAIL).hexdigest()


def test_a_file_with_one_message_is_called_by_its_name(tmp_path: Path) -> None:
    file = tmp_path / "one"
    file.write_bytes(b"From x@y.example Mon Jan  1 00:00:00 2024\n" + MAIL)
    (found,) = find_messages([file], 1000)
    assert (found.file, found.raw) == (str(file), MAIL)


def test_prose_that_begins_with_from_is_no_mbox(tmp_path: Path) -> None:
    file = tmp_path / "prose"
    file.write_bytes(b"From Berlin with love\n\nFrom Rome as well\n")
    (found,) = find_messages([file], 1000)
    assert found.raw == b"From Berlin with love\n\nFrom Rome as well\n"


@pytest.mark.parametrize("raw", [MAIL + b"x" * 9000, MBOX.replace(b"Text", b"x" * 9000)])
def test_of_what_is_too_large_no_more_is_kept_than_shows_it(tmp_path: Path, raw: bytes) -> None:
    file = tmp_path / "large"
    file.write_bytes(raw * 300)
    found = next(find_messages([file], 5000))
    assert 5000 < len(found.raw) < 2_000_000
    assert found.size > 5000


def test_a_message_that_is_too_large_has_the_hash_and_size_of_all_of_it(
    tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    file = tmp_path / "large.eml"
    raw = MAIL + b"x" * 43_000_000
    file.write_bytes(raw)
    (data,) = parsed(capfdbinary, str(file))
    assert data["size"] == len(raw)
    assert data["sha256"] == hashlib.sha256(raw).hexdigest()
    assert (data["subject"], data["refused"]) == (
        "Hello", "the message is larger than 40,000,000 bytes",
    )  # fmt: skip


def test_people_see_what_matters_and_no_escape_sequences(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "a.eml"
    file.write_bytes(
        MAIL.replace(b"Hello", b"\x1b]0;owned\x07Hello").replace(b"Text", b"\x1b[2JText")
    )
    assert main(["parse", str(file)]) == 0
    shown = capsys.readouterr().out
    assert "Ann <a@b.example>" in shown
    assert "Hello" in shown
    assert "| " in shown
    assert "\x1b" not in shown


def test_another_charset_can_be_asked_for(
    tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    file = tmp_path / "a.eml"
    file.write_bytes(b"Subject: x\n\n" + "Да".encode("cp1251"))
    (data,) = parsed(capfdbinary, "--charset", "windows-1251", str(file))
    assert data["body"]["text"] == "Да"
    assert main(["parse", "--charset", "utf-7", str(file)]) == 2
    assert "is no charset we read" in capfdbinary.readouterr().err.decode()
