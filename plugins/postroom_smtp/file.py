"""Write letters to a folder, one file each."""

from __future__ import annotations

import os
from hashlib import sha256
from typing import TYPE_CHECKING, ClassVar

from postroom.hooks.contracts import Retry
from postroom_smtp.settings import FileSettings

if TYPE_CHECKING:
    from postroom.hooks.contracts import Letter


class FileNotifier:
    """Writes letters as .eml files. The same notice always has the same file: it is there once."""

    name: ClassVar[str] = "file"
    settings: ClassVar[type] = FileSettings

    def __init__(self, settings: FileSettings) -> None:
        self._path = settings.path

    def send(self, letter: Letter) -> bytes:
        """Write a letter durably. Raises Retry if the disk does not take it."""
        from postroom.hooks.letters.compose import compose

        raw = compose(letter, eight_bit=True)
        name = sha256(letter.notice.key.encode("utf-8", "replace")).hexdigest()[:32]
        unfinished = self._path / f".{name}.part"
        try:
            self._path.mkdir(parents=True, exist_ok=True)
            with unfinished.open("wb") as file:
                file.write(raw)
                file.flush()
                os.fsync(file.fileno())
            unfinished.replace(self._path / f"{name}.eml")
        except OSError as error:
            why = (error.strerror or str(error)).lower()
            raise Retry(f"`{self._path}` cannot be written to: {why}") from None
        return raw

    def close(self) -> None:
        """Do nothing: no file is kept open."""
