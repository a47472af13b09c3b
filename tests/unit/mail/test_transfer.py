"""Transfer encodings, kept to and not."""

from __future__ import annotations

import base64
import binascii
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from postroom.mail.defects import Defects
from postroom.mail.structure.transfer import decode_transfer, encoding_of
from postroom.mail.structure.uuencode import find_files


def decoded(data: bytes, encoding: str) -> tuple[bytes, list[str]]:
    defects = Defects()
    return decode_transfer(data, encoding, defects), [defect.code for defect in defects.found]


@pytest.mark.parametrize(
    ("data", "content"),
    [
        (b"aGVsbG8=", b"hello"),
        (b"aGVs\r\nbG8=\r\n", b"hello"),
        (b"aGVs\nbG8=", b"hello"),
        (b" aGVsbG8=\n\n", b"hello"),
        (b"aGVsbG8", b"hello"),
        (b"", b""),
        (b"\r\n", b""),
    ],
)
def test_base64_is_undone(data: bytes, content: bytes) -> None:
    assert decoded(data, "base64")[0] == content


@pytest.mark.parametrize(
    ("data", "content"),
    [
        (b"aGVs*bG8=", b"hello"),
        (b"aGVsbG8sIHdvcmxkIQ==\nUnsubscribe here: list@example.com\n", b"hello, world!"),
        (b"aGVsbG8sIHdvcmxkIQ== ignored words", b"hello, world!"),
        (b"aGVsbG8=aGVsbG8=", b"hellohello"),
        (b"aGVsbG8sIHdvcmxkI", b"hello, world"),
        (b"This is plain text.\n", b"This is plain text.\n"),
    ],
)
def test_broken_base64_gives_what_it_holds_and_is_noted(data: bytes, content: bytes) -> None:
    assert decoded(data, "base64") == (content, ["bad_base64"])


@pytest.mark.parametrize(
    ("data", "content", "codes"),
    [
        (b"a=3Db=\r\nc =\nd", b"a=bc d", []),
        (b"a=3db", b"a=b", []),
        (b"100=25 =E9=e8", b"100% \xe9\xe8", []),
        (b"a= \r\nb", b"ab", []),
        (b"a=XYb", b"a=XYb", ["bad_quoted_printable"]),
        (b"a=", b"a", []),
        (b"_", b"_", []),
    ],
)
def test_quoted_printable_is_undone(data: bytes, content: bytes, codes: list[str]) -> None:
    assert decoded(data, "quoted-printable") == (content, codes)


@pytest.mark.parametrize(
    ("value", "encoding"),
    [
        ("BASE64", "base64"), ("base64;", "base64"), (' "quoted-printable" ', "quoted-printable"),
        ("quoted-printable (sic)", "quoted-printable"), ("8bit", ""), ("x-uue", "x-uuencode"),
    ],
)  # fmt: skip
def test_encodings_are_known_however_they_are_written(value: str, encoding: str) -> None:
    defects = Defects()
    assert encoding_of(value, defects) == encoding
    assert not defects.found


def test_an_unknown_encoding_is_noted_and_nothing_is_undone() -> None:
    defects = Defects()
    assert encoding_of("x-rot13", defects) == ""
    assert defects.found[0].code == "unknown_encoding"


def uuencoded(content: bytes, name: str = "a file.bin", end: bytes = b"\n") -> bytes:
    lines = [binascii.b2a_uu(content[n : n + 45]).rstrip(b"\n") for n in range(0, len(content), 45)]
    return end.join([f"begin 644 {name}".encode(), *lines, b"`", b"end", b""])


@given(st.binary(max_size=300), st.sampled_from([b"\n", b"\r\n"]))
def test_uuencode_is_undone(content: bytes, end: bytes) -> None:
    assert decoded(uuencoded(content, end=end), "x-uuencode")[0] == content


def test_uuencoded_files_are_found_in_a_text() -> None:
    text = b"Hello\n" + uuencoded(b"x" * 100) + b"between\n" + uuencoded(b"y", "b") + b"Bye"
    files = find_files(text, 10)
    assert [file.filename for file in files] == ["a file.bin", "b"]
    assert len(find_files(text, 1)) == 1


def test_prose_that_begins_with_begin_is_no_file() -> None:
    assert find_files(b"begin 644 things\nand the rest of the sentence\nend\n", 10) == []
    assert find_files(b"begin with me\nM\nend\n", 10) == []


@given(st.binary(max_size=1000))
def test_what_is_encoded_is_decoded(content: bytes) -> None:
    lines = base64.encodebytes(content)
    assert decoded(lines, "base64") == (content, [])
    assert decoded(lines.replace(b"\n", b"\r\n"), "base64") == (content, [])
    encoded = binascii.b2a_qp(content, istext=False)  # line ends are bytes like any other
    assert decoded(encoded, "quoted-printable")[0] == content


@given(st.binary(max_size=300), st.sampled_from(["base64", "quoted-printable", "x-uuencode"]))
def test_no_bytes_break_the_decoder(data: bytes, encoding: str) -> None:
    decoded(data, encoding)


@pytest.mark.parametrize(
    "piece", [b"=", b"= ", b"a b\n", b"*", b"begin 644 x\nM\n", b"\n", b"A=\n"]
)
@pytest.mark.parametrize("encoding", ["base64", "quoted-printable", "x-uuencode"])
def test_the_cost_grows_with_the_length_alone(piece: bytes, encoding: str) -> None:
    started = time.process_time()
    decoded(piece * (1_000_000 // len(piece)), encoding)
    find_files(piece * (1_000_000 // len(piece)), 100)
    assert time.process_time() - started < 3
