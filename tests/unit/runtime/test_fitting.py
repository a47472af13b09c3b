from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from postroom.hooks.contracts import Letter
from postroom.mail.quotes.marker import MARKER
from postroom.model.decision import Notice
from postroom.model.record import RecordRef
from postroom.rules.ruleset import Send
from postroom.runtime.sending.fitting import fitted
from postroom.source.text import Source, Span

ADDRESS = "support@kestrel.example"
SEND = Send("smtp", None, ADDRESS, Span(Source("rules.yaml", "x"), 0, 1))
NOTICE = Notice(
    key="k",
    kind="answer",
    origin="notify",
    rule="ack",
    template="ack",
    use="smtp",
    to=("ann@weaver.example",),
    subject="Received",
    text="We have opened it.",
    ref=RecordRef("ticket", 1),
    token="06TP34T4",
)


def letter(original: bytes | None = None, original_text: str = "", **changes: Any) -> Letter:
    notice = replace(NOTICE, **changes)
    return Letter(
        notice, "support", ADDRESS, "x@kestrel.example", {}, original, original_text, None
    )


def sent(given: Letter, **declared: Any) -> Letter:
    return fitted(given, replace(SEND, **declared), ADDRESS)


def test_what_can_be_answered_begins_with_the_marker() -> None:
    ready = sent(letter(html="<p>Opened.</p>")).notice
    assert ready.text == f"{MARKER}\n\nWe have opened it."
    assert ready.html.startswith("<p style=")
    assert MARKER in ready.html


def test_the_marker_is_a_text_in_html() -> None:
    ready = sent(letter(html="<p>Opened.</p>"), reply_marker="<b>-- above this line").notice
    assert "&lt;b&gt;-- above this line" in ready.html


@pytest.mark.parametrize("changes", [{"kind": "forward"}, {"token": ""}, {"to": ()}])
def test_what_nobody_can_answer_has_no_marker(changes: dict[str, Any]) -> None:
    assert sent(letter(**changes)).notice.text == "We have opened it."


def test_answers_are_asked_for_at_the_plus_address_only_where_that_is_declared() -> None:
    assert sent(letter()).reply_to == ""
    ready = sent(letter(), plus_addresses=True)
    assert ready.reply_to == "support+06TP34T4@kestrel.example"
    assert sent(letter(token=""), plus_addresses=True).reply_to == ""


@pytest.mark.parametrize(("size", "fits"), [(10_000, True), (10_001, False)])
def test_a_mail_is_sent_along_up_to_the_limit(*, size: int, fits: bool) -> None:
    given = letter(bytes(size), kind="forward", attach_original="all")
    ready = sent(given, max_attachments=10_000)
    assert (ready.original is not None) == fits
    told = "the original has 10,001 bytes and is not attached"
    assert ready.left_out == (() if fits else (told,))
    assert (told in ready.notice.text) == (not fits)


def test_html_that_is_too_large_goes_as_text() -> None:
    ready = sent(letter(html="<p>" + "x" * 2_000), max_body=1_000)
    assert ready.notice.html == ""
    assert "We have opened it." in ready.notice.text
    assert ready.left_out == ("its HTML has 2,003 bytes: here is the text alone",)


def test_the_text_of_a_forwarded_mail_is_cut() -> None:
    given = letter(original_text="x" * 2_000, kind="forward", attach_original="text")
    ready = sent(given, max_body=1_000)
    assert len(ready.original_text) == 1_000
    assert len(ready.left_out) == 1


@given(text=st.text(max_size=3_000), html=st.text(max_size=3_000))
def test_whatever_is_written_what_goes_out_is_limited_and_says_so(text: str, html: str) -> None:
    ready = sent(letter(text=text, html=html), max_body=1_000)
    for body in (ready.notice.text, ready.notice.html):
        assert len(body.encode("utf-8", "replace")) < 1_000 + 600
    too_large = any(len(each.encode("utf-8", "replace")) > 1_000 for each in (text, html))
    assert bool(ready.left_out) == too_large
