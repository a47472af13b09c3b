"""A signed-in connection: the few commands that are needed, typed, and with two kinds of failure.

DeclinedError: the server said no, the connection goes on. LostError: there is none any more.
No data of a message ever becomes part of a command: UIDs are numbers, folders and flags are the
author's.
"""

from __future__ import annotations

import threading
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from postroom_imap import gmail
from postroom_imap.idle import news_within
from postroom_imap.mailbox import METADATA, Folder, Listed, folder, listed
from postroom_imap.names import Names, Namespace, names_of
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
_CLOSED = frozenset({b"\\Noselect", b"\\NonExistent"})
"""Marks of a name that stands for no folder (RFC 3501 7.2.2, RFC 5258 3)."""
_INEXACT = 2
"""How many times larger than stated a message may be: some servers guess RFC822.SIZE."""


class Session:
    """A connection that is signed in. Raises LostError, or Problem PR511 or PR516."""

    def __init__(self, settings: ImapSettings, trace: Callable[[str], None] | None) -> None:
        self._settings = settings
        self.folder: Folder | None = None
        self.alive = True
        """False once a command has met with LostError."""
        self._names: Names | None = None
        self._special: dict[bytes, str] | None = None
        self._busy = threading.RLock()
        self._wire = greet(settings, trace)
        try:
            with self._talk("signing in"):
                self._client = Client(self._wire)
                sign_in(self._client, self._wire, settings)
                self._can = frozenset(self._client.capabilities())
            self.gmail = self.can(gmail.CAPABILITY)
            self._introduce()
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
            opened = folder(said, name, write=write, at_gmail=self.gmail)
            if opened is None:
                words = "the server gives no UIDVALIDITY for the folder"
                raise lost(self._settings, "PR515", words)
            self.folder = opened
            return opened

    def folders(self) -> list[str]:
        """Return the names of all folders, as they are written in a rule file."""
        with self._talk("listing the folders"):
            return [
                Namespace("", (separator or b"").decode("ascii")).readable(name)
                for flags, separator, name in self._client.list_folders()
                if isinstance(name, str) and not _CLOSED.intersection(flags)
            ]

    def uids(self, above: int = 0) -> list[int]:
        """Return the UIDs above a number, ascending."""
        with self._talk("listing the messages"):
            found = self._client.search(["UID", f"{above + 1}:*"])
            # `n:*` names the last message even if its UID is below n (RFC 3501 6.4.8)
            return sorted({uid for uid in found if uid > above})

    def changed_since(self, modseq: int) -> list[int]:
        """Return the UIDs of messages that are new or were changed since (RFC 7162 3.1.5)."""
        with self._talk("listing what has changed"):
            return list(self._client.search(["MODSEQ", modseq + 1]))

    def keys(self, uids: Sequence[int]) -> dict[str, int]:
        """Return what messages are known by, with their UIDs, in the same order."""
        if not self.gmail:
            return {str(uid): uid for uid in uids}
        with self._talk("asking for ids"):
            return gmail.ids(self._client, uids)

    def find(self, key: str) -> int | None:
        """Return the UID of a message that Gmail knows by an id; None if it is not here."""
        with self._talk("looking for a message"):
            return gmail.find(self._client, key)

    def last_uid(self) -> int | None:
        """Return the highest UID of a message that is there; None if none is."""
        with self._talk("looking for the last message"):
            return max(self._client.search(["UID", "*"]), default=None)

    def sizes(self, uids: Sequence[int]) -> list[Listed]:
        """Return size and arrival of those messages that are still there, in the same order."""
        with self._talk("asking for sizes"):
            items = [*METADATA, *(gmail.ITEMS if self.gmail else ())]
            found = self._client.fetch(uids, items)
            told = (listed(uid, found.get(uid, {}), at_gmail=self.gmail) for uid in uids)
            return [each for each in told if each is not None]

    def bodies(self, wanted: Sequence[Listed]) -> dict[int, bytes | None]:
        """Return whole messages by UID; None for one that the server gives no text of."""
        self._wire.allow(sum(each.size for each in wanted) * _INEXACT + _SLACK)
        return self._fetch([each.uid for each in wanted], "BODY.PEEK[]", b"BODY[]")

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

    def add_label(self, uid: int, label: str) -> None:
        """Set a label of Gmail's."""
        with self._talk("setting a label"):
            gmail.add_label(self._client, uid, label)

    def special(self, flag: bytes) -> str | None:
        """Return the server's name of the folder with a special use (RFC 6154), if there is one."""
        if self._special is None:
            with self._talk("listing the folders"):
                self._special = gmail.special(self._client)
        return self._special.get(flag)

    @property
    def holds_all(self) -> bool:
        """Return whether the open folder is Gmail's All Mail: nothing is moved out of that."""
        everything = self.special(gmail.ALL_MAIL)
        return self.folder is not None and self._path(self.folder.name) == everything

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

    def _introduce(self) -> None:
        """Say who we are (RFC 2971), and have changes counted (RFC 7162), where that is known."""
        with suppress(DeclinedError), self._talk("saying who we are"):
            if self.can("ID"):  # some servers open no folder to strangers
                self._client.id_({"name": "postroom"})
        with suppress(DeclinedError), self._talk("asking for changes to be counted"):
            if self.can("CONDSTORE") and self.can("ENABLE"):
                self._client.enable("CONDSTORE")

    def _path(self, name: str) -> str:
        """Return what the server calls a folder."""
        if name.upper() == "INBOX" or ("/" not in name and not self.can("NAMESPACE")):
            return name
        if self._names is None:
            self._names = names_of(self._client)
        return self._names.on_server(name)

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


def _bytes(found: object) -> bytes | None:
    return found if isinstance(found, bytes) else None
