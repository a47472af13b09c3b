"""What there is in a folder, and what is new: by a list at first, then by what changed.

The ids that the ledger does not hold yet are kept, so that what could not be committed comes again.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from postroom_jmap.answers import batched, objects, text, texts
from postroom_jmap.problems import DeclinedError, broken, of_method

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from postroom_jmap.answers import Fields
    from postroom_jmap.client import Client

_PAGE: Final = 5_000
"""Ids that are asked for at once; the server may give fewer."""
_MOST: Final = 10_000_000
"""Messages of a folder."""
_CHANGES: Final = 500
_MOST_CHANGES: Final = 50
"""Pages of changes, after which a new list is quicker."""
_OLDEST_FIRST: Final = [{"property": "receivedAt", "isAscending": True}]
_DOING: Final = "listing the messages"
_PROPERTIES: Final = ["id", "blobId", "size", "receivedAt", "mailboxIds", "keywords"]


@dataclass
class Listing:
    """The news of one folder, over the life of a transport."""

    client: Client
    folder: str
    state: str = ""
    """Up to where changes are known; "": a list is needed."""
    waiting: tuple[str, ...] = ()
    """What the ledger did not hold when it was asked, oldest first."""

    def news(self, unknown: Callable[[list[str]], list[str]], *, anew: bool) -> tuple[str, ...]:
        """Return the ids that the ledger does not hold, oldest first."""
        changed = None if anew or not self.state else self._changed()
        if changed is None:
            state = self._state()
            found = self._all()
        else:
            state, ids = changed
            found = [*self.waiting, *self._of_the_folder(ids)]
        self.waiting = tuple(unknown(list(dict.fromkeys(found))))
        self.state = state
        return self.waiting

    def newest(self) -> str:
        """Return the id of the message that came last, or ""."""
        newest_first = [{"property": "receivedAt", "isAscending": False}]
        return next(iter(self._page(newest_first, limit=1)), "")

    def _state(self) -> str:
        told = self.client.must("Email/get", _DOING, ids=[], properties=["id"])
        with self.client.sensible(_DOING):
            return text(told, "state")

    def _all(self) -> list[str]:
        """Return every id; each page begins behind the last message of the one before.

        Raises Problem PR515 for a list that does not come to an end.
        """
        found: dict[str, None] = {}
        where: dict[str, object] = {"position": 0}
        while page := self._page(_OLDEST_FIRST, limit=_PAGE, **where):
            known = len(found)
            found.update(dict.fromkeys(page))
            if len(found) == known or len(found) > _MOST:
                raise broken(self.client.settings, f"{_DOING}: it does not come to an end")
            where = {"anchor": page[-1], "anchorOffset": 1}
        return list(found)

    def _page(self, sort: list[dict[str, object]], **where: object) -> list[str]:
        within = {"inMailbox": self.folder}
        told = self.client.must("Email/query", _DOING, filter=within, sort=sort, **where)
        with self.client.sensible(_DOING):
            return texts(told, "ids")

    def _changed(self) -> tuple[str, list[str]] | None:
        """Return the new state and what was made or changed; None if a list is needed."""
        state, found = self.state, []
        for _ in range(_MOST_CHANGES):
            try:
                told = self.client.call(
                    "Email/changes", _DOING, sinceState=state, maxChanges=_CHANGES
                )
            except DeclinedError as declined:
                if declined.kind == "cannotCalculateChanges":
                    return None
                raise of_method(self.client.settings, declined, _DOING) from None
            with self.client.sensible(_DOING):
                found += [*texts(told, "created"), *texts(told, "updated")]
                state = text(told, "newState")
            if told.get("hasMoreChanges") is not True:
                return state, found
        return None

    def _of_the_folder(self, ids: list[str]) -> list[str]:
        """Return those that lie in the folder, oldest first."""
        with self.client.sensible(_DOING):
            here = [
                (str(each.get("receivedAt")), number, text(each, "id"))
                for number, each in enumerate(emails(self.client, ids))
                if lies_in(each, self.folder)
            ]
        return [key for _, _, key in sorted(here)]


def emails(client: Client, ids: list[str]) -> Iterator[Fields]:
    """Yield what the server says of messages, in their order; those that are gone are left out."""
    for some in batched(ids, client.session.at_once):
        told = client.must("Email/get", _DOING, ids=list(some), properties=_PROPERTIES)
        with client.sensible(_DOING):
            found = {text(each, "id"): each for each in objects(told, "list")}
        yield from (found[key] for key in some if key in found)


def lies_in(email: Fields, folder: str) -> bool:
    """Whether a message lies in a folder."""
    boxes = email.get("mailboxIds")
    return isinstance(boxes, dict) and boxes.get(folder) is True
