"""What messages are known by: their unique ids, and what they hold where ids are not unique.

Servers may give two copies of a message one id (RFC 1939 7); others do so with any messages. These
are not counted: the numbers would change when one of them goes, and a new message would be taken
for a known one. Only messages that also hold the same are.
"""

from __future__ import annotations

from collections import Counter
from hashlib import sha256
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


class Keys:
    """The keys of all messages that are listed, in the order of the list."""

    def __init__(self, ids: Mapping[int, str], content: Callable[[int], bytes]) -> None:
        """Take ids by number; content returns what a message whose id is shared is known by."""
        self._content = content
        self._by_id: dict[str, list[int]] = {}
        for number, id_ in ids.items():
            self._by_id.setdefault(id_, []).append(number)
        shared = (id_ for id_, numbers in self._by_id.items() if len(numbers) > 1)
        made = {number: key for id_ in shared for key, number in self._made(id_).items()}
        self.numbers = {made.get(number, id_): number for number, id_ in ids.items()}
        """The number of each message by its key."""

    def found(self, key: str) -> list[int] | None:
        """Return which messages a key may mean that one had at any time; None if its id is gone."""
        if key in self.numbers:
            return [self.numbers[key]]
        if key in self._by_id:  # it was the only one with this id
            return self._by_id[key]
        id_ = key.rpartition(" ")[0]  # it was not the only one
        if id_ not in self._by_id:
            return None
        number = self._made(id_).get(key)
        return [] if number is None else [number]

    def _made(self, id_: str) -> dict[str, int]:
        """Return keys made from what the messages with an id hold."""
        found: dict[str, int] = {}
        times: Counter[str] = Counter()
        for number in self._by_id[id_]:
            key = f"{id_} {sha256(self._content(number)).hexdigest()}"
            times[key] += 1
            found[key if times[key] == 1 else f"{key}.{times[key]}"] = number
        return found
