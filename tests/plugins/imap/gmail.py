"""A small Gmail: one store of messages, and folders that are labels.

After https://developers.google.com/workspace/gmail/imap/imap-extensions: `X-GM-MSGID` and
`X-GM-THRID` are 64-bit numbers, `X-GM-LABELS` a list in modified UTF-7, special folders are marked
in LIST and named in the user's language. A message lies in All Mail and in the folder of each of
its labels, with a UID in each; who takes a label away takes it out of that folder alone.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from imapclient.imap_utf7 import decode, encode
from tests.plugins.imap.fake import FakeImap

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tests.servers.script import Wire

CAPABILITIES = (
    b"IMAP4rev1 UNSELECT IDLE NAMESPACE QUOTA ID X-GM-EXT-1 UIDPLUS ENABLE MOVE CONDSTORE ESEARCH "
    b"LIST-EXTENDED LITERAL- SPECIAL-USE AUTH=PLAIN AUTH=XOAUTH2"
)
ALL, TRASH = "[Gmail]/Alle Nachrichten", "[Gmail]/Papierkorb"
SPECIAL = {ALL: b"\\All ", TRASH: b"\\Trash "}
FIRST_ID = 1278455344230334865


@dataclass
class Label:
    """A folder: UIDs, each with the id of a message."""

    uidvalidity: int = 7
    uids: dict[int, int] = field(default_factory=dict)
    uidnext: int = 1

    def add(self, message_id: int) -> None:
        if message_id not in self.uids.values():
            self.uids[self.uidnext] = message_id
            self.uidnext += 1

    def remove(self, message_id: int) -> None:
        self.uids = {uid: each for uid, each in self.uids.items() if each != message_id}


class FakeGmail(FakeImap):
    """The server. It serves one connection after the other."""

    def __init__(self) -> None:
        super().__init__(capabilities=CAPABILITIES)
        self.store: dict[int, bytes] = {}
        self.flags: dict[int, set[str]] = {}
        self.labels: dict[str, Label] = {"INBOX": Label(), ALL: Label(), TRASH: Label()}
        self.modseq = 1
        self._open = Label()
        self._doing: dict[bytes, Callable[[Wire, str], bytes]] = {
            b"NAMESPACE": self._namespace, b"ID": self._id, b"ENABLE": self._enable,
            b"LIST": self._list, b"SELECT": self._select, b"EXAMINE": self._select,
            b"CREATE": self._create, b"SEARCH": self._search, b"FETCH": self._fetch,
            b"STORE": self._store, b"MOVE": self._move, b"EXPUNGE": self._expunge,
        }  # fmt: skip

    # --- what people do -------------------------------------------------------

    def deliver(self, raw: bytes, *labels: str) -> int:
        """Take a message in and return its id."""
        message_id = FIRST_ID + len(self.store)
        self.store[message_id] = raw
        self.flags[message_id] = set()
        for label in (ALL, *(labels or ("INBOX",))):
            self.label(message_id, label)
        return message_id

    def label(self, message_id: int, label: str) -> None:
        """Set a label."""
        self.modseq += 1
        self.labels.setdefault(label, Label()).add(message_id)

    def unlabel(self, message_id: int, label: str) -> None:
        """Take a label away."""
        self.modseq += 1
        self.labels[label].remove(message_id)

    def labels_of(self, message_id: int) -> set[str]:
        """Return the labels of a message."""
        return {name for name, each in self.labels.items() if message_id in each.uids.values()}

    def trash(self, message_id: int) -> None:
        """Put a message into the trash: it has no label any more and is not in All Mail."""
        for each in self.labels.values():
            each.remove(message_id)
        self.label(message_id, TRASH)

    # --- what a client says ---------------------------------------------------

    def usual(self, wire: Wire, tag: bytes, command: bytes) -> bool:
        words = command.split(maxsplit=2)
        verb = words[1].upper() if words[0].upper() == b"UID" else words[0].upper()
        doing = self._doing.get(verb)
        if doing is None:
            return super().usual(wire, tag, command)
        rest = command.decode("ascii").partition(verb.decode("ascii"))[2].strip()
        wire.say(tag + b" " + doing(wire, rest) + b"\r\n")
        return True

    def _namespace(self, wire: Wire, _: str) -> bytes:
        wire.say(b'* NAMESPACE (("" "/")) NIL NIL\r\n')
        return b"OK Success"

    def _id(self, wire: Wire, _: str) -> bytes:
        wire.say(b'* ID ("name" "GImap" "vendor" "Google, Inc.")\r\n')
        return b"OK Success"

    def _enable(self, wire: Wire, what: str) -> bytes:
        wire.say(b"* ENABLED " + what.encode("ascii") + b"\r\n")
        return b"OK Success"

    def _list(self, wire: Wire, _: str) -> bytes:
        wire.say(b'* LIST (\\HasChildren \\Noselect) "/" "[Gmail]"\r\n')
        for name in self.labels:
            flags = SPECIAL.get(name, b"") + b"\\HasNoChildren"
            wire.say(b'* LIST (%b) "/" "%b"\r\n' % (flags, encode(name)))
        return b"OK Success"

    def _select(self, wire: Wire, said: str) -> bytes:
        label = self.labels.get(decode(_words(said)[0].encode("ascii")))
        if label is None:
            return b"NO [NONEXISTENT] Unknown Mailbox (Failure)"
        self._open = label
        wire.say(
            b"* FLAGS (\\Answered \\Flagged \\Draft \\Deleted \\Seen)\r\n"
            b"* OK [PERMANENTFLAGS (\\Answered \\Flagged \\Draft \\Deleted \\Seen \\*)] ok\r\n"
            b"* OK [UIDVALIDITY %d] ok\r\n* %d EXISTS\r\n* OK [UIDNEXT %d] ok\r\n"
            b"* OK [HIGHESTMODSEQ %d]\r\n"
            % (label.uidvalidity, len(label.uids), label.uidnext, self.modseq)
        )
        return b"OK [READ-WRITE] selected. (Success)"

    def _create(self, _: Wire, said: str) -> bytes:
        self.labels.setdefault(decode(_words(said)[0].encode("ascii")), Label())
        return b"OK Success"

    def _search(self, wire: Wire, said: str) -> bytes:
        key, number = said.split()
        if key == "X-GM-MSGID":
            found = [uid for uid, each in self._open.uids.items() if each == int(number)]
        elif key == "MODSEQ":
            found = list(self._open.uids)
        else:
            least = number.removesuffix(":*")
            last = max(self._open.uids, default=0)
            found = [uid for uid in self._open.uids if least != "*" and uid >= int(least)]
            found = found or [last] * bool(last)
        wire.say(b"* SEARCH" + b"".join(b" %d" % uid for uid in found) + b"\r\n")
        return b"OK SEARCH completed (Success)"

    def _fetch(self, wire: Wire, said: str) -> bytes:
        numbers, _, items = said.partition(" ")
        for uid in self._uids(numbers):
            message_id = self._open.uids[uid]
            told = b"X-GM-THRID %d X-GM-MSGID %d " % (message_id & ~7, message_id)
            wire.say(b"* 1 FETCH (" + told + self._item(message_id, items, uid) + b")\r\n")
        return b"OK Success"

    def _item(self, message_id: int, items: str, uid: int) -> bytes:
        raw = self.store[message_id]
        date = b'RFC822.SIZE %d INTERNALDATE "01-Jan-2024 10:00:00 +0000" ' % len(raw)
        if "BODY" not in items:
            return date + b"UID %d" % uid
        name = b"BODY[]"
        if "HEADER" in items:
            name, raw = b"BODY[HEADER]<0>", raw[: raw.index(b"\r\n\r\n") + 4]
        return b"UID %d %b {%d}\r\n%b" % (uid, name, len(raw), raw)

    def _store(self, _: Wire, said: str) -> bytes:
        numbers, what, given = said.split(maxsplit=2)
        targets = _words(given.strip("()"))
        for uid in self._uids(numbers):
            message_id = self._open.uids[uid]
            if what.startswith("+FLAGS"):
                self.modseq += 1
                self.flags[message_id].update(targets)
                continue
            label = decode(targets[0].encode("ascii"))
            if label not in self.labels:
                return b"NO [TRYCREATE] no such label (Failure)"
            self.label(message_id, label)
        return b"OK Success"

    def _move(self, _: Wire, said: str) -> bytes:
        numbers, name = said.split(" ", 1)
        target = decode(_words(name)[0].encode("ascii"))
        if target not in self.labels:
            return b"NO [TRYCREATE] No folder (Failure)"
        for uid in self._uids(numbers):
            message_id = self._open.uids[uid]
            if target == TRASH:
                self.trash(message_id)
                continue
            if self._open is not self.labels[ALL]:
                self._open.remove(message_id)
            self.label(message_id, target)
        return b"OK Success"

    def _expunge(self, _: Wire, numbers: str) -> bytes:
        for uid in self._uids(numbers):
            self.modseq += 1
            self._open.remove(self._open.uids[uid])
        return b"OK Success"

    def _uids(self, numbers: str) -> Sequence[int]:
        return [uid for uid in map(int, numbers.split(",")) if uid in self._open.uids]


def _words(said: str) -> list[str]:
    """Return what is said, words with blanks in them in quotes."""
    if '"' not in said:
        return said.split()
    return [each.replace("\\\\", "\\") for each in said.split('"')[1::2]]
