"""Mailboxes made of files, as the contract suite wants them."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from postroom.hooks.contracts import TransportContext
from postroom_files.eml import EmlTransport
from postroom_files.maildir import MaildirTransport
from postroom_files.mbox import MboxTransport
from postroom_files.settings import EmlSettings, MaildirSettings, MboxSettings

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from postroom.model.envelope import ActionVerb
    from postroom.testing.transport_contract import Trouble

EARLIER = 1_700_000_000
"""A time long enough ago for a file to count as written."""


def context(max_message: int = 1_000_000, trace: list[str] | None = None) -> TransportContext:
    return TransportContext("test", max_message, trace.append if trace is not None else None)


def tree(folder: Path) -> dict[str, tuple[bytes, int]]:
    """Return every file below a folder, with what it holds and its time."""
    return {
        str(path.relative_to(folder)): (path.read_bytes(), path.lstat().st_mtime_ns)
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


class OnDisk:
    """What has no server, no token and no line that could break."""

    def trouble(self, _kind: Trouble) -> Callable[[], bool] | None:
        pytest.skip("files have no server, no token and no line that could break")


class MaildirBox(OnDisk):
    """A Maildir."""

    verbs: tuple[ActionVerb, ...] = ("keep", "flag", "move", "delete")

    def __init__(self, folder: Path) -> None:
        self.path = folder / "Maildir"
        self.count = 0
        for each in ("tmp", "new", "cur"):
            (self.path / each).mkdir(parents=True)

    def deliver(self, raws: Sequence[bytes]) -> None:
        for raw in raws:
            self.count += 1
            name = f"{EARLIER + self.count // 10}.M{self.count:06}P7.host"
            folder = ("new", "cur")[self.count % 2]
            path = self.path / folder / (name + (":2,R" if folder == "cur" else ""))
            path.write_bytes(raw)

    def poison(self) -> bool:
        pytest.skip("whatever is no plain file is no message of a Maildir")

    def transport(self, max_message: int) -> MaildirTransport:
        return MaildirTransport(MaildirSettings(self.path), context(max_message))

    def state(self) -> object:
        return tree(self.path)


class MboxFile(OnDisk):
    """An mbox file."""

    verbs: tuple[ActionVerb, ...] = ("keep",)

    def __init__(self, folder: Path) -> None:
        self.path = folder / "mail.mbox"
        self.path.touch()
        os.utime(self.path, (EARLIER, EARLIER))
        self.count = 0

    def deliver(self, raws: Sequence[bytes]) -> None:
        with self.path.open("ab") as file:
            for raw in raws:
                file.write(b"From ann@partner.example Mon Jan  1 10:00:00 2024\n" + raw + b"\r\n")
        self.count += 1
        os.utime(self.path, (EARLIER + self.count, EARLIER + self.count))

    def poison(self) -> bool:
        pytest.skip("an mbox file can be read as a whole, or not at all")

    def transport(self, max_message: int) -> MboxTransport:
        return MboxTransport(MboxSettings(self.path), context(max_message))

    def state(self) -> object:
        return self.path.read_bytes()


class EmlFolder(OnDisk):
    """A folder of .eml files."""

    verbs: tuple[ActionVerb, ...] = ("keep", "move", "delete")

    def __init__(self, folder: Path) -> None:
        self.path = folder / "mail"
        self.path.mkdir()
        self.count = 0

    def deliver(self, raws: Sequence[bytes]) -> None:
        for raw in raws:
            self._next().write_bytes(raw)
            self._age()

    def _next(self) -> Path:
        self.count += 1
        folder = self.path / f"{9 - self.count % 3}"  # names are in another order than times
        folder.mkdir(exist_ok=True)
        return folder / f"{self.count % 7}-{self.count}.eml"

    def _age(self) -> None:
        for path in self.path.rglob(f"*-{self.count}.eml"):
            times = (EARLIER + self.count, EARLIER + self.count)
            os.utime(path, times, follow_symlinks=False)

    def poison(self) -> bool:
        self._next().symlink_to("nowhere")
        self._age()
        return True

    def transport(self, max_message: int) -> EmlTransport:
        return EmlTransport(EmlSettings(self.path), context(max_message))

    def state(self) -> object:
        return tree(self.path)
