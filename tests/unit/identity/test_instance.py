from __future__ import annotations

import pytest

from postroom.identity.instance import HEADER, is_ours, mark
from postroom.identity.token import Key, KeyRing
from postroom.model.message import Message

RING = KeyRing.single(bytes(range(64)), "kestrel")


def message_with(value: str) -> Message:
    return Message(sha256="", size=0, headers=((HEADER.lower(), value),))


def test_our_mail_is_known_by_its_mark() -> None:
    assert is_ours(message_with(mark(RING)), RING)


def test_mail_from_before_a_rotation_is_still_ours() -> None:
    rotated = KeyRing("kestrel", {0: Key(bytes(range(64))), 1: Key(bytes(64))}, newest=1)
    assert is_ours(message_with(mark(RING)), rotated)


@pytest.mark.parametrize("value", ["", "kestrel", "kestrel ", "kestrel 0123", "kestrel é"])
def test_a_mark_cannot_be_made_up(value: str) -> None:
    assert not is_ours(message_with(value), RING)


def test_the_mark_of_another_instance_is_not_ours() -> None:
    assert not is_ours(message_with(mark(KeyRing.single(bytes(64), "kestrel"))), RING)
    assert not is_ours(message_with(mark(KeyRing.single(bytes(range(64)), "merlin"))), RING)
