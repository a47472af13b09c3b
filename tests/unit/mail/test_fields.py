"""A header block to fields."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from postroom.mail.defects import Defects
from postroom.mail.header.fields import Header, read_header
from postroom.mail.limits import LIMITS, Limits
from postroom.mail.read import read


def header(raw: bytes, limits: Limits = LIMITS) -> Header:
    return read_header(raw, 0, len(raw), limits, Defects())


def codes(raw: bytes) -> set[str]:
    return {defect.code for defect in read(raw).defects}


@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
def test_fields_keep_their_order_their_spelling_and_their_copies(end: bytes) -> None:
    raw = end.join([b"Received: a", b"SUBJECT:  b ", b"received: c", b"X-Empty:", b"", b"body"])
    message = read(raw)
    assert message.headers == (
        ("Received", "a"), ("SUBJECT", "b"), ("received", "c"), ("X-Empty", ""),
    )  # fmt: skip
    assert message.headers_all("Received") == ("a", "c")
    assert message.body.text == "body"


@pytest.mark.parametrize("fold", [b"\n ", b"\r\n\t", b"\n\t \t", b" \r\n  ", b"\n \n "])
def test_a_fold_becomes_one_space(fold: bytes) -> None:
    assert read(b"Subject: a" + fold + b"b\n\n").subject == "a b"


def test_a_line_that_is_no_field_is_left_out_and_noted() -> None:
    raw = b"Subject: a\nthis is no field\nTo: b@c.example\n\nbody"
    message = read(raw)
    assert (message.subject, message.body.text) == ("a", "body")
    assert message.to[0].addr_spec == "b@c.example"
    assert "field_syntax" in codes(raw)


def test_a_body_without_an_empty_line_before_it_is_found() -> None:
    raw = b"Subject: a\nTo: b@c.example\nDear all,\nthis is the text.\n\nBye\n"
    assert read(raw).body.text == "Dear all,\nthis is the text.\n\nBye\n"


def test_text_without_any_header_is_all_body() -> None:
    assert read(b"Dear all,\n\nthis is the text.\n").body.text == "Dear all,\n\nthis is the text.\n"


def test_a_message_that_ends_in_its_header_has_no_body() -> None:
    message = read(b"Subject: a\nTo: b@c.example")
    assert (message.subject, message.body.text) == ("a", "")


def test_what_stands_before_the_header_is_skipped() -> None:
    assert read(b"\xef\xbb\xbfSubject: a\n\nb").subject == "a"
    assert read(b"From x@y.example Mon Jan  1 00:00:00 2024\nSubject: a\n\nb").subject == "a"
    assert read(b"\r\n\r\nSubject: a\r\n\r\nb").subject == "a"
    assert codes(b"\xef\xbb\xbfFrom x\nSubject: a\n\nb") == {"bom", "mbox_from_line"}


def test_a_bare_carriage_return_makes_no_field() -> None:
    raw = b"Subject: a\rBcc: b@c.example\nTo: d@e.example\n\nbody"
    message = read(raw)
    assert message.subject == "a Bcc: b@c.example"
    assert message.header("bcc") == ""
    assert "bare_cr" in codes(raw)


@pytest.mark.parametrize("end", [b"\r", b"\r\r\n"])
def test_line_ends_of_no_standard_are_understood(end: bytes) -> None:
    message = read(end.join([b"Subject: a", b"To: b@c.example", b"", b"one", b"two"]))
    assert (message.subject, message.body.text) == ("a", "one\ntwo")


def test_a_nul_is_shown_as_what_it_is() -> None:
    raw = b"Subject: a\0b\n\nc\0d"
    assert (read(raw).subject, read(raw).body.text) == ("a\ufffdb", "c\ufffdd")
    assert "header_nul" in codes(raw)


SMALL = Limits(header=200, field=50, fields=4, encoded_words=2)


@pytest.mark.parametrize(
    ("fits", "passes", "problem"),
    [
        (b"A: " + b"x" * 47 + b"\n\n", b"A: " + b"x" * 48 + b"\n\n", "a field is longer than 50"),
        (b"A: 1\n" * 4 + b"\n", b"A: 1\n" * 5 + b"\n", "more than 4 fields"),
        (b"A: =?a?q?x?= =?\n\n", b"A: =?a?q?x?= =? =?\n\n", "more than 2 encoded words"),
        (
            b"".join(b"%c: %s\n" % (65 + n, b"x" * 46) for n in range(4)) + b"\n",
            b"".join(b"%c: %s\n" % (65 + n, b"x" * 47) for n in range(4)) + b"\n",
            "the header is longer than 200",
        ),
    ],
    ids=["field", "fields", "encoded words", "header"],
)
def test_each_limit_holds_at_n_and_not_at_one_more(
    fits: bytes, passes: bytes, problem: str
) -> None:
    assert header(fits, SMALL).problem is None
    assert problem in (header(passes, SMALL).problem or "")
    refused = read(passes, limits=SMALL)
    assert problem in (refused.refused or "")
    assert refused.headers
    assert refused.body.text == ""


@given(st.binary(max_size=300))
def test_no_bytes_break_the_splitter(raw: bytes) -> None:
    found = header(raw)
    assert 0 <= found.body_start <= max(1, len(raw))


@given(
    st.lists(
        st.tuples(
            st.text(alphabet="ABCabc-123", min_size=1, max_size=20),
            st.text(alphabet=st.characters(min_codepoint=33, max_codepoint=126), max_size=60),
        ),
        min_size=1,
        max_size=20,
    )
)
def test_what_is_written_is_read(fields: list[tuple[str, str]]) -> None:
    raw = b"".join(f"{name}: {value}\r\n".encode() for name, value in fields)
    found = header(raw + b"\r\nbody").headers
    index: dict[str, list[str]] = {}
    for name, value in fields:
        index.setdefault(name.lower(), []).append(value)
    assert all(found.raw_all(name) == values for name, values in index.items())
