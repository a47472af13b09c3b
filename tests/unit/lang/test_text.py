"""How texts, addresses and domains are folded; patterns; dates."""

from __future__ import annotations

import time
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from postroom.lang.dates import DateFormat, date_format, iso_moment
from postroom.lang.patterns import Bad, Pattern, like, pattern
from postroom.lang.text import below_domain, fold, fold_address, fold_domain, thin_out, utf8
from postroom.lang.values import read_decimal, read_integer

any_text = st.text(st.characters(exclude_categories=()), max_size=30)


@given(any_text)
def test_folding_is_total(text: str) -> None:
    assert isinstance(fold(text), str)
    assert isinstance(fold_domain(text), str)
    assert isinstance(fold_address(text), str)
    assert isinstance(utf8(text), bytes)


@given(st.text(st.characters(max_codepoint=0x24F, exclude_categories=["Cs"])))
def test_case_makes_no_difference(text: str) -> None:
    turkish = {"\u0131", "\u0130"}  # i without a dot, I with one: nothing folds them together
    assert fold(text.upper()) == fold(text.lower()) or turkish & set(text)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Straße", "STRASSE"),
        ("ﬁn", "FIN"),
        ("e\u0301", "É"),
        ("\uff41", "A"),
        ("Σ", "ς"),
        ("K", "k"),
    ],
)
def test_forms_of_the_same_text_fold_alike(one: str, other: str) -> None:
    assert fold(one) == fold(other)


@pytest.mark.parametrize(
    ("domain", "folded"),
    [
        ("Example.COM", "example.com"),
        ("bücher.example", "xn--bcher-kva.example"),
        ("BÜCHER.example", "xn--bcher-kva.example"),
        ("straße.example", "xn--strae-oqa.example"),
        ("\uff45xample.com", "example.com"),
        ("", ""),
        ("..", ".."),
        ("ü" * 300, "ü" * 300),
    ],
)
def test_domains_fold_to_what_mail_servers_know(domain: str, folded: str) -> None:
    assert fold_domain(domain) == folded


def test_an_address_keeps_what_tells_two_people_apart() -> None:
    assert fold_address("Ann+X@Bücher.example") == "ann+x@xn--bcher-kva.example"
    assert fold_address("straße@x.example") != fold_address("strasse@x.example")


def test_a_domain_lies_below_another_by_label() -> None:
    wanted = frozenset({"partner.example"})
    assert below_domain("partner.example", wanted)
    assert below_domain("a.b.partner.example", wanted)
    assert not below_domain("evilpartner.example", wanted)
    assert not below_domain("", wanted)
    assert not below_domain("a." * 200 + "partner.example", wanted)


def test_crowds_of_combining_marks_are_thinned_out() -> None:
    assert thin_out("e\u0301" * 50) == "e\u0301" * 50
    assert thin_out("a" + "\u0301" * 100 + "b") == "a" + "\u0301" * 30 + "b"
    assert len(fold("a" + "\u0315\u0300" * 500_000)) < 100


def test_folding_takes_time_in_proportion() -> None:
    def seconds(marks: int) -> float:
        text = "a" + "\u0315\u0300" * marks
        start = time.perf_counter()
        fold(text)
        return time.perf_counter() - start

    seconds(1_000)
    assert min(seconds(400_000) for _ in range(3)) < 20 * min(seconds(50_000) for _ in range(3))


@pytest.mark.parametrize("text", ["(a+)+$", "(a|a)*$", "(x+x+)+y", ".*.*.*=.*", "(a*)*b"])
def test_patterns_that_hang_others_are_harmless(text: str) -> None:
    found = pattern(text)
    assert isinstance(found, Pattern)
    start = time.perf_counter()
    found.found_in(b"a" * 1_000_000)
    assert time.perf_counter() - start < 1


@pytest.mark.parametrize("text", ["(.{100}){100}", r"\pL{999}", "((a{100}){100}){100}", ".{1000}x"])
def test_patterns_that_are_too_large_are_refused_at_once(text: str) -> None:
    start = time.perf_counter()
    assert isinstance(pattern(text), Bad)
    assert time.perf_counter() - start < 2


def test_a_pattern_has_at_most_512_bytes() -> None:
    assert isinstance(pattern("a" * 512), Pattern)
    assert isinstance(pattern("a" * 513), Bad)
    assert isinstance(pattern("ü" * 257), Bad)


@given(any_text, any_text)
def test_like_is_total(written: str, text: str) -> None:
    assert like(written[:20], "").found_in(utf8(fold(text))) in (True, False)


@given(st.text("ab*?.\\[", max_size=8), st.text("ab.\\[", max_size=8))
def test_like_means_what_a_plain_walk_says(written: str, text: str) -> None:
    assert like(written, "").found_in(utf8(text)) == _fits(written, text)


def _fits(written: str, text: str) -> bool:
    if not written:
        return not text
    if written[0] == "*":
        return any(_fits(written[1:], text[i:]) for i in range(len(text) + 1))
    return bool(text) and written[0] in ("?", text[0]) and _fits(written[1:], text[1:])


@pytest.mark.parametrize(
    ("format_", "text", "day"),
    [
        ("DD.MM.YYYY", "31.01.2026", date(2026, 1, 31)),
        ("D.M.YYYY", "3.2.2026", date(2026, 2, 3)),
        ("YYYYMMDD", "20260203", date(2026, 2, 3)),
        ("MM/DD/YYYY", " 2/3/2026 ", date(2026, 2, 3)),
        ("DD. MM. YYYY", "03. 02. 2026", date(2026, 2, 3)),
        ("DD.MM.YYYY", "31.02.2026", None),
        ("DD.MM.YYYY", "31.01.26x", None),
        ("DD.MM.YYYY", "31-01-2026", None),
        ("DD.MM.YYYY", "", None),
        ("DD.MM.YYYY", "\u0663\u0661.\u0660\u0661.2026", None),
    ],
)
def test_a_date_is_read_by_its_format(format_: str, text: str, day: date | None) -> None:
    found = date_format(format_)
    assert isinstance(found, DateFormat)
    moment = found.read(text)
    assert (moment.date() if moment else None) == day


@given(st.dates(), st.sampled_from(["DD.MM.YYYY", "YYYY-MM-DD", "M/D/YYYY", "YYYYMMDD"]))
def test_a_date_that_is_shown_can_be_read(day: date, format_: str) -> None:
    found = date_format(format_)
    assert isinstance(found, DateFormat)
    moment = found.read(found.show(day))
    assert moment is not None
    assert moment.date() == day


@pytest.mark.parametrize(
    "format_", ["", "  ", "YY-MM-DD", "DD. MMM YYYY", "hh:mm", "Y" * 200, "dd"]
)
def test_a_format_that_means_nothing_is_refused(format_: str) -> None:
    found = date_format(format_)
    assert isinstance(found, str)
    assert found


@given(st.text())
def test_reading_what_people_write_is_total(text: str) -> None:
    date_format(text)
    moment = iso_moment(text)
    assert moment is None or moment.tzinfo is UTC
    assert read_integer(text) is None or read_decimal(text) is not None


def test_a_moment_outside_the_calendar_is_none() -> None:
    assert iso_moment("0001-01-01T00:00:00+14:00") is None
    assert iso_moment("9999-12-31T23:59:59-14:00") is None
    assert iso_moment("2026-01-31T12:00:00+02:00") == datetime(2026, 1, 31, 10, tzinfo=UTC)
