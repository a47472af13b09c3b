"""The tree of parts."""

from __future__ import annotations

import base64
import time
from typing import TYPE_CHECKING

import pytest

from postroom.mail.limits import LimitPassed, Limits
from postroom.mail.read import attachment, read, read_tree

if TYPE_CHECKING:
    from postroom.mail.structure.part import Part


def shape(part: Part) -> object:
    """Return types only: a list for a part with children."""
    if not part.children:
        return part.content_type
    return [part.content_type, *(shape(child) for child in part.children)]


def multipart(*parts: bytes, kind: str = "mixed", boundary: str = "b", end: bool = True) -> bytes:
    mark = b"--" + boundary.encode()
    head = f'Content-Type: multipart/{kind}; boundary="{boundary}"\n\npreamble\n'.encode()
    body = b"".join(mark + b"\n" + part + b"\n" for part in parts)
    return head + body + (mark + b"--\nepilogue\n" if end else b"")


TEXT = b"Content-Type: text/plain\n\ntext"
HTML = b"Content-Type: text/html\n\n<p>html"


def codes(raw: bytes) -> set[tuple[str, str]]:
    return {(defect.code, defect.detail) for defect in read(raw).defects}


def test_parts_stand_between_delimiters() -> None:
    root = read_tree(multipart(TEXT, HTML))
    assert shape(root) == ["multipart/mixed", "text/plain", "text/html"]
    assert [part.content() for part in root.children] == [b"text", b"<p>html"]
    assert [part.leaf for part in root.walk()] == [-1, 0, 1]
    assert "html" not in repr(root)


@pytest.mark.parametrize("tail", [b"--b--", b"--b--  ", b"--b--\r\n", b"\n--b-- \n\n"])
def test_blanks_behind_a_delimiter_do_not_matter(tail: bytes) -> None:
    raw = b"Content-Type: multipart/mixed; boundary=b\n\n--b \t\n\none\r\n--b\n\ntwo\n" + tail
    first, second = read_tree(raw).children
    assert (first.content(), second.content()[:3]) == (b"one", b"two")


def test_one_boundary_may_begin_like_another() -> None:
    inner = multipart(TEXT, HTML, boundary="bb", kind="alternative")
    root = read_tree(multipart(inner, TEXT, boundary="b"))
    alternative = ["multipart/alternative", "text/plain", "text/html"]
    assert shape(root) == ["multipart/mixed", alternative, "text/plain"]


def test_an_outer_delimiter_ends_what_is_inside() -> None:
    inner = multipart(TEXT, boundary="in", end=False)
    root = read_tree(multipart(inner, HTML, boundary="out"))
    assert shape(root) == ["multipart/mixed", ["multipart/mixed", "text/plain"], "text/html"]
    assert ("missing_end", "") in codes(multipart(inner, HTML, boundary="out"))


def test_a_multipart_without_its_boundary_is_a_text() -> None:
    for head in (
        b"multipart/mixed",
        b"multipart/mixed; boundary=x",
        b'multipart/mixed; boundary=""',
    ):
        raw = b"Content-Type: " + head + b"\n\nHello\n"
        assert read(raw).body.text == "Hello\n"
        assert ("boundary_missing", "") in codes(raw)


def test_a_boundary_that_only_begins_the_lines_is_taken_and_noted() -> None:
    raw = b"Content-Type: multipart/mixed; boundary=b\n\n--bx\n\none\n--bx\n\ntwo\n"
    assert read(raw).body.text == "one\ntwo\n"
    assert ("ambiguous_structure", "boundary") in codes(raw)


def test_a_nested_message_is_one_leaf_with_leaves_of_its_own() -> None:
    nested = b"Content-Type: message/rfc822\n\nSubject: inner\n" + multipart(
        TEXT, HTML, boundary="i"
    )
    raw = b"Subject: outer\n" + multipart(TEXT, nested, HTML, boundary="o")
    root = read_tree(raw)
    inner = ["multipart/mixed", "text/plain", "text/html"]
    assert shape(root) == [
        "multipart/mixed", "text/plain", ["message/rfc822", inner], "text/html"
    ]  # fmt: skip
    assert [part.leaf for part in root.walk()] == [-1, 0, 1, -1, 2, 3, 4]
    assert [part.content_type for part in root.own()][2:] == ["message/rfc822", "text/html"]
    message = read(raw)
    assert [file.content_type for file in message.attachments] == ["message/rfc822"]
    assert attachment(raw, 1).startswith(b"Subject: inner")
    assert attachment(raw, 3) == b"<p>html"


def test_an_encoded_nested_message_is_reached() -> None:
    data = base64.encodebytes(b"Subject: inner\n\nHello")
    raw = b"Content-Type: message/rfc822\nContent-Transfer-Encoding: base64\n\n" + data
    assert read_tree(raw).children[0].headers.get("subject") == "inner"


def test_parts_of_a_digest_are_messages() -> None:
    root = read_tree(multipart(b"\nSubject: one\n\n1", b"\nSubject: two\n\n2", kind="digest"))
    subjects = [part.children[0].headers.get("subject") for part in root.children]
    assert subjects == ["one", "two"]


@pytest.mark.parametrize(
    ("header", "detail"),
    [
        (b"Content-Type: text/plain\nContent-Type: text/html", "content-type"),
        (b"Content-Type: multipart/mixed; boundary=a; boundary=b", "boundary"),
        (b"Content-Type: text/plain; charset=a; charset=b", "charset"),
        (b"Content-Disposition: attachment; filename=a; filename=b", "filename"),
        (b"Content-Transfer-Encoding: base64\nContent-Transfer-Encoding: 7bit",
         "content-transfer-encoding"),
        (b"Content-Type: multipart/mixed; boundary=b\nContent-Transfer-Encoding: base64",
         "encoded multipart"),
    ],
)  # fmt: skip
def test_what_parsers_read_differently_is_ambiguous(header: bytes, detail: str) -> None:
    assert ("ambiguous_structure", detail) in codes(header + b"\n\n--b\n\nx\n--b--\n")
    inside = multipart(header + b"\n\n--b\n\nx\n--b--\n", boundary="outer")
    assert ("ambiguous_structure", detail) in codes(inside)


@pytest.mark.parametrize(
    ("value", "content_type"),
    [
        (b"TEXT/Plain", "text/plain"), (b"text / html", "text/html"), (b"text", "text/plain"),
        (b"", "text/plain"), (b"/", "text/plain"), (b"image/png;", "image/png"),
    ],
)  # fmt: skip
def test_a_type_is_made_of_what_is_said(value: bytes, content_type: str) -> None:
    assert read_tree(b"Content-Type: " + value + b"\n\nx").content_type == content_type


def nested(depth: int) -> bytes:
    raw = TEXT
    for level in range(depth):
        raw = multipart(raw, boundary=f"level{level}")
    return raw


def messages(depth: int) -> bytes:
    return b"Content-Type: message/rfc822\n\n" * depth + TEXT


@pytest.mark.parametrize(
    ("fits", "passes", "problem"),
    [
        (nested(50), nested(51), "deeper than 50 levels"),
        (messages(50), messages(51), "deeper than 50 levels"),
        (multipart(*[TEXT] * 999), multipart(*[TEXT] * 1000), "more than 1,000 parts"),
        (
            b"Content-Type: text/plain" + b"; a=b" * 64 + b"\n\nx",
            b"Content-Type: text/plain" + b"; a=b" * 65 + b"\n\nx",
            "more than 64 parameters",
        ),
        (
            multipart(b"Content-Type: a/b" + b"; c=d" * 64 + b"\n\nx"),
            multipart(b"Content-Type: a/b" + b"; c=d" * 65 + b"\n\nx"),
            "more than 64 parameters",
        ),
        (
            multipart(b"A: 1\n" * 1000 + b"\nx"),
            multipart(b"A: 1\n" * 1001 + b"\nx"),
            "more than 1,000 fields",
        ),
    ],
    ids=["depth", "messages", "parts", "parameters", "parameters of a part", "fields of a part"],
)
def test_each_limit_holds_at_n_and_not_at_one_more(
    fits: bytes, passes: bytes, problem: str
) -> None:
    head = b"Subject: limits\nFrom: a@b.example\n"
    assert read(head + fits).refused is None
    refused = read(head + passes)
    assert problem in (refused.refused or "")
    assert (refused.subject, refused.from_.addr_spec) == ("limits", "a@b.example")
    assert refused.body.text == ""
    assert not refused.attachments


def test_lines_that_look_like_a_boundary_are_counted() -> None:
    limits = Limits(parts=2)
    head = b"Content-Type: multipart/mixed; boundary=b\n\n--b\n\n"
    assert read(head + b"x--b\n" * 200, limits=limits).refused is None
    assert "look like a boundary" in (read(head + b"x--b\n" * 201, limits=limits).refused or "")


def test_a_tree_over_a_limit_is_an_error_for_who_asks_for_the_tree() -> None:
    with pytest.raises(LimitPassed):
        read_tree(nested(51))
    with pytest.raises(KeyError):
        attachment(nested(51), 0)
    with pytest.raises(KeyError):
        attachment(TEXT, 1)


@pytest.mark.parametrize(
    "raw",
    [
        multipart(*[TEXT] * 100_000),
        b"Content-Type: multipart/mixed; boundary=b\n\n" + b"--b\n" * 1_000_000,
        b"Content-Type: multipart/mixed; boundary=b\n\n" + b"--bc\n" * 1_000_000,
        b"Content-Type: multipart/mixed; boundary=b\n\n" + b"x--b" * 1_000_000,
        nested(50).replace(b"text", b"--level\n" * 100_000),
        messages(100_000),
    ],
    ids=["parts", "delimiters", "longer", "not at the start", "nested", "messages"],
)
def test_a_crafted_tree_costs_little(raw: bytes) -> None:
    started = time.process_time()
    read(raw)
    assert time.process_time() - started < 2
