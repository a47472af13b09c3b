"""Where things lie: the rules, the data, the keys."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from postroom.source.diagnostic import Diagnostic, Problem

if TYPE_CHECKING:
    from pathlib import Path

DATA = "postroom-data"
KEYS = "postroom-keys"


@dataclass(frozen=True, slots=True)
class Folders:
    """The folders of one engine."""

    rules: Path
    data: Path
    """The store's: records, communications, audit, raw mail."""
    keys: Path
    """The keys of record tokens. Never inside the data folder: who reads one must not get both."""


def folders(rules: Path, data: Path | None = None, keys: Path | None = None) -> Folders:
    """Return the folders that go with a rule folder.

    Raises Problem PR411 if the keys would lie among the data.
    """
    data, keys = data or rules / DATA, keys or rules / KEYS
    if data.resolve() in (keys.resolve(), *keys.resolve().parents):
        words = f"the keys in `{keys}` would lie inside the data folder `{data}`"
        raise Problem(Diagnostic("PR411", words, help="choose another --data or --keys"))
    return Folders(rules, data, keys)
