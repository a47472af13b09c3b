"""A Maildir (https://cr.yp.to/proto/maildir.html), with Maildir++ folders to move to.

The key of a message is the part of its file name before the colon: flags stand after it, and
whoever sets one renames the file.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, ClassVar

from postroom.hooks.contracts import Health, Receipt
from postroom.model.envelope import Envelope, Place
from postroom_files.folder import OneFileEach, folder_name, missing, refused
from postroom_files.reading import ChangingError, as_text, read_file
from postroom_files.settings import MaildirSettings

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from postroom.hooks.contracts import Position, TransportContext
    from postroom.model.envelope import ServerAction

FLAGS = {"passed": "P", "answered": "R", "seen": "S", "deleted": "T", "draft": "D", "flagged": "F"}
_SUBFOLDERS = ("tmp", "new", "cur")


@dataclass(frozen=True, slots=True, order=True)
class _File:
    seconds: int
    modified: int
    key: str
    folder: str
    name: str


class MaildirTransport(OneFileEach[_File]):
    """Mail from a Maildir."""

    name: ClassVar[str] = "maildir"
    settings: ClassVar[type] = MaildirSettings

    def __init__(self, settings: MaildirSettings, context: TransportContext) -> None:
        super().__init__(settings, context)
        self._paths: dict[str, Path] = {}
        """Where each message lay when the folder was last listed."""

    def fetch(self, position: Position, limit: int) -> Iterator[Envelope]:
        """Yield what the ledger does not hold, by the time of delivery."""
        files = self._list()
        self.trace(f"{len(files)} messages in {self.path}")
        yield from self.first(self._read_all(self.unseen(position, files)), limit)

    def _read_all(self, files: Iterator[_File]) -> Iterator[Envelope]:
        for file in files:
            envelope = self._read(file) or self._read_renamed(file.key)
            if envelope:
                yield envelope

    def _read(self, file: _File) -> Envelope | None:
        try:
            found = read_file(self.path / file.folder / file.name, self.context.max_message)
        except (FileNotFoundError, ChangingError):
            return None
        received_at = found.modified or datetime.fromtimestamp(file.modified / 1e9, UTC)
        place = Place(self.mailbox, "", file.key)
        return Envelope(place, found.raw, found.size, received_at, problem=found.problem)

    def _read_renamed(self, key: str) -> Envelope | None:
        """Look again for a file that was renamed after the folder was listed: it got a flag."""
        found = self._find(key)
        return self._read(found) if found else None

    def _find(self, key: str) -> _File | None:
        return next((file for file in self._list() if file.key == key), None)

    def locate(self, key: str) -> Path | None:
        """Return where the message of a key lies now: most often where it lay when last listed."""
        path = self._paths.get(key)
        if path is not None and path.is_file():
            return path
        self._list()
        return self._paths.get(key)

    def carry_out(self, action: ServerAction, path: Path) -> Receipt:
        """Flag, move or delete it."""
        match action.verb:
            case "flag":
                return self._flag(path, action.target)
            case "move":
                return self._move(path, action.target)
            case _:
                path.unlink()
                return Receipt(done=True, detail="deleted")

    def _flag(self, path: Path, flag: str) -> Receipt:
        letter = FLAGS.get(flag.removeprefix("\\").lower())
        if letter is None:
            return refused(f"a Maildir has no flag `{flag}`: it has {', '.join(FLAGS)}")
        unique, _, info = path.name.partition(":2,")
        flags = "".join(sorted({*info, letter}))
        path.rename(self.path / "cur" / f"{unique}:2,{flags}")
        return Receipt(done=True, detail=f"flagged {flag}")

    def _move(self, path: Path, target: str) -> Receipt:
        name = folder_name(target)
        if name is None or "." in name:
            return refused(f"`{target}` is not the name of a Maildir folder")
        folder = self.path / f".{name.replace('/', '.')}"
        for each in _SUBFOLDERS:
            (folder / each).mkdir(mode=0o700, parents=True, exist_ok=True)
        (folder / "maildirfolder").touch(mode=0o600)
        # the name is unique among all messages of the host: nothing can be overwritten by it
        path.rename(folder / path.parent.name / path.name)
        return Receipt(done=True, detail=f"moved to {target}")

    def probe(self) -> Health:
        """Look at the folder."""
        files = self._list()
        newest = files[-1].key if files else ""
        return Health(
            ok=True,
            detail=f"Maildir {self.path}",
            high_water=newest,
            waiting=len(files),
            newest=Place(self.mailbox, "", newest) if newest else None,
        )

    def _list(self) -> list[_File]:
        """Return the messages, oldest first. Raises Problem PR513 if this is no Maildir."""
        found: list[_File] = []
        for folder in ("new", "cur"):
            try:
                with os.scandir(self.path / folder) as entries:
                    found += (_describe(each, folder) for each in entries if _is_message(each))
            except OSError as error:
                raise missing(self.path / folder, "Maildir", error) from None
        self._paths = {file.key: self.path / file.folder / file.name for file in found}
        return sorted(found)


def _is_message(entry: os.DirEntry[str]) -> bool:
    return not entry.name.startswith(".") and entry.is_file(follow_symlinks=False)


def _describe(entry: os.DirEntry[str], folder: str) -> _File:
    """Order by the second of delivery, with which every name starts; else by the file's time."""
    unique = entry.name.partition(":")[0]
    try:
        modified = entry.stat(follow_symlinks=False).st_mtime_ns
    except OSError:
        modified = 0
    first = unique.partition(".")[0]
    seconds = int(first) if first.isascii() and first.isdigit() else modified // 1_000_000_000
    return _File(seconds, modified, as_text(unique), folder, entry.name)
