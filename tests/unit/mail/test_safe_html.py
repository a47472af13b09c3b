"""HTML that may be shown."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from postroom.mail.text.safe_html import safe_html

ATTACKS = [
    "<script>alert(1)</script>",
    "<ScRiPt src=//evil.example/x.js></sCrIpT>",
    "<img src=x onerror=alert(1)>",
    "<svg onload=alert(1)>",
    "<svg><script>alert(1)</script></svg>",
    "<math><mi xlink:href='javascript:alert(1)'>x</mi></math>",
    "<iframe src=javascript:alert(1)></iframe>",
    "<object data=javascript:alert(1)></object>",
    "<embed src=javascript:alert(1)>",
    "<a href='javascript:alert(1)'>x</a>",
    "<a href=' java\nscript:alert(1)'>x</a>",
    "<a href='&#106;avascript:alert(1)'>x</a>",
    "<a href='data:text/html,<script>alert(1)</script>'>x</a>",
    "<a href='vbscript:msgbox(1)'>x</a>",
    "<a href='cid:x'>x</a>",
    "<form action=//evil.example><input name=password></form>",
    "<base href=//evil.example/>",
    "<meta http-equiv=refresh content='0;url=//evil.example'>",
    "<link rel=stylesheet href=//evil.example/x.css>",
    "<style>@import '//evil.example/x.css';</style>",
    "<div style='background:url(//evil.example/x)'>x</div>",
    "<div style='background-color: url(//evil.example/x)'>x</div>",
    "<div style='width: expression(alert(1))'>x</div>",
    "<div style='position:fixed;top:0'>x</div>",
    "<table background=//evil.example/x><tr><td>x</table>",
    "<img src=//evil.example/x.gif>",
    "<img src=https://evil.example/x.gif>",
    "<img srcset='//evil.example/x 2x'>",
    "<img src=data:image/svg+xml;base64,PHN2Zz4=>",
    "<img src=cid:unknown>",
    "<video src=//evil.example/x><audio src=//evil.example/x>",
    "<noscript><p title='</noscript><img src=x onerror=alert(1)>'>",
    "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>",
    "<!--><script>alert(1)</script>-->",
    "<p title='\"onmouseover=alert(1)'>x</p>",
    "<textarea><script>alert(1)</script></textarea>",
]
FORBIDDEN = (
    "<script", "javascript:", "vbscript:", "data:", "evil.example", "<style", "url(", "expression",
    "position", "<iframe", "<form", "<svg", "cid:",
)  # fmt: skip
"""Each attack tries to run something, to load something, or to cover something."""


@pytest.mark.parametrize("source", ATTACKS)
def test_nothing_runs_and_nothing_is_loaded(source: str) -> None:
    shown = safe_html(source, {"x": "/pictures/1"}).lower()
    for forbidden in FORBIDDEN:
        assert forbidden not in shown, shown
    tags = [piece.partition(">")[0] for piece in shown.split("<")[1:]]
    assert not any(" on" in tag.replace('"', " ").split("title=")[0] for tag in tags), shown


def test_what_is_harmless_stays() -> None:
    source = '<p style="color: red"><b>Hello</b> <a href="https://a.example/">there</a></p>'
    shown = safe_html(source, {})
    assert '<p style="color:red">' in shown.replace(": ", ":").replace(";", "")
    assert '<a href="https://a.example/" rel="noopener noreferrer nofollow">there</a>' in shown


def test_a_picture_of_the_mail_stays_in_its_place() -> None:
    shown = safe_html('a<img src="CID:logo@x" alt="Logo">b', {"logo@x": "/mail/1/part/2"})
    assert shown.startswith("a<img")
    assert 'src="/mail/1/part/2"' in shown
    assert shown.endswith("b")


@pytest.mark.parametrize(
    "source",
    [
        "<div>" * 50_000,
        "<div></x>" * 50_000,
        "<b>" * 50_000,
        "<p " + "".join(f"a{n}=1 " for n in range(50_000)) + ">x",
        "<p " + "".join(f'a{n}="<" ' for n in range(50_000)) + ">x",
        "<p " + "a " * 50_000 + ">x",
        "x" * 2_000_001,
        "<table><td>" * 20_000,
    ],
    ids=["divs", "ends", "bold", "attributes", "hidden attributes", "words", "long", "cells"],
)
def test_what_no_parser_should_be_given_is_shown_as_text(source: str) -> None:
    started = time.process_time()
    shown = safe_html(source, {})
    assert time.process_time() - started < 1
    assert shown.startswith("<pre>")
    assert "<" not in shown.removeprefix("<pre>").removesuffix("</pre>")


@given(st.text(alphabet="<>/abimgsrc=\"' cid:xon!-&;", max_size=200))
def test_no_markup_breaks_it(source: str) -> None:
    shown = safe_html(source, {"x": "/1"})
    assert "<script" not in shown.lower()
