from __future__ import annotations

from typing import TYPE_CHECKING

from postroom.pipeline.lookup import wanted

if TYPE_CHECKING:
    from tests.unit.pipeline.conftest import Desk


def test_answers_of_the_last_hour_are_asked_for_so_that_their_cap_outlives_a_batch(
    desk: Desk,
) -> None:
    asked = wanted(desk.account, [(desk.message(), desk.now)], desk.rules, desk.tokens, desk.now)
    assert asked.now == desk.now
