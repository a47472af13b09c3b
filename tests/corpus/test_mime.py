"""Our reading of public test mail against what others published about it.

Not comparable, and left out by a property of the row, never by its name: text that the other parser
gave up on (U+FFFD), mail in UTF-7 (we never run it), and uuencode (which the other does not undo).
"""

from __future__ import annotations

import hashlib
import json
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from postroom.mail.read import attachment, read
from postroom.mail.structure.names import safe_name

if TYPE_CHECKING:
    from postroom.model.message import Message

CORPORA = Path(__file__).resolve().parents[2].parent / "shared" / "corpora"
pytestmark = pytest.mark.skipif(not CORPORA.is_dir(), reason="the shared corpora are not here")

Row = dict[str, Any]


@cache
def rows(corpus: str) -> list[tuple[Row, bytes, Message]]:
    """Return each row with its mail and what we read."""
    folder = CORPORA / corpus
    found = []
    for row in json.loads((folder / "expected.json").read_text(encoding="utf-8"))["rows"]:
        raw = (folder / row["file"]).read_bytes()
        found.append((row, raw, read(raw)))
    return found


def comparable(row: Row, raw: bytes) -> bool:
    return "\ufffd" not in json.dumps(row, ensure_ascii=False) and b"utf-7" not in raw.lower()


def share(results: list[tuple[str, bool]], floor: float) -> None:
    """Fail with the names of the misses if fewer than floor of the results are right."""
    misses = [name for name, right in results if not right]
    assert len(results) > 20
    assert 1 - len(misses) / len(results) >= floor, misses


def squeezed(text: str) -> str:
    return " ".join(text.replace("\x00", "\ufffd").split())


@pytest.mark.parametrize("corpus", ["mime-stalwart", "mime-mailcore"])
def test_every_subject_is_read(corpus: str) -> None:
    share(
        [
            (row["file"], squeezed(message.subject) == squeezed(row["header"]["subject"]))
            for row, raw, message in rows(corpus)
            if row["header"].get("subject") and comparable(row, raw)
        ],
        1.0,
    )


@pytest.mark.parametrize("corpus", ["mime-stalwart", "mime-mailcore"])
def test_from_is_read(corpus: str) -> None:
    results = []
    for row, raw, message in rows(corpus):
        wanted = row["header"].get("from")
        wanted = wanted[0] if isinstance(wanted, list) else wanted
        if not wanted or not comparable(row, raw):
            continue
        # A lone word is an address for one of the peers and a name for the other.
        address = message.from_.addr_spec == (wanted["addr"] or wanted["name"])
        named = not wanted["addr"] or wanted["name"] in (None, message.from_.display_name)
        results.append((row["file"], address and named))
    share(results, 0.99)


def same_size(ours: int, content: bytes, wanted: int) -> bool:
    return wanted in (ours, len(content.replace(b"\r\n", b"\n")))


def test_attachments_are_named_and_sized() -> None:
    results = []
    for row, raw, message in rows("mime-stalwart"):
        if not comparable(row, raw) or b"\nbegin 6" in raw or b"\r\nbegin 6" in raw:
            continue
        contents = [(file, attachment(raw, file.part)) for file in message.attachments]
        for part in (row["parts"][index] for index in row["attachments"]):
            if part["kind"] not in ("Binary", "InlineBinary") or part["encoding_problem"]:
                continue
            wanted = part["filename"] and safe_name(part["filename"].replace("C:TEMP", ""))
            found = any(
                same_size(file.size, content, part["len"])
                and (not wanted or wanted == file.filename)
                for file, content in contents
            )
            results.append((f"{row['file']} {wanted}", found))
    share(results, 0.97)


def test_attachments_have_the_right_bytes() -> None:
    results = []
    for row, raw, message in rows("mime-stalwart"):
        ours = {hashlib.md5(attachment(raw, file.part)).hexdigest() for file in message.attachments}
        ours |= {
            hashlib.md5(attachment(raw, file.part).replace(b"\r\n", b"\n")).hexdigest()
            for file in message.attachments
        }
        results += [
            (row["file"], part["md5"] in ours)
            for part in (row["parts"][index] for index in row["attachments"])
            if part.get("md5") and not part["encoding_problem"] and b"\nbegin 6" not in raw
        ]
    share(results, 0.97)


def test_file_names_of_the_tree_are_read() -> None:
    results = []
    for row, _, message in rows("mime-mailcore"):
        names = {file.filename for file in message.attachments}
        results += [
            (f"{row['file']} {name}", safe_name(name) in names)
            for name in filter(None, (leaf.get("filename") for leaf in leaves(row["tree"])))
        ]
    share(results, 0.97)


def leaves(tree: Row) -> list[Row]:
    children = tree.get("children", [])
    return [leaf for child in children for leaf in leaves(child)] if children else [tree]


def test_text_is_decoded() -> None:
    results = []
    for row, raw, message in rows("mime-stalwart"):
        if not comparable(row, raw) or b"\nbegin 6" in raw:
            continue
        ours = squeezed(message.body.text), squeezed(message.body.html)
        for index in {*row["text_body"], *row["html_body"]}:
            part = row["parts"][index]
            wanted = squeezed(part.get("text", ""))
            if wanted and not part["encoding_problem"]:
                results.append((f"{row['file']} {index}", any(wanted in text for text in ours)))
    share(results, 0.97)


def test_nothing_is_refused_and_nothing_fails() -> None:
    for path in sorted(CORPORA.glob("*/mail/*")):
        message = read(path.read_bytes())
        assert message.refused is None, path.name
