from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from postroom.identity import base32
from postroom.identity.token import Key, KeyRing, Sealed, Tokens, seal, unseal
from postroom.model.record import RecordRef

NOW = datetime(2026, 1, 15, 12, tzinfo=UTC)
RING = KeyRing.single(bytes(range(64)), "kestrel")
TICKETS = Tokens(RING, {"contact": 1, "ticket": 3})
SUP_4711 = RecordRef("ticket", 4711)
numbers = st.integers(min_value=0, max_value=2**63)


@given(numbers, numbers, st.integers(min_value=0, max_value=2**14))
def test_a_token_says_what_was_sealed_in_it(table: int, record: int, generation: int) -> None:
    content = Sealed(table, record, generation)
    token = seal(content, RING)
    if len(token) <= 64:
        assert unseal(token, RING, NOW) == content


@given(st.binary(max_size=80))
def test_base32_gives_back_the_bytes(data: bytes) -> None:
    assert base32.decode(base32.encode(data)) == data or not data


@given(st.text(max_size=80))
def test_base32_takes_a_text_only_if_it_could_have_written_it(text: str) -> None:
    data = base32.decode(text)
    if data is not None:
        assert [base32.VALUES[c] for c in base32.encode(data)] == [base32.VALUES[c] for c in text]


@given(st.text(max_size=70))
def test_no_text_makes_reading_a_token_fail(text: str) -> None:
    assert TICKETS.read(text, NOW) is None


@pytest.mark.parametrize(
    ("record", "letters"), [(1, 32), (4711, 33), (2**31, 38), (2**40, 40), (2**63 - 1, 45)]
)
def test_a_token_stays_short(record: int, letters: int) -> None:
    assert len(TICKETS.mint(RecordRef("ticket", record))) == letters


def test_a_record_has_one_token_so_that_a_thread_keeps_one_subject() -> None:
    assert TICKETS.mint(SUP_4711) == TICKETS.mint(SUP_4711)


def test_people_may_retype_it() -> None:
    token = TICKETS.mint(SUP_4711)
    for typed in (token.lower(), token.replace("0", "O"), token.replace("1", "l"), token.title()):
        assert TICKETS.read(typed, NOW) == SUP_4711


def test_of_altered_tokens_none_is_accepted() -> None:
    token = TICKETS.mint(SUP_4711)
    chance = random.Random(7)
    for _ in range(5_000):
        letters = list(token)
        for _ in range(chance.randrange(1, 4)):
            letters[chance.randrange(len(letters))] = chance.choice(base32.ALPHABET)
        altered = "".join(letters)
        if altered != token:
            assert TICKETS.read(altered, NOW) is None, altered


def test_a_token_cut_short_or_made_longer_is_not_accepted() -> None:
    token = TICKETS.mint(SUP_4711)
    assert TICKETS.read(token[:-1], NOW) is None
    assert TICKETS.read(token + "0", NOW) is None


def test_another_instance_with_the_same_key_takes_no_token_of_ours() -> None:
    other = Tokens(KeyRing.single(bytes(range(64)), "merlin"), TICKETS.tables)
    assert other.read(TICKETS.mint(SUP_4711), NOW) is None


def test_another_key_takes_no_token_of_ours() -> None:
    other = Tokens(KeyRing.single(bytes(64), "kestrel"), TICKETS.tables)
    assert other.read(TICKETS.mint(SUP_4711), NOW) is None


def test_an_older_key_verifies_until_its_date() -> None:
    token = TICKETS.mint(SUP_4711)
    last = NOW + timedelta(days=30)
    keys = {0: Key(bytes(range(64)), until=last), 5: Key(bytes(64))}
    rotated = Tokens(KeyRing("kestrel", keys, newest=5), TICKETS.tables)
    assert rotated.mint(SUP_4711) != token
    assert rotated.read(rotated.mint(SUP_4711), NOW) == SUP_4711
    assert rotated.read(token, NOW) == SUP_4711
    assert rotated.read(token, last) is None


def test_a_new_generation_revokes_the_tokens_before_it() -> None:
    before = TICKETS.mint(SUP_4711)
    revoked = Tokens(RING, TICKETS.tables, {SUP_4711: 1})
    assert revoked.read(before, NOW) is None
    assert revoked.read(revoked.mint(SUP_4711), NOW) == SUP_4711


def test_a_table_without_a_number_has_no_tokens() -> None:
    assert TICKETS.mint(RecordRef("lead", 1)) == ""
    foreign = seal(Sealed(99, 1, 0), RING)
    assert TICKETS.read(foreign, NOW) is None


@pytest.mark.parametrize(
    ("keys", "newest"),
    [({}, 0), ({0: Key(bytes(64))}, 1), ({32: Key(bytes(64))}, 32), ({0: Key(b"short")}, 0)],
)
def test_a_ring_that_could_not_make_a_token_is_refused(keys: dict[int, Key], newest: int) -> None:
    with pytest.raises(ValueError, match=r"key|ring"):
        KeyRing("kestrel", keys, newest)


def test_a_key_is_shown_nowhere() -> None:
    assert repr(bytes(range(64)))[2:20] not in repr(RING)
