"""Find a folder by its path, and make it where it is missing (RFC 8621 2)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from postroom_jmap.answers import inner, objects, text
from postroom_jmap.problems import DeclinedError, problem

if TYPE_CHECKING:
    from postroom_jmap.answers import Fields
    from postroom_jmap.client import Client

_DEEPEST: Final = 50
_LONGEST: Final = 1_000
_SHOWN: Final = 8


class Folders:
    """The folders of an account, as they were when they were asked for."""

    def __init__(self, client: Client) -> None:
        self._client = client
        told = client.must("Mailbox/get", "listing the folders", ids=None)
        with client.sensible("listing the folders"):
            self._all = {text(each, "id"): each for each in objects(told, "list")}
            self._ids = {self._path(each): key for key, each in self._all.items()}

    def id_of(self, path: str) -> str | None:
        """Return the id of a folder, or None if there is none; INBOX is that by any name."""
        if path.casefold() == "inbox":
            for key, each in self._all.items():
                if each.get("role") == "inbox":
                    return key
        return self._ids.get(path.strip("/"))

    def must_be(self, path: str) -> str:
        """Return the id of a folder. Raises Problem PR513."""
        found = self.id_of(path)
        if found is None:
            known = ", ".join(f"`{each}`" for each in sorted(self._ids)[:_SHOWN])
            words = f"there is no folder `{path}`"
            raise problem("PR513", self._client.settings, words, f"the folders are {known}")
        return found

    def made(self, path: str) -> str:
        """Return the id of a folder, which is made if it is missing. Raises DeclinedError."""
        found = self.id_of(path)
        if found is not None:
            return found
        above, _, name = path.strip("/").rpartition("/")
        parent = self.made(above) if above else None
        fields = {"create": {"new": {"name": name, "parentId": parent}}}
        told = self._client.call("Mailbox/set", "making a folder", **fields)
        with self._client.sensible("making a folder"):
            refused = inner(inner(told, "notCreated"), "new")
            if refused:
                words = str(refused.get("description") or "")
                raise DeclinedError(str(refused.get("type")), words)
            key = text(inner(inner(told, "created"), "new"), "id")
        self._ids[path.strip("/")] = key
        return key

    def count(self, key: str) -> int | None:
        """Return how many messages there are in a folder, as far as the server says."""
        found = self._all[key].get("totalEmails")
        return found if isinstance(found, int) else None

    def _path(self, folder: Fields) -> str:
        names: list[str] = []
        at: Fields | None = folder
        while at is not None and len(names) < _DEEPEST:
            names.append(str(at.get("name") or ""))
            at = self._all.get(str(at.get("parentId")))
        return "/".join(reversed(names))


def is_path(path: str) -> bool:
    """Whether it can be the path of a folder."""
    parts = path.strip("/").split("/")
    known = all(part.strip() not in ("", ".", "..") for part in parts)
    return known and path.isprintable() and len(path) <= _LONGEST
