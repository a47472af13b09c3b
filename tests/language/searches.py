"""Every way to search for many texts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from postroom.lang.search import in_turn, one_pass
from postroom.runtime.rulesets.speed import has_hyperscan, search_in

if TYPE_CHECKING:
    from collections.abc import Sequence

    from postroom.lang.search import MakeSearch, Search


def by_hyperscan(wanted: Sequence[bytes]) -> Search:
    """Prepare a search here, without another process; texts with a NUL never come to hyperscan."""
    if any(b"\0" in text for text in wanted):
        return one_pass(wanted)
    from postroom.runtime.rulesets.speed_child import prepared

    return search_in(prepared(wanted))


WAYS: dict[str, MakeSearch] = {"re2": one_pass, "in turn": in_turn}
if has_hyperscan():
    WAYS["hyperscan"] = by_hyperscan
