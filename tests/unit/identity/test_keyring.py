from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from postroom.identity.keyring import MOST_KEYS, Keys
from postroom.identity.token import KeyRing, Tokens
from postroom.model.record import RecordRef

NOW = datetime(2026, 1, 15, 12, tzinfo=UTC)
YEAR = timedelta(days=365)
TICKET = RecordRef("ticket", 4711)
FIRST = Keys(KeyRing.single(bytes(64), "kestrel"))


def secret(number: int) -> bytes:
    return bytes([number + 1]) * 64


def tokens(keys: Keys) -> Tokens:
    return Tokens(keys.ring, {"ticket": 1}, keys.generations)


def test_the_new_key_signs_and_the_one_before_counts_until_its_date() -> None:
    before = tokens(FIRST).mint(TICKET)
    rotated = tokens(FIRST.rotated(secret(1), NOW + YEAR, NOW))
    assert rotated.mint(TICKET)[0] == "1"
    assert rotated.read(rotated.mint(TICKET), NOW) == TICKET
    assert rotated.read(before, NOW + YEAR - timedelta(seconds=1)) == TICKET
    assert rotated.read(before, NOW + YEAR) is None


def test_a_ring_holds_32_keys_and_takes_the_place_of_one_that_is_past_its_date() -> None:
    keys = FIRST
    for number in range(1, MOST_KEYS):
        keys = keys.rotated(secret(number), NOW + number * YEAR, NOW)
    with pytest.raises(ValueError, match="all 32 keys"):
        keys.rotated(secret(32), NOW + YEAR, NOW)
    later = keys.rotated(secret(33), NOW + 50 * YEAR, NOW + YEAR)
    assert later.ring.newest == 0
    assert len(later.ring.keys) == MOST_KEYS


def test_a_key_that_takes_a_place_does_not_accept_the_tokens_of_the_one_before() -> None:
    old = tokens(FIRST).mint(TICKET)
    keys = FIRST
    for number in range(1, MOST_KEYS):
        keys = keys.rotated(secret(number), NOW + YEAR, NOW)
    assert tokens(keys.rotated(secret(40), NOW + 9 * YEAR, NOW + YEAR)).read(old, NOW) is None


def test_a_revoked_key_counts_no_more() -> None:
    before = tokens(FIRST).mint(TICKET)
    rotated = FIRST.rotated(secret(1), NOW + YEAR, NOW)
    revoked = rotated.without(0, secret(2), NOW)
    assert tokens(revoked).read(before, NOW) is None
    assert revoked.ring.newest == 1


def test_a_new_key_takes_the_place_of_a_revoked_one_that_signed() -> None:
    before = tokens(FIRST).mint(TICKET)
    revoked = FIRST.without(0, secret(1), NOW)
    assert tokens(revoked).read(before, NOW) is None
    assert tokens(revoked).read(tokens(revoked).mint(TICKET), NOW) == TICKET


@pytest.mark.parametrize("number", [1, 31])
def test_a_key_that_is_not_there_cannot_be_revoked(number: int) -> None:
    with pytest.raises(ValueError, match="no key"):
        FIRST.without(number, secret(1), NOW)


def test_a_key_cannot_be_revoked_twice() -> None:
    revoked = FIRST.without(0, secret(1), NOW)
    with pytest.raises(ValueError, match="not accepted any more"):
        revoked.without(0, secret(2), NOW)


def test_only_the_tokens_that_a_record_had_so_far_are_revoked() -> None:
    other = RecordRef("ticket", 12)
    before, others = tokens(FIRST).mint(TICKET), tokens(FIRST).mint(other)
    keys = FIRST
    for _ in range(3):
        keys = keys.revoking(TICKET)
        assert tokens(keys).read(before, NOW) is None
        assert tokens(keys).read(others, NOW) == other
        before = tokens(keys).mint(TICKET)
        assert tokens(keys).read(before, NOW) == TICKET
