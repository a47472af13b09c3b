"""`answers`: how many automatic answers an account gives, and who hears when they pause."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from postroom.model.caps import Caps
from postroom.rules import keys
from postroom.rules.given import Given

if TYPE_CHECKING:
    from postroom.rules.world import World

_BUILT_IN = Caps()
_LEAST = _BUILT_IN.same_again_after
_LONGEST = timedelta(days=365)


def read_answers(world: World, account: Given) -> tuple[Caps, tuple[str, ...]]:
    """Return the caps of an account, and whom to tell when it stops answering."""
    if "answers" not in account:
        return _BUILT_IN, ()
    span = account.key_span("answers")
    given = Given.open(world.findings, keys.ANSWERING, account.keys("answers"), "`answers`", span)
    if given is None:
        return _BUILT_IN, ()
    after = given.duration("same_again_after", least=_LEAST) or _LEAST
    caps = Caps(
        same_again_after=min(after, _LONGEST),
        created_an_hour=_cap(world, given, "created_an_hour", _BUILT_IN.created_an_hour),
        domain_an_hour=_cap(world, given, "domain_an_hour", _BUILT_IN.domain_an_hour),
        record_a_day=_cap(world, given, "record_a_day", _BUILT_IN.record_a_day),
        an_hour=_cap(world, given, "an_hour", _BUILT_IN.an_hour),
    )
    return caps, given.addresses("tell")


def _cap(world: World, given: Given, name: str, most: int) -> int:
    """Return a cap; the built-in one where none is given, or a higher one, which is noted."""
    number = given.integer(name, least=1)
    if number is None or number <= most:
        return most if number is None else number
    found = given.scalar(name)
    hint = f"write `{name}: {most}` or less, or leave it out"
    span = found.span if found else given.span
    world.findings.error("PR380", f"`{name}` can be at most {most}: caps only go down", span, hint)
    return most
