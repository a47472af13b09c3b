"""HTML to text."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from postroom.mail.text.html import declared_charset, html_text


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("<p>one</p><p>two</p>", "one\n\ntwo"),
        ('<p class="MsoNormal">one</p><p class="MsoNormal">two</p>', "one\ntwo"),
        ("<div>one</div><div>two</div>", "one\ntwo"),
        ("one<br>two<br/>three<BR />four", "one\ntwo\nthree\nfour"),
        ("one <b>bold</b>\n\n   word", "one bold word"),
        ("a&nbsp;&lt;b&gt; &amp;amp; &eacute; &#8364; &#x20AC;", "a <b> &amp; é € €"),
        ("<ul><li>one<li>two</ul>", "one\ntwo"),
        ("<table><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></table>", "a b\nc"),
        ("<head><title>no</title><style>p{}</style></head><body>yes", "yes"),
        ("<script>if (a < b) { '<p>' }</script>yes", "yes"),
        ("<SCRIPT>x</Script >yes", "yes"),
        ("<style>x", ""),
        ("a<!-- <p>no</p> -->b<!---->c<!-->d", "abcd"),
        ("<!--[if mso]><p>no</p><![endif]-->yes", "yes"),
        ("<![if !mso]>yes<![endif]>", "yes"),
        ("<?xml version='1.0'?><!DOCTYPE html>yes", "yes"),
        ("1 < 2 and 3 > 2", "1 < 2 and 3 > 2"),
        ("a <- b", "a <- b"),
        ('<a title="x > y" href="z">link</a>', "link"),
        ('<div style="display: none">no<div>no</div></div>yes', "yes"),
        ('<span style="DISPLAY:NONE">no</span>yes', "yes"),
        ('<div style="display: none"/>yes', "yes"),
        ("<pre>a\n  b</pre>c", "a\n  b\nc"),
        ("<img src=x alt=y>z", "z"),
        ("&#" + "9" * 5000 + ";x", "&#" + "9" * 5000 + ";x"),
        ("yes<p", "yes"),
        ("", ""),
        ("<>", "<>"),
        ("</>", ""),
        ("&lt;script&gt;", "<script>"),
    ],
)
def test_what_is_shown_is_text(source: str, text: str) -> None:
    assert html_text(source) == text


@pytest.mark.parametrize(
    ("data", "charset"),
    [
        (b'<meta charset="utf-8">', "utf-8"),
        (b"<meta charset=Windows-1251>", "windows-1251"),
        (b'<META http-equiv=Content-Type content="text/html; charset=KOI8-R">', "koi8-r"),
        (b"<p>no", ""),
        (b"charset=", ""),
    ],
)
def test_html_may_name_its_charset(data: bytes, charset: str) -> None:
    assert declared_charset(data) == charset


@given(st.text(alphabet="<>/!-'\"= abpscriptdvnone:;&#x9\n", max_size=300))
def test_no_markup_breaks_it(source: str) -> None:
    html_text(source)


@pytest.mark.parametrize(
    "piece",
    ["<div>", "<", "<!--", "<p a=1 ", '"', "<a b='", "<b id=1>", "&", "&#1", "</", "<pre>",
     "<style>", '<a "', "<div style=display:none>", "\n", "<td>", "<![", "x\u00a0"],
)  # fmt: skip
def test_the_cost_grows_with_the_length_alone(piece: str) -> None:
    def cost(size: int) -> float:
        source = piece * (size // len(piece))
        started = time.process_time()
        html_text(source)
        return time.process_time() - started

    small, large = min(cost(100_000) for _ in range(3)), min(cost(400_000) for _ in range(3))
    assert large < 12 * small + 0.01


def test_fifty_thousand_nested_elements_cost_less_than_a_tenth_of_a_second() -> None:
    started = time.process_time()
    assert html_text("<div>" * 50_000 + "x") == "x"
    assert time.process_time() - started < 0.1
