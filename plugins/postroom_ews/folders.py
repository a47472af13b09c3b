"""Find a folder by its path, and make it where it is missing."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import exchangelib
from exchangelib import errors
from exchangelib.folders import SHALLOW, FolderCollection
from exchangelib.services import CreateFolder

from postroom_ews.problems import problem, translated

if TYPE_CHECKING:
    from collections.abc import Callable

    from postroom_ews.settings import EwsSettings

_SHOWN = 10
_KNOWN_FOR = 600.0
"""Seconds that a folder is not looked for again. One that somebody deletes lies among the deleted
ones under the same id, and takes what is moved there."""


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder of the server."""

    theirs: Any
    count: int


class Folders:
    """Those of a mailbox. Raises DeclinedError, or Problem."""

    def __init__(
        self,
        settings: EwsSettings,
        account: exchangelib.Account,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._settings = settings
        self._account = account
        self.monotonic = monotonic
        self._made: dict[str, tuple[Folder, float]] = {}
        """By path, and until when they are known."""

    def found(self, path: str) -> Folder:
        """Return a folder. Raises Problem PR513 if it is missing."""
        with translated(self._settings, "opening the folder"):
            at = self._top(path)
            for name in _below(path):
                try:
                    at = at // name
                except errors.ErrorFolderNotFound:
                    words = f"there is no folder `{path}`: `{name}` is missing"
                    names = ", ".join(f"`{each}`" for each in _inside(at)[:_SHOWN])
                    hint = f"there are: {names or 'none'}"
                    raise problem("PR513", self._settings, words, hint) from None
            return Folder(at, at.total_count or 0)

    def made(self, path: str) -> Folder:
        """Return a folder, which is made if it is missing, and those above it.

        It is looked for every ten minutes; `forget` it if it turns out to be gone.
        """
        known = self._made.get(path)
        if known is not None and self.monotonic() < known[1]:
            return known[0]
        folder = self._make(path)
        self._made[path] = folder, self.monotonic() + _KNOWN_FOR
        return folder

    def forget(self) -> None:
        """Look for all folders anew."""
        self._made.clear()

    def _make(self, path: str) -> Folder:
        with translated(self._settings, "making the folder"):
            at = self._top(path)
            for name in _below(path):
                try:
                    at = at // name
                except errors.ErrorFolderNotFound:
                    # not `save`, which would ask for every folder of the mailbox
                    new = exchangelib.Folder(parent=at, name=name)
                    CreateFolder(account=self._account).get(parent_folder=at, folders=[new])
                    at = at // name
            return Folder(at, 0)

    def _top(self, path: str) -> Any:  # noqa: ANN401 - it has no types
        in_inbox = path.split("/", maxsplit=1)[0].upper() == "INBOX"
        return self._account.inbox if in_inbox else self._account.msg_folder_root


def _below(path: str) -> list[str]:
    parts = path.split("/")
    return parts[1:] if parts[0].upper() == "INBOX" else parts


def _inside(folder: Any) -> list[str]:  # noqa: ANN401 - it has no types
    """Return the names of the folders in a folder."""
    collection = FolderCollection(account=folder.account, folders=[folder])
    return [str(each.name) for each in collection.find_folders(depth=SHALLOW)]
