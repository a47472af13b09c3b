"""A folder of .eml files, with those in the folders below it.

Nobody promises that such a file appears all at once, so one that was touched a moment ago is
looked at again before it is read. Its key holds its size and time: a file that changed is new.
"""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from postroom.hooks.contracts import Health, Receipt
from postroom.model.envelope import Envelope, Place
from postroom_files.folder import QUIET, OneFileEach, folder_name, missing, refused
from postroom_files.reading import ChangingError, Contents, as_text, read_file, reason
from postroom_files.settings import EmlSettings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from postroom.hooks.contracts import Position
    from postroom.model.envelope import ServerAction


@dataclass(frozen=True, slots=True, order=True)
class _File:
    modified: int
    """Nanoseconds since 1970."""
    name: str
    """Relative to the folder."""
    size: int

    @property
    def key(self) -> str:
        """Return path, size and time."""
        return f"{as_text(self.name)}:{self.size}:{self.modified}"

    @property
    def age(self) -> float:
        """Return the seconds since it was last written."""
        return time.time() - self.modified / 1e9


class EmlTransport(OneFileEach[_File]):
    """Mail from a folder of .eml files."""

    name: ClassVar[str] = "eml"
    settings: ClassVar[type] = EmlSettings

    def fetch(self, position: Position, limit: int) -> Iterator[Envelope]:
        """Yield what the ledger does not hold, by the time of the files."""
        yield from self.first(self._fetch(position), limit)

    def _fetch(self, position: Position) -> Iterator[Envelope]:
        files = self._list()
        self.trace(f"{len(files)} files in {self.path}")
        fresh = list(self.unseen(position, files))
        calm = [file for file in fresh if file.age >= QUIET]
        yield from self._read_all(calm)
        young = {file.key for file in fresh} - {file.key for file in calm}
        if young:
            self._wait_until_calm([file for file in fresh if file.key in young])
            yield from self._read_all([file for file in self._list() if file.key in young])

    def _wait_until_calm(self, files: list[_File]) -> None:
        youngest = min(max(0.0, file.age) for file in files)
        self.trace(f"{len(files)} files were just written; looking again")
        self.interrupted.wait(QUIET - min(youngest, QUIET))

    def _read_all(self, files: list[_File]) -> Iterator[Envelope]:
        for file in files:
            try:
                found = read_file(self.path / file.name, self.context.max_message)
            except (FileNotFoundError, ChangingError):
                continue
            if found.problem is None and found.size != file.size:
                continue  # written in between: it has another key now
            yield self._envelope(file, found)

    def _envelope(self, file: _File, found: Contents) -> Envelope:
        received_at = found.modified or datetime.fromtimestamp(file.modified / 1e9, UTC)
        place = Place(self.mailbox, "", file.key)
        return Envelope(place, found.raw, found.size, received_at, problem=found.problem)

    def locate(self, key: str) -> Path | None:
        """Return where the file of a key lies now."""
        file = self._find(key)
        return self.path / file.name if file else None

    def _find(self, key: str) -> _File | None:
        """Return the file of a key: at the place that the key names, else wherever it is."""
        name, size, modified = key.rsplit(":", 2) if key.count(":") > 1 else ("", "", "")
        inside = bool(name) and ".." not in Path(name).parts and not Path(name).is_absolute()
        found = _look_at(self.path, Path(name)) if inside else None
        if found and (str(found.size), str(found.modified)) == (size, modified):
            return found
        return next((file for file in self._list() if file.key == key), None)

    def carry_out(self, action: ServerAction, path: Path) -> Receipt:
        """Move or delete it. There are no flags."""
        if action.verb == "flag":
            return refused("files have no flags: say `keep`, `move_to` or `delete_after`")
        if action.verb == "delete":
            path.unlink()
            return Receipt(done=True, detail="deleted")
        name = folder_name(action.target)
        if name is None:
            return refused(f"`{action.target}` is not the name of a folder")
        folder = self.path.parent / name
        if folder.resolve().is_relative_to(self.path.resolve()):
            return refused(f"`{action.target}` lies inside the folder that is read")
        folder.mkdir(parents=True, exist_ok=True)
        path.rename(_free(folder / path.name))
        return Receipt(done=True, detail=f"moved to {action.target}")

    def probe(self) -> Health:
        """Look at the folder."""
        files = self._list()
        newest = files[-1].key if files else ""
        return Health(
            ok=True,
            detail=f"folder {self.path}",
            high_water=newest,
            waiting=len(files),
            newest=Place(self.mailbox, "", newest) if newest else None,
        )

    def _list(self) -> list[_File]:
        """Return the files, oldest first. Raises Problem PR513 if the folder is missing."""

        def fail(error: OSError) -> None:
            if Path(error.filename) == self.path:
                raise missing(self.path, "folder", error) from None
            self.trace(f"{error.filename} cannot be looked into: {reason(error)}")

        if not self.path.is_dir():
            raise missing(self.path, "folder")
        found = []
        for folder, _, names in os.walk(self.path, onerror=fail):
            for name in names:
                if name.lower().endswith(".eml") and not name.startswith("."):
                    relative = (Path(folder) / name).relative_to(self.path)
                    found.append(_look_at(self.path, relative))
        return sorted(file for file in found if file)


def _look_at(folder: Path, name: Path) -> _File | None:
    try:
        found = (folder / name).lstat()
    except OSError:
        return None
    return _File(found.st_mtime_ns, str(name), found.st_size)


def _free(path: Path) -> Path:
    """Return a path that no file has yet: `a.eml`, `a-2.eml`, `a-3.eml`."""
    number = 2
    candidate = path
    while candidate.exists():
        candidate = path.with_name(f"{path.stem}-{number}{path.suffix}")
        number += 1
    return candidate
