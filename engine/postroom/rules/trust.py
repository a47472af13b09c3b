"""`trust_results_from`: whose word on the sender counts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from postroom.mail.providers import PROVIDERS
from postroom.source.near import near

if TYPE_CHECKING:
    from postroom.rules.given import Given
    from postroom.rules.world import World


def read_trusted(world: World, account: Given) -> tuple[str, ...]:
    """Return the names of servers and providers; note one that is nearly a provider's word.

    A server may have a name without a dot, so that not every other word is a mistake.
    """
    found = account.texts("trust_results_from")
    for each in found:
        meant = None if "." in each.value else near(each.value, PROVIDERS)
        if meant is not None and meant != each.value:
            message = f"no provider is called `{each.value}`"
            world.findings.error("PR371", message, each.span, f"did you mean `{meant}`?")
    return tuple(each.value for each in found)
