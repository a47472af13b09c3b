"""Broken lines made whole (RFC 3676)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from postroom.mail.read import read
from postroom.mail.text.flowed import unflowed


@pytest.mark.parametrize(
    ("text", "whole"),
    [
        ("This is a \nlong line\nnew line", "This is a long line\nnew line"),
        (" From here\n >no quote", "From here\n>no quote"),
        ("Hello \nworld\n-- \nBob", "Hello world\n-- \nBob"),
        ("The end \n-- \nBob", "The end \n-- \nBob"),
        ("> asked \n> again\nNo.", "> asked again\nNo."),
        (">> deep \n> less", ">> deep \n> less"),
        ("> one\n>\n> two", "> one\n>\n> two"),
        ("open \n", "open "),
    ],
)
def test_a_broken_line_is_whole_again(text: str, whole: str) -> None:
    assert unflowed(text, delsp=False) == whole


def test_the_blank_that_marks_it_may_be_no_part_of_it() -> None:
    assert unflowed("exam \nple", delsp=True) == "example"


def test_only_what_says_so_is_flowed() -> None:
    body = b"\r\n\r\nThis is a \r\nline"
    kinds = {b"": "This is a \nline", b"; format=Flowed": "This is a line"}
    for parameter, text in kinds.items():
        assert read(b"Content-Type: text/plain" + parameter + body).body.text == text


@given(st.text(alphabet="ab >-\n", max_size=200), st.booleans())
def test_no_word_is_lost(text: str, delsp: bool) -> None:  # noqa: FBT001 - what is drawn
    whole = unflowed(text, delsp=delsp)
    for letter in "ab-":
        assert whole.count(letter) == text.count(letter)
