"""New words, quoted words and signatures in plain text."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML

from postroom.mail.phrases import BLANK
from postroom.mail.quotes.boundary import BoundaryFinder, notable
from postroom.mail.quotes.marker import MARKER, is_marker
from postroom.mail.quotes.split import split_html, split_text


def test_the_top_answer_is_the_reply() -> None:
    split = split_text("Yes.\n\nOn 4 Mar 2024, at 10:12, Ann <ann@x.example> wrote:\n\n> Really?\n")
    assert split.reply == "Yes."
    assert split.quoted == "On 4 Mar 2024, at 10:12, Ann <ann@x.example> wrote:\n> Really?"


def test_the_bottom_answer_is_the_reply() -> None:
    split = split_text("On 4 Mar 2024, at 10:12, Ann <ann@x.example> wrote:\n> Really?\n\nYes.\n")
    assert split.reply == "Yes."


def test_answers_between_quoted_lines_are_the_reply() -> None:
    text = "Ann Smith wrote:\n> Red?\nYes.\n> Or blue?\n\nNo.\n\n> Green?\nMaybe.\n"
    assert split_text(text).reply == "Yes.\n\nNo.\n\nMaybe."


def test_quoted_lines_need_no_line_above_them() -> None:
    split = split_text("To your points:\n\n> one\n> two\n\nAgreed.\n")
    assert split.reply == "To your points:\n\nAgreed."


def test_what_only_looks_quoted_is_kept() -> None:
    text = "The log says:\n>>> x = 1\n>>> y\nNameError\n\nMore than 100 users:\n>100 in all"
    assert split_text(text).reply == text


@pytest.mark.parametrize(
    "text",
    [
        "> all of it\n> is quoted",
        "On 4 Mar 2024, at 10:12, Ann <ann@x.example> wrote:\n> Hi",
        "-----Original Message-----\nFrom: a@x.example\nSubject: Hi\n\nHello",
        f"{MARKER}\nHello",
        "--\nAnn",
        "Best regards,\nAnn",
    ],
)
def test_nothing_is_ever_cut_down_to_nothing(text: str) -> None:
    assert split_text(text).reply == text.strip("\n")


def test_all_is_cut_at_our_own_marker() -> None:
    split = split_text(f"Thanks!\n\nSomething in a language nobody knows 12:\n{MARKER}\nOur mail\n")
    assert split.reply.startswith("Thanks!")
    assert "Our mail" in split.quoted


def test_our_marker_is_known_in_any_dress() -> None:
    assert is_marker(f"> *{MARKER}*")
    assert is_marker("## Please Write Above This Line ##")
    assert not is_marker("Please write above the first line")


def test_the_line_above_our_marker_goes_with_it() -> None:
    text = f"Thanks!\n\n2024-03-04 10:12 Desk <help@x.example> qwerty:\n\n{MARKER}\nOur mail\n"
    assert split_text(text).reply == "Thanks!"


def test_an_answer_below_our_quoted_marker_is_kept() -> None:
    text = f"On 4 Mar 2024, at 10:12, Desk <help@x.example> wrote:\n> {MARKER}\n> Hi\n\nThanks!\n"
    assert split_text(text).reply == "Thanks!"


@pytest.mark.parametrize(
    "text",
    [
        "On the other hand, this is fine.\nOn average it works:",
        "I wrote on 3 May 2024 at 10:00:\n\nplease call me",
        "As you wrote on 3 May 2024:\n\nthe price is fine",
        "From: Berlin\nTo: Munich\nDate: 3 May\n\nTwo seats, please.",
        "The data comes From: our database, not From: others.",
        "Costs:\n----\n1. one\n2. two\n\n====\n\nAnd more text follows here.",
        "Hello.\n\nSent from my office to yours, the parcel has not arrived.\n\nPlease check.",
        "Here is another one.\n\nSent from my desk, it is much easier than by telephone.",
        "With regards to the payment, nothing has changed.",
        "I hope you can check it.\n\nThanks!",
        "I hope you can check it.\n\nThanks,\nand see you on Monday at the latest.",
        "Kind regards to your mother! She was so nice last time that we were there.\n\nSo, when?",
    ],
)
def test_what_people_write_is_kept(text: str) -> None:
    assert split_text(text).reply == text


@pytest.mark.parametrize(
    ("text", "signature"),
    [
        ("Hello there.\n\n-- \nAnn\nExample GmbH", "--\nAnn\nExample GmbH"),
        ("Hello there.\n\nSent from my iPhone", "Sent from my iPhone"),
        ("Hello there.\n\nSent from my iPad. Sorry.", "Sent from my iPad. Sorry."),
        ("Hello there.\n\nThanks,\nAnn Smith", "Thanks,\nAnn Smith"),
        ("Hello there.\n\nGet Outlook for iOS<https://a.example>", "Get Outlook for iOS<https://a.example>"),
        ("Hello there.\n\nViele Grüße\nAnna", "Viele Grüße\nAnna"),
        ("Hello there.\n\nBest regards, Ann Smith", "Best regards, Ann Smith"),
        ("Hello there.\n\nMany thanks & kind regards\nAnn", "Many thanks & kind regards\nAnn"),
        ("Hello there.\n\nCheers 🎉\nSarah", "Cheers 🎉\nSarah"),
        ("Hello there.\n\n_____\nAnn\nTel. +49 30 1234567", "_____\nAnn\nTel. +49 30 1234567"),
    ],
)  # fmt: skip
def test_signatures_are_told_from_the_text(text: str, signature: str) -> None:
    split = split_text(text)
    assert split.reply == "Hello there."
    assert split.signature == signature


def test_a_postscript_keeps_its_letter_whole() -> None:
    text = "Hello.\n\nBest regards\nAnn\n\nPS: the key is under the mat."
    assert split_text(text).reply == text


def test_a_wrapped_remainder_belongs_to_the_quoted_line_above() -> None:
    text = (
        "Yes.\n\nOn 4 Mar 2024, at 10:12, Ann <ann@x.example> wrote:\n"
        "> a line that is so long that some server on the way has wrapped it\nand this\n> more\n"
    )
    assert split_text(text).reply == "Yes."


def test_an_address_that_was_wrapped_is_no_quotation() -> None:
    text = "Ja.\n\ntir. 18. apr. 2017 kl. 13:09 skrev Test user <test@x.example\n>:\n\n> Hei\n"
    assert split_text(text).reply == "Ja."


def test_a_block_in_an_unknown_language_is_seen_below_its_rule() -> None:
    text = (
        "Yes.\n\n____________________\nXyzzy: Ann <ann@x.example>\nPlugh: 4/3/2024 10:12\n"
        "Frotz: bob@x.example\nGnusto: Hello\n\nHi Bob\n"
    )
    assert split_text(text).reply == "Yes."


@pytest.mark.parametrize(
    "flood",
    [
        "On ...\n" * 50_000,
        "On Monday:\n" * 50_000,
        "On 4 Mar 2024 at 10:12, Ann wrote\n" * 50_000,
        "\n" * 50_000,
        "> \n" * 50_000,
        "From:\n" * 50_000,
        "-----\n" * 50_000,
        "Best regards\n" * 50_000,
        "Sent from my iPhone\n\n" * 25_000,
        "wrote:\n" * 50_000,
        "a@b:\n" * 50_000,
        "On " * 50_000,
        "1:" * 100_000,
    ],
    ids=lambda flood: repr(flood[:20]),
)
def test_floods_cost_no_time(flood: str) -> None:
    best = 9.0
    for _ in range(3):
        started = time.process_time()
        split_text(flood)
        best = min(best, time.process_time() - started)
    assert best < 0.1


@settings(max_examples=200)
@given(st.lists(st.sampled_from([
    "Hello", "", "> quoted", ">> more", "On 4 Mar 2024, at 10:12, Ann <a@x.example> wrote:", "-- ",
    "From: a@x.example", "Subject: Hi", "To: b@x.example", "-----Original Message-----", "_____",
    "Best regards,", "Ann", MARKER, "Sent from my iPhone", "wrote:", "<a@x.example>:", "***",
    "\u202a",
])))  # fmt: skip
def test_no_line_is_lost_and_something_is_left(lines: list[str]) -> None:
    text = "\n".join(lines)
    split = split_text(text)
    assert split.reply.strip() or not text.strip(BLANK + "\n")
    kept = [*split.reply.split("\n"), *split.quoted.split("\n"), *split.signature.split("\n")]
    for line in filter(lambda line: line.strip(BLANK), lines):
        assert line.rstrip() in (each.rstrip() for each in kept)


@settings(max_examples=200)
@given(st.text(max_size=300))
def test_no_text_makes_it_raise(text: str) -> None:
    split_text(text)
    split_html(text)


ADDRESS = '&lt;<a href="mailto:ann@x.example">ann@x.example</a>&gt;'
GMAIL = (
    '<div dir="ltr">Yes, please.</div><br><div class="gmail_quote">'
    f'<div dir="ltr" class="gmail_attr">On Mon, 4 Mar 2024 at 10:12, Ann {ADDRESS} wrote:<br></div>'
    '<blockquote class="gmail_quote" style="margin:0">Shall we?<br></blockquote></div>'
)
OUTLOOK = (
    '<p class="MsoNormal">Yes, please.</p>'
    '<div><div style="border:none;border-top:solid #E1E1E1 1.0pt"><p class="MsoNormal">'
    "<b>Von:</b> Ann &lt;ann@x.example&gt;<br><b>Gesendet:</b> Montag, 4. M&auml;rz 2024 10:12<br>"
    "<b>An:</b> Bob<br><b>Betreff:</b> Hallo</p></div></div><p>Shall we?</p>"
)
OUTLOOK_WEB = (
    '<div>Yes, please.</div><div id="appendonsend"></div><hr style="width:98%">'
    '<div id="divRplyFwdMsg" dir="ltr"><b>Qwerty:</b> Ann</div><div>Shall we?</div>'
)
APPLE = (
    '<div>Yes, please.</div><div><br><blockquote type="cite">'
    "<div>On 4 Mar 2024, at 10:12, Ann wrote:</div><br><div>Shall we?</div></blockquote></div>"
)
THUNDERBIRD_BELOW = (
    '<div class="moz-cite-prefix">On 04/03/2024 10:12, Ann wrote:<br></div>'
    '<blockquote type="cite">Shall we?</blockquote><p>Yes, please.</p>'
)
YAHOO = (
    '<div>Yes, please.</div><div id="ydp1" class="yahoo_quoted"><div>On Monday, Ann wrote:</div>'
    "<div>Shall we?</div></div>"
)


@pytest.mark.parametrize(
    "source",
    [GMAIL, OUTLOOK, OUTLOOK_WEB, APPLE, THUNDERBIRD_BELOW, YAHOO],
    ids=["gmail", "outlook", "outlook web", "apple", "thunderbird below", "yahoo"],
)
def test_html_is_split_by_the_marks_of_its_program(source: str) -> None:
    split = split_html(source)
    assert split.reply == "Yes, please."
    assert "Shall we?" in split.quoted


HTML: list[dict[str, str]] = YAML(typ="safe").load(
    (Path(__file__).parent / "html.yaml").read_text(encoding="utf-8")
)


@pytest.mark.parametrize("case", HTML, ids=lambda case: case["program"])
def test_html_of_many_programs(case: dict[str, str]) -> None:
    split = split_html(case["html"])
    assert split.reply.strip() == "Yes, please."
    assert "Shall we?" in split.quoted


def test_html_that_is_quoted_as_a_whole_is_kept() -> None:
    assert split_html('<blockquote type="cite">Shall we?</blockquote>').reply == "Shall we?"


def test_an_indented_paragraph_is_no_quotation() -> None:
    source = "<p>Please come to</p><blockquote>the garden</blockquote><p>at noon.</p>"
    assert split_html(source).reply == "Please come to\n\nthe garden\n\nat noon."


def test_a_signature_is_known_by_its_element() -> None:
    split = split_html('<div>Yes.</div><div class="gmail_signature">Ann<br>Example</div>')
    assert (split.reply, split.signature) == ("Yes.", "Ann\nExample")


@pytest.mark.parametrize(
    "flood",
    [
        "<div>" * 50_000,
        "<blockquote>" * 50_000,
        '<div class="gmail_quote">' * 20_000,
        "</div>" * 50_000,
        "<blockquote>a:b:c:d:e:f:g" * 20_000,
        "<p>On Monday Ann wrote:</p><blockquote>x</blockquote>" * 5_000,
        "<" * 50_000,
        "<div " * 50_000,
    ],
    ids=lambda flood: flood[:24],
)
def test_floods_of_tags_cost_little_time(flood: str) -> None:
    started = time.process_time()
    split_html(flood)
    assert time.process_time() - started < 1


@pytest.mark.parametrize(
    "above",
    [
        ">>> Ann Smith <ann@x.example> 3/4/2024 10:12 AM >>>",
        "Ann Smith/Example wrote on 03/04/2024 10:12:44 AM:",
        "On Tue, Apr 29, 2014 at 4:22 PM, Ann <ann@x.example>wrote:",
        "4 Mar 2024, 10:12 by ann@x.example:",
        "In a message dated 3/4/2024 10:12:44 A.M. Eastern Standard Time, ann@x.example writes:",
        "On Mon, 4 Mar 2024 10:12:44 +0100\nAnn <ann@x.example> wrote:",
        "Le lundi 4 mars 2024, Ann Smith <ann@x.example> a écrit :",
        "Понедельник, 4 марта 2024, 10:12 +03:00 от Ann <ann@x.example>:",
        "From: Ann <ann@x.example> Sent: Monday, March 4, 2024 To: Bob Subject: Hi",
        "---------- Původní e-mail ----------\nOd: Ann <ann@x.example>\nPředmět: Hi",
        "##- Please type your reply above this line -##",
        "-- Bitte antworten Sie oberhalb dieser Zeile --",
    ],
)
def test_quotations_of_many_programs(above: str) -> None:
    assert split_text(f"Yes, please.\n\n{above}\n\nShall we?\n").reply == "Yes, please."


def test_two_dashes_set_off_a_signature_in_html_too() -> None:
    split = split_html("<p>Yes.</p><div>-- </div><div>Ann</div>")
    assert (split.reply, split.signature) == ("Yes.", "--\nAnn")


_LINES = st.lists(
    st.lists(
        st.sampled_from(
            [
                *("Ann", "wrote", "wrote:", "schrieb", "On", "3 May 2024, 10:15", "<a@b.example>"),
                *(
                    "From:",
                    "Subject:",
                    "Von\uff1a",
                    "Sent: Monday",
                    "----",
                    "---->",
                    "-",
                    "*",
                    "\u2014",
                ),
                *(">", "_____", "Original Message", "Forwarded message", "(", "x"),
                *(MARKER, "please write above this line", "## bitte oberhalb dieser zeile"),
            ]
        ),
        max_size=6,
    ).map(lambda words: " ".join(words).strip()),
    max_size=8,
)


@given(lines=_LINES)
def test_no_line_goes_unnoticed_in_which_something_begins(lines: list[str]) -> None:
    finder, noticed = BoundaryFinder(lines), notable(lines)
    for place, line in enumerate(lines):
        if line and (line[0] == ">" or is_marker(line) or finder.at(place, line, 0)):
            assert place in noticed
