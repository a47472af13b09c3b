"""Bytes to text by charset."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ruamel.yaml import YAML

from postroom.mail.defects import Defects
from postroom.mail.read import read
from postroom.mail.text.charset import _LABELS, decode, decode_text, known_charset
from postroom.mail.text.detect import detect

CASES = YAML(typ="safe").load((Path(__file__).parent / "charsets.yaml").read_text("utf-8"))


@pytest.mark.parametrize("case", CASES, ids=[f"{c['label']}-{c['as']}" for c in CASES])
def test_text_is_decoded(case: dict[str, Any]) -> None:
    defects = Defects()
    assert decode(case["text"].encode(case["as"]), case["label"], defects) == case["text"]
    assert {defect.code for defect in defects.found} >= (
        {case["defect"]} if "defect" in case else set()
    )
    assert bool(defects.found) is ("defect" in case)


@pytest.mark.parametrize(
    "label", ["utf-7", "hz-gb-2312", "hz", "punycode", "unicode_escape", "rot13"]
)
def test_some_codecs_are_never_run(label: str) -> None:
    defects = Defects()
    assert known_charset(label) == ()
    assert decode(rb"+AOk- ~{VP~} xn-- \u0041", label, defects) == r"+AOk- ~{VP~} xn-- \u0041"
    assert defects.found[0].code == "unknown_charset"


def test_every_label_leads_to_a_charset_that_is_there() -> None:
    for label in _LABELS:
        assert decode("a b".encode("utf-16" if "16" in label else "ascii"), label, Defects())


def test_a_guess_says_how_sure_it_is() -> None:
    assert detect("Добрый день, пришлите счёт".encode("cp1251")).confidence > 0.8
    assert detect(b"\xe9").confidence < 0.9
    assert detect("é".encode()).codec == "utf-8"
    defects = Defects()
    decode("Привет, как дела".encode("koi8_r"), "", defects)
    assert defects.found[0].detail.startswith("koi8-r 0.")


def test_a_few_bad_bytes_do_not_change_the_charset() -> None:
    defects = Defects()
    text = decode("Grüße aus Köln, schöne Wünsche".encode() + b" \xff.", "utf-8", defects)
    assert text == "Grüße aus Köln, schöne Wünsche \ufffd."
    assert defects.found[0].code == "bad_charset_data"


def test_line_ends_become_line_feeds() -> None:
    assert decode_text(b"a\r\nb\rc\n", "", Defects()) == "a\nb\nc\n"
    assert decode_text("a\r\nb".encode("utf-16-le"), "utf-16le", Defects()) == "a\nb"


def test_the_raw_bytes_can_be_read_again_with_another_charset() -> None:
    raw = b"Subject: \xcf\xf0\xe8\xe2\xe5\xf2\nContent-Type: text/plain; charset=latin1\n\n\xc4\xe0"
    assert read(raw).body.text == "Äà"
    again = read(raw, charset="windows-1251")
    assert (again.subject, again.body.text) == ("Привет", "Да")


@given(
    st.binary(max_size=300), st.sampled_from(["", "utf-8", "gb2312", "iso-2022-jp", "utf-16", "x"])
)
def test_no_bytes_break_the_decoder(data: bytes, label: str) -> None:
    decode_text(data, label, Defects()).encode("utf-8")


@pytest.mark.parametrize("piece", [b"\xff", b"\x1b$B", b"\xe3\x81", b"a\xe9", b"\x1b", b"\x81\x30"])
def test_the_cost_grows_with_the_length_alone(piece: bytes) -> None:
    started = time.process_time()
    decode_text(piece * 500_000, "", Defects())
    assert time.process_time() - started < 2


@pytest.mark.parametrize(
    ("text", "codec"),
    [
        ("Добрый день, пришлите, пожалуйста, счёт за март.", "cp1251"),
        ("Добрый день, пришлите, пожалуйста, счёт за март.", "koi8_r"),
        ("您好请把报价发给我谢谢您的帮助。", "gb18030"),
    ],
)
def test_what_is_mostly_accented_letters_is_not_western(text: str, codec: str) -> None:
    assert decode(text.encode(codec), "iso-8859-1", Defects()) == text


@pytest.mark.parametrize("text", ["ÄÖÜÄÖÜ ÄÖÜÄÖÜ ÄÖÜÄÖÜ", "ÉÉÉ ÀÀÀ ÇÇÇ ÉÉÉÉ ÀÀ", "Größe ändern"])
def test_western_shouting_stays_western(text: str) -> None:
    assert decode(text.encode("cp1252"), "iso-8859-1", Defects()) == text
