"""The keys of record tokens: a file that is made once and never leaves the machine.

It lies outside the data folder, so that whoever gets hold of a copy of the data cannot make tokens.
Only the engine that has the data changes it: `postroom keys` asks for that.
"""

from __future__ import annotations

import base64
import json
import secrets
from datetime import datetime
from typing import TYPE_CHECKING, Any

from postroom.identity.keyring import Keys
from postroom.identity.token import Key, KeyRing
from postroom.model.record import RecordRef
from postroom.runtime.durable import write_whole
from postroom.source.diagnostic import Diagnostic, Problem

if TYPE_CHECKING:
    from pathlib import Path

FILE = "record-tokens.json"
_KEY_BYTES = 64
_INSTANCE_BYTES = 8
_OTHERS = 0o077


def new_secret() -> bytes:
    """Return a key that nobody can guess."""
    return secrets.token_bytes(_KEY_BYTES)


def open_keys(folder: Path) -> Keys:
    """Return the keys; make them if there are none yet.

    Raises Problem PR412 if the file cannot be used, or others than its owner can read it.
    """
    kept = read_keys(folder)
    if kept is None:
        kept = Keys(KeyRing.single(new_secret(), secrets.token_hex(_INSTANCE_BYTES)))
        keep_keys(folder, kept)
    return kept


def read_keys(folder: Path) -> Keys | None:
    """Return the keys, or None if there are none yet. Raises Problem PR412 as above."""
    path = folder / FILE
    try:
        if path.stat().st_mode & _OTHERS:
            raise _unusable(path, "others can read it", f"chmod 600 {path}")
        text = path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise _unusable(path, (error.strerror or "").lower(), "let its owner read it") from None
    keys = _from_json(text)
    if keys is None:
        hint = "bring it back from a backup: without it, answers to old mail find no record"
        raise _unusable(path, "it is damaged", hint)
    return keys


def existing_keys(folder: Path) -> Keys:
    """Return the keys that there are. Raises Problem PR412, also where there are none."""
    found = read_keys(folder)
    if found is None:
        raise _unusable(folder / FILE, "there are none", "name the folder that has them: --keys")
    return found


def keep_keys(folder: Path, keys: Keys) -> None:
    """Write the keys in one step: a crash leaves the old ones or the new ones. Raises PR412."""
    path = folder / FILE
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_whole(path, json.dumps(_to_json(keys), indent=1).encode())
    except OSError as error:
        raise _unusable(path, (error.strerror or "").lower(), "choose another --keys") from None


def _to_json(keys: Keys) -> dict[str, Any]:
    return {
        "instance": keys.ring.instance,
        "newest": keys.ring.newest,
        "keys": {
            str(number): {
                "secret": base64.b64encode(key.secret).decode("ascii"),
                "until": key.until.isoformat() if key.until else None,
                "since": key.since.isoformat() if key.since else None,
            }
            for number, key in keys.ring.keys.items()
        },
        "generations": [[ref.table, ref.id, n] for ref, n in keys.generations.items()],
        "request": keys.request,
    }


def _from_json(text: bytes) -> Keys | None:
    """Return what the file says, or None: an error would carry the keys along in its traceback."""
    try:
        data: dict[str, Any] = json.loads(text)
        keys = {int(number): _key(key) for number, key in data["keys"].items()}
        return Keys(
            KeyRing(str(data["instance"]), keys, int(data["newest"])),
            {RecordRef(str(table), int(n)): int(g) for table, n, g in data.get("generations", ())},
            str(data.get("request", "")),
        )
    except (ValueError, KeyError, TypeError, AttributeError):
        return None


def _key(data: dict[str, Any]) -> Key:
    secret = base64.b64decode(data["secret"], validate=True)
    return Key(secret, _moment(data.get("until")), _moment(data.get("since")))


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _unusable(path: Path, why: str, hint: str) -> Problem:
    return Problem(Diagnostic("PR412", f"the keys in `{path}` cannot be used: {why}", help=hint))
