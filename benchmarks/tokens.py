"""Record tokens: how many are verified in a second, and whether an altered one is ever accepted.

    python benchmarks/tokens.py [COUNT]     COUNT altered tokens, 100,000 if not given

The baseline is HMAC-SHA-256 over the same bytes, the least that any signed token costs.
"""

from __future__ import annotations

import hashlib
import hmac
import random
import sys
from datetime import UTC, datetime
from time import perf_counter
from typing import TYPE_CHECKING

from postroom.identity.base32 import ALPHABET
from postroom.identity.token import KeyRing, Tokens
from postroom.model.record import RecordRef

if TYPE_CHECKING:
    from collections.abc import Callable

NOW = datetime(2026, 1, 1, tzinfo=UTC)
TOKENS = Tokens(KeyRing.single(bytes(range(64)), "benchmark"), {"ticket": 3})
ROUNDS = 50_000


def main(count: int) -> None:
    """Print the figures."""
    token = TOKENS.mint(RecordRef("ticket", 4711))
    valid = a_second(lambda: TOKENS.read(token, NOW))
    forged = a_second(lambda: TOKENS.read(token[:-2] + "00", NOW))
    data = token.encode()
    baseline = a_second(lambda: hmac.new(bytes(64), data, hashlib.sha256).digest())
    print(f"verified: {valid:,.0f}/s, refused: {forged:,.0f}/s, bare HMAC: {baseline:,.0f}/s")
    print(f"ratio to a bare HMAC: {valid / baseline:.2f}")
    print(f"altered tokens: {count:,}, accepted: {accepted(token, count):,}")


def a_second(work: Callable[[], object]) -> float:
    """Return how often the work is done in a second."""
    started = perf_counter()
    for _ in range(ROUNDS):
        work()
    return ROUNDS / (perf_counter() - started)


def accepted(token: str, count: int) -> int:
    """Return how many of so many altered tokens are taken for valid."""
    chance = random.Random(4711)
    wrong = 0
    for _ in range(count):
        letters = list(token)
        while "".join(letters) == token:
            for _ in range(chance.randint(1, 4)):
                letters[chance.randrange(len(letters))] = chance.choice(ALPHABET)
        wrong += TOKENS.read("".join(letters), NOW) is not None
    return wrong


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000)
