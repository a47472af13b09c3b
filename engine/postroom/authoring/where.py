"""Where a file of a rule set lies, as other tools ask for it."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING
from urllib.parse import quote

if TYPE_CHECKING:
    from typing import Self


@dataclass(frozen=True, slots=True)
class Where:
    """The folder of a rule set: relative to where the tool was started, or absolute."""

    folder: PurePosixPath

    @classmethod
    def of(cls, folder: Path) -> Self:
        """Return it relative to the current folder if it lies there: a repository's own paths."""
        relative = Path(os.path.relpath(folder))
        outside = ".." in relative.parts
        return cls(PurePosixPath((folder.resolve() if outside else relative).as_posix()))

    def path(self, name: str) -> str:
        """Return the path of a file, given its name within the folder."""
        return str(self.folder / name)

    def uri(self, name: str) -> str:
        """Return the path as a URI reference (RFC 3986): relative if the folder is."""
        whole = self.folder / name
        return whole.as_uri() if whole.is_absolute() else quote(str(whole))
