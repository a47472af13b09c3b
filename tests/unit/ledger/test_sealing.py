from __future__ import annotations

import hashlib
import json
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from postroom.model.plain import LARGEST, Json, plain
from postroom.model.record import LogEntry
from postroom.model.sealing import (
    Hidden,
    canonical,
    commitment,
    leaf,
    pointer,
    revealed,
    seal,
)

texts = st.text(st.characters(exclude_categories=["Cs"]))
values: st.SearchStrategy[Json] = st.recursive(
    st.none() | st.booleans() | st.integers(-LARGEST, LARGEST) | texts,
    lambda inner: st.lists(inner) | st.dictionaries(texts, inner),
    max_leaves=30,
)
anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text() | st.floats() | st.decimals()
    | st.datetimes(timezones=st.none() | st.just(UTC)) | st.dates() | st.timedeltas() | st.binary(),
    lambda inner: st.lists(inner) | st.tuples(inner, inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)  # fmt: skip


def test_keys_are_sorted_as_rfc_8785_demands() -> None:
    """The example of RFC 8785 3.2.3: by UTF-16, where an emoji comes before U+FB33."""
    keys = ["\u20ac", "\r", "\ufb33", "1", "\U0001f600", "\u0080", "\u00f6"]
    written = canonical(dict.fromkeys(keys, 0))
    assert list(json.loads(written)) == ["\r", "1", "\x80", "ö", "€", "\U0001f600", "\ufb33"]


def test_text_is_escaped_as_rfc_8785_demands() -> None:
    assert canonical('\u20ac$\x0f\nA\'B"\\\\"/\x7f\u2028') == (
        '"\u20ac$\\u000f\\nA\'B\\"\\\\\\\\\\"/\x7f\u2028"'
    )


def test_there_is_no_space_between_tokens() -> None:
    assert canonical({"b": [1, -2, True, False, None], "a": {}}) == (
        '{"a":{},"b":[1,-2,true,false,null]}'
    )


@given(values)
def test_what_is_written_reads_back_the_same(value: Json) -> None:
    assert json.loads(canonical(value)) == value


@given(values)
def test_the_canonical_form_does_not_depend_on_how_the_value_was_built(value: Json) -> None:
    assert canonical(json.loads(canonical(value))) == canonical(value)


@given(st.dictionaries(texts, st.integers(-9, 9), min_size=1))
def test_the_order_of_keys_says_nothing(value: dict[str, int]) -> None:
    backwards: dict[str, Json] = dict(reversed(list(value.items())))
    assert canonical(backwards) == canonical({**value})


@pytest.mark.parametrize("value", [1.5, b"x", (1,), Decimal(1), {1: 2}])
def test_what_is_no_plain_json_is_refused(value: Json) -> None:
    with pytest.raises(TypeError):
        canonical(value)


@pytest.mark.parametrize("value", [LARGEST + 1, -LARGEST - 1])
def test_a_number_that_not_every_reader_understands_is_refused(value: int) -> None:
    with pytest.raises(ValueError, match="too large"):
        canonical(value)


def test_the_leaf_is_that_of_rfc_6962() -> None:
    assert leaf("") == hashlib.sha256(b"\0").digest()
    text, hashed = seal("engine_started", {"version": "1"})
    assert text == '{"kind":"engine_started","version":"1"}'
    assert hashed == hashlib.sha256(b"\0" + text.encode()).digest()


@given(anything)
def test_anything_becomes_plain_json(value: object) -> None:
    leaf(canonical(plain(value)))


@given(values)
def test_plain_json_stays_as_it_is(value: Json) -> None:
    assert plain(value) == value


BERLIN = timezone(timedelta(hours=1))


@pytest.mark.parametrize(
    ("value", "becomes"),
    [
        (datetime(2026, 1, 2, 3, 4, 5, tzinfo=BERLIN), "2026-01-02T02:04:05.000000Z"),
        (datetime(2026, 1, 2, 3, 4, 5, 6), "2026-01-02T03:04:05.000006Z"),  # noqa: DTZ001
        (date(2026, 1, 2), "2026-01-02"),
        (timedelta(hours=1), "3600"),
        (timedelta(milliseconds=1500), "1.5"),
        (Decimal("4.50"), "4.50"),
        (LARGEST + 1, "9007199254740992"),
        ("a\ud800b", "a\ufffdb"),
        ({"\udfff": 1}, {"\ufffd": 1}),
        (
            LogEntry(datetime(2026, 1, 2, tzinfo=UTC), "ann@x.example", verified=True, text="hi"),
            {
                "written_at": "2026-01-02T00:00:00.000000Z",
                "author": "ann@x.example",
                "verified": True,
                "text": "hi",
            },
        ),
    ],
)
def test_values_of_ours_have_one_form(value: object, becomes: Json) -> None:
    assert plain(value) == becomes


def salts() -> bytes:
    return b"0123456789abcdef"


def test_a_hidden_value_is_not_in_the_body_and_fits_its_commitment() -> None:
    hidden = Hidden(salts)
    stands = hidden.hide("/to", ("ann@x.example",))
    ((place, salt, value),) = hidden.rows
    assert place == "/to"
    assert value == '["ann@x.example"]'
    assert stands == {"private": commitment(salt, value)}
    assert stands == {"private": hashlib.sha256(salts() + b'["ann@x.example"]').hexdigest()}


@pytest.mark.parametrize("nothing", [None, "", (), {}])
def test_nothing_is_not_hidden(nothing: object) -> None:
    hidden = Hidden(salts)
    assert hidden.hide("/x", nothing) == plain(nothing)
    assert hidden.rows == ()


@given(st.dictionaries(st.text(), anything))
def test_revealing_undoes_hiding(fields: dict[str, object]) -> None:
    hidden = Hidden(salts)
    body = {"read": {k: hidden.hide(pointer("read", k), v) for k, v in fields.items()}}
    private = [(place, json.loads(value)) for place, _, value in hidden.rows]
    clean = {key: plain(value) for key, value in fields.items()}
    assert revealed(body, private) == {"read": clean}


def test_an_erased_value_keeps_its_commitment() -> None:
    body = {"a": {"private": "00"}, "b": [{"private": "11"}]}
    assert revealed(body, [("/b/0", "x")]) == {"a": {"private": "00"}, "b": ["x"]}
