"""The key ring of record tokens: a file that is made once and never leaves the machine.

It lies outside the data folder, so that whoever gets hold of a copy of the data cannot make tokens.
"""

from __future__ import annotations

import base64
import contextlib
import json
import os
import secrets
from datetime import datetime
from typing import TYPE_CHECKING, Any

from postroom.identity.token import Key, KeyRing
from postroom.source.diagnostic import Diagnostic, Problem

if TYPE_CHECKING:
    from pathlib import Path

FILE = "record-tokens.json"
_KEY_BYTES = 64
_INSTANCE_BYTES = 8
_OTHERS = 0o077


def open_keys(folder: Path) -> KeyRing:
    """Return the key ring; make it if there is none yet.

    Raises Problem PR412 if the file cannot be used, or others than its owner can read it.
    """
    path = folder / FILE
    kept = _read(path)
    if kept is not None:
        return kept
    ring = KeyRing.single(secrets.token_bytes(_KEY_BYTES), secrets.token_hex(_INSTANCE_BYTES))
    _write(path, ring)
    return ring


def existing_keys(folder: Path) -> KeyRing:
    """Return the key ring that there is. Raises Problem PR412, also where there is none."""
    found = _read(folder / FILE)
    if found is None:
        raise _unusable(folder / FILE, "there are none", "name the folder that has them: --keys")
    return found


def _read(path: Path) -> KeyRing | None:
    try:
        if path.stat().st_mode & _OTHERS:
            raise _unusable(path, "others can read it", f"chmod 600 {path}")
        text = path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise _unusable(path, (error.strerror or "").lower(), "let its owner read it") from None
    ring = _from_json(text)
    if ring is None:
        hint = "bring it back from a backup: without it, answers to old mail find no record"
        raise _unusable(path, "it is damaged", hint)
    return ring


def _from_json(text: bytes) -> KeyRing | None:
    """Return what the file says, or None: an error would carry the keys along in its traceback."""
    try:
        data: dict[str, Any] = json.loads(text)
        keys = {int(number): _key(key) for number, key in data["keys"].items()}
        return KeyRing(str(data["instance"]), keys, int(data["newest"]))
    except (ValueError, KeyError, TypeError, AttributeError):
        return None


def _key(data: dict[str, Any]) -> Key:
    until = datetime.fromisoformat(data["until"]) if data.get("until") else None
    return Key(base64.b64decode(data["secret"], validate=True), until)


def _write(path: Path, ring: KeyRing) -> None:
    """Replace the file in one step, so that a crash leaves the old one or the new one."""
    data = {
        "instance": ring.instance,
        "newest": ring.newest,
        "keys": {
            str(number): {
                "secret": base64.b64encode(key.secret).decode("ascii"),
                "until": key.until.isoformat() if key.until else None,
            }
            for number, key in ring.keys.items()
        },
    }
    fresh = path.with_suffix(".new")
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with contextlib.suppress(FileNotFoundError):
            fresh.unlink()
        opened = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(opened, "w", encoding="utf-8") as file:
            json.dump(data, file, indent=1)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(path)
        _sync_folder(path.parent)
    except OSError as error:
        raise _unusable(path, (error.strerror or "").lower(), "choose another --keys") from None


def _sync_folder(folder: Path) -> None:
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


def _unusable(path: Path, why: str, hint: str) -> Problem:
    return Problem(Diagnostic("PR412", f"the keys in `{path}` cannot be used: {why}", help=hint))
