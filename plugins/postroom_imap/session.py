"""A signed-in connection: the few commands that are needed, typed, and with two kinds of failure.

DeclinedError: the server said no, the connection goes on. LostError: there is none any more.
No data of a message ever becomes part of a command: UIDs are numbers, folders and flags are the
author's.
"""

from __future__ import annotations

import threading
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from postroom.hooks.words import plain
from postroom_imap.idle import news_within
from postroom_imap.problems import DeclinedError, LostError
from postroom_imap.signin import Client, greet, sign_in
from postroom_imap.translate import lost, translated

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from postroom_imap.settings import ImapSettings

HEADER_BLOCK = 256 * 1024
"""How much of the header of a message that is too large is fetched."""
_GOODBYE = 2.0
"""Seconds for the answer to LOGOUT."""
_SLACK = 1024 * 1024
"""Bytes that an answer may have besides what was asked for."""
_INEXACT = 2
"""How many times larger than stated a message may be: some servers guess RFC822.SIZE."""


@dataclass(frozen=True, slots=True)
class Folder:
    """The folder that is open."""

    name: str
    writable: bool
    uidvalidity: str
    uidnext: int | None
    count: int
    permanent_flags: frozenset[str]
    """In small letters."""


@dataclass(frozen=True, slots=True)
class Listed:
    """What the server says about a message before it is fetched."""

    uid: int
    size: int
    received_at: datetime | None


class Session:
    """A connection that is signed in. Raises LostError, or Problem PR511 or PR516."""

    def __init__(self, settings: ImapSettings, trace: Callable[[str], None] | None) -> None:
        self._settings = settings
        self.folder: Folder | None = None
        self.alive = True
        """False once a command has met with LostError."""
        self._separator: str | None = None
        self._busy = threading.RLock()
        self._wire = greet(settings, trace)
        try:
            with self._talk("signing in"):
                self._client = Client(self._wire)
                sign_in(self._client, self._wire, settings)
                self._can = frozenset(self._client.capabilities())
        except BaseException:
            self._wire.shutdown()
            raise

    def can(self, capability: str) -> bool:
        """Return whether the server has an extension."""
        return capability.encode("ascii") in self._can

    def open(self, name: str, *, write: bool = False) -> Folder:
        """Open a folder, to read or to change it. Raises DeclinedError if there is none."""
        with self._talk("opening the folder"):
            said = self._client.select_folder(self._path(name), readonly=not write)
            if b"UIDVALIDITY" not in said or b"EXISTS" not in said:
                words = "the server gives no UIDVALIDITY for the folder"
                raise lost(self._settings, "PR515", words)
            self.folder = Folder(
                name,
                write,
                str(said[b"UIDVALIDITY"]),
                said.get(b"UIDNEXT"),
                said[b"EXISTS"],
                frozenset(_lower(each) for each in said.get(b"PERMANENTFLAGS", ())),
            )
            return self.folder

    def folders(self) -> list[str]:
        """Return the names of all folders, as they are written in a rule file."""
        with self._talk("listing the folders"):
            found = self._client.list_folders()
            return [
                name.replace(separator.decode("ascii"), "/") if separator else name
                for _, separator, name in found
                if isinstance(name, str)
            ]

    def uids(self, above: int = 0) -> list[int]:
        """Return the UIDs above a number, ascending."""
        with self._talk("listing the messages"):
            found = self._client.search(["UID", f"{above + 1}:*"])
            # `n:*` names the last message even if its UID is below n (RFC 3501 6.4.8)
            return sorted({uid for uid in found if uid > above})

    def last_uid(self) -> int | None:
        """Return the highest UID of a message that is there; None if none is."""
        with self._talk("looking for the last message"):
            return max(self._client.search(["UID", "*"]), default=None)

    def sizes(self, uids: Sequence[int]) -> list[Listed]:
        """Return size and arrival of those messages that are still there, in the same order."""
        with self._talk("asking for sizes"):
            found = self._client.fetch(uids, ["RFC822.SIZE", "INTERNALDATE"])
            return [
                Listed(uid, _size(found[uid]), _utc(found[uid].get(b"INTERNALDATE")))
                for uid in uids
                if b"RFC822.SIZE" in found.get(uid, ())
            ]

    def bodies(self, listed: Sequence[Listed]) -> dict[int, bytes | None]:
        """Return whole messages by UID; None for one that the server gives no text of."""
        self._wire.allow(sum(each.size for each in listed) * _INEXACT + _SLACK)
        return self._fetch([each.uid for each in listed], "BODY.PEEK[]", b"BODY[]")

    def header(self, uid: int) -> bytes | None:
        """Return the header of a message, or as much of it as is wanted; None if it is gone."""
        self._wire.allow(HEADER_BLOCK + _SLACK)
        item = f"BODY.PEEK[HEADER]<0.{HEADER_BLOCK}>"
        return self._fetch([uid], item, b"BODY[HEADER]<0>").get(uid)

    def _fetch(self, uids: Sequence[int], item: str, key: bytes) -> dict[int, bytes | None]:
        with self._talk("fetching messages"):
            found = self._client.fetch(uids, [item])
            return {uid: _bytes(found[uid][key]) for uid in uids if key in found.get(uid, ())}

    def add_flag(self, uid: int, flag: str) -> None:
        """Set a flag."""
        with self._talk("setting a flag"):
            self._client.add_flags([uid], [flag.encode("ascii")], silent=True)

    def move(self, uid: int, target: str) -> None:
        """Move a message (RFC 6851)."""
        with self._talk("moving a message"):
            self._client.move([uid], self._path(target))

    def copy(self, uid: int, target: str) -> None:
        """Copy a message."""
        with self._talk("copying a message"):
            self._client.copy([uid], self._path(target))

    def expunge(self, uid: int) -> None:
        """Remove a message that is marked as deleted, and only this one (RFC 4315)."""
        with self._talk("deleting a message"):
            self._client.uid_expunge([uid])

    def create(self, name: str) -> None:
        """Make a folder."""
        with self._talk("making a folder"):
            self._client.create_folder(self._path(name))

    def idle(self, seconds: float) -> bool:
        """Wait for the server to tell of a new message (RFC 2177); return whether it did."""
        if self._news_so_far():
            return True
        with self._talk("waiting for mail"):
            return news_within(self._client, self._wire, seconds)

    def _news_so_far(self) -> bool:
        """Return whether an EXISTS came among other answers since the folder was opened."""
        told = self._wire.untagged_responses.get("EXISTS", [])
        return bool(self.folder and told and told[-1] != str(self.folder.count).encode("ascii"))

    def close(self) -> None:
        """Say goodbye; or, if another thread is busy here, end the connection under it."""
        if not self._busy.acquire(blocking=False):
            self._wire.interrupt()
            return
        try:
            if self.alive:
                self.alive = False
                self._wire.sock.settimeout(_GOODBYE)
                with suppress(LostError, DeclinedError), self._talk("leaving"):
                    self._client.logout()
            self._wire.shutdown()
        finally:
            self._busy.release()

    def drop(self) -> None:
        """Close without a word."""
        self.alive = False
        self._wire.shutdown()

    def _path(self, name: str) -> str:
        """Return a folder's name with the server's own sign between levels."""
        if "/" not in name:
            return name
        if self._separator is None:
            found = self._client.list_folders("", "")
            self._separator = found[0][1].decode("ascii") if found and found[0][1] else "/"
        return name.replace("/", self._separator)

    @contextmanager
    def _talk(self, doing: str) -> Iterator[None]:
        """Turn whatever is raised into our two kinds; a lost connection is closed for good."""
        with self._busy:
            try:
                with translated(self._settings, doing, lambda: self._wire.bye):
                    yield
            except LostError:
                self.drop()
                raise


def _lower(flag: object) -> str:
    return plain(flag.decode("ascii", "replace")).lower() if isinstance(flag, bytes) else ""


def _size(found: dict[bytes, Any]) -> int:
    size = found[b"RFC822.SIZE"]
    return size if isinstance(size, int) and size >= 0 else 0


def _bytes(found: object) -> bytes | None:
    return found if isinstance(found, bytes) else None


def _utc(found: object) -> datetime | None:
    if not isinstance(found, datetime):
        return None
    try:
        return found.astimezone(UTC)
    except (OverflowError, ValueError):
        return None
