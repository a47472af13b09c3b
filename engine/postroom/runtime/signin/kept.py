"""Where the tokens of sign-ins lie: a file for each, encrypted, durable before a token is used.

The key lies outside the data folder: in the environment variable POSTROOM_SIGN_IN_KEY, where that
refers to (`file:PATH`, `keyring:SERVICE/USER`), or in a file among the keys. A file is replaced in
one step, so that after a crash the newest complete one is there. Only one at a time changes a
sign-in, across processes too.
"""

from __future__ import annotations

import base64
import fcntl
import json
import os
import secrets
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from postroom.model.settings import SecretRef
from postroom.runtime.durable import beside, write_whole
from postroom.runtime.secrets import Secrets
from postroom.source.diagnostic import Diagnostic, Problem

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from postroom.model.settings import Secret

FOLDER = "sign-ins"
KEY_FILE = "sign-ins.key"
KEY_VARIABLE = "POSTROOM_SIGN_IN_KEY"
_KEY_BYTES = 32
_NONCE_BYTES = 12
_OTHERS = 0o077
_VERSION = b"postroom sign-in 1\n"
_HERE = Secrets(Path())
_AGAIN = "sign in again: postroom login {name}"


@dataclass(frozen=True, slots=True)
class Access:
    """An access token."""

    token: str = field(repr=False)
    until: float
    """Seconds since 1970."""


@dataclass(frozen=True, slots=True)
class Tokens:
    """What is kept of a sign-in."""

    refresh_token: str = field(default="", repr=False)
    since: float = 0
    """When the refresh token came, in seconds since 1970."""
    access: Mapping[str, Access] = field(default_factory=dict)
    """By the scopes that it was asked for, with a space between."""
    used: float = 0
    """When the refresh token was last used."""
    until: float = 0
    """When it ends, as its provider says; 0 if it does not."""


class Keeper:
    """Reads and writes the tokens of all sign-ins of an engine. Raises Problem PR417."""

    def __init__(
        self,
        data: Path,
        keys: Path,
        environment: Mapping[str, str] | None = None,
        resolve: Callable[[SecretRef], Secret] = _HERE.resolve,
    ) -> None:
        self._folder = data / FOLDER
        self._keys = keys
        self._environment = os.environ if environment is None else environment
        self._resolve = resolve
        self.unkept: dict[str, Tokens] = {}
        """By sign-in, what came and could not be written: the disk became full meanwhile. Used by
        who is `alone`; all accounts of a sign-in must know, for the provider took the old one back.
        """

    def read(self, name: str) -> Tokens | None:
        """Return what is kept; None if nobody has signed in."""
        path = self._path(name)
        try:
            sealed = path.read_bytes()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise _unreadable(
                path, (error.strerror or "").lower(), "let its owner read it"
            ) from None
        found = _tokens(self._opened(name, sealed))
        if found is None:
            hint = _AGAIN.format(name=name)
            raise _unreadable(path, "it was altered, or encrypted with another key", hint)
        return found

    def write(self, name: str, tokens: Tokens) -> None:
        """Keep tokens; when this returns they are on the disk."""
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        nonce = secrets.token_bytes(_NONCE_BYTES)
        sealed = AESGCM(self._key()).encrypt(nonce, _written(tokens), _VERSION + name.encode())
        path = self._path(name)
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            write_whole(path, _VERSION + nonce + sealed, "tokens-written")
        except OSError as error:
            why = (error.strerror or "").lower()
            raise _unreadable(path, why, "make room, and let its owner write there") from None

    def forget(self, name: str) -> None:
        """Delete what is kept."""
        self.unkept.pop(name, None)
        beside(self._path(name)).unlink(missing_ok=True)
        self._path(name).unlink(missing_ok=True)

    @contextmanager
    def alone(self, name: str) -> Iterator[None]:
        """Keep everybody else from changing a sign-in, another process as well."""
        path = self._path(name).with_suffix(".lock")
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            opened = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            why = (error.strerror or "").lower()
            raise _unreadable(path, why, "let its owner write there") from None
        try:
            fcntl.flock(opened, fcntl.LOCK_EX)
            self._finish(name)
            yield
        finally:
            os.close(opened)

    def _finish(self, name: str) -> None:
        """Put into its place what a crash kept from it, if all of it was written."""
        path = self._path(name)
        newer = beside(path)
        try:
            if newer.exists() and _tokens(self._opened(name, newer.read_bytes())):
                newer.replace(path)
        except OSError as error:
            why = (error.strerror or "").lower()
            raise _unreadable(newer, why, "let its owner read and write it") from None

    def _path(self, name: str) -> Path:
        return self._folder / f"{name}.tokens"

    def _opened(self, name: str, sealed: bytes) -> bytes:
        """Return what was encrypted; b"" if it cannot be."""
        from cryptography.exceptions import InvalidTag
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        body = sealed.removeprefix(_VERSION)
        try:
            nonce, rest = body[:_NONCE_BYTES], body[_NONCE_BYTES:]
            return AESGCM(self._key()).decrypt(nonce, rest, _VERSION + name.encode())
        except (InvalidTag, ValueError):
            return b""

    def _key(self) -> bytes:
        """Return the key; make one if there is none."""
        given = self._environment.get(KEY_VARIABLE, "")
        path = self._keys / KEY_FILE
        if given:
            return _checked(_decoded(self._meant(given)), f"the variable {KEY_VARIABLE}")
        try:
            if path.stat().st_mode & _OTHERS:
                raise _unreadable(path, "others can read it", f"chmod 600 {path}")
            return _checked(path.read_bytes(), f"`{path}`")
        except FileNotFoundError:
            return self._made(path)
        except OSError as error:
            raise _unreadable(
                path, (error.strerror or "").lower(), "let its owner read it"
            ) from None

    def _meant(self, given: str) -> str:
        """Return a key as the variable has it, or what it refers to. Raises Problem PR410."""
        scheme, colon, name = given.partition(":")
        if not colon or scheme not in ("file", "keyring"):
            return given
        return self._resolve(SecretRef("file" if scheme == "file" else "keyring", name)).reveal()

    def _made(self, path: Path) -> bytes:
        key = secrets.token_bytes(_KEY_BYTES)
        try:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            write_whole(path, key)
        except OSError as error:
            why = (error.strerror or "").lower()
            raise _unreadable(path, why, "choose another --keys") from None
        return key


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except ValueError:
        return b""


def _checked(key: bytes, where: str) -> bytes:
    if len(key) == _KEY_BYTES:
        return key
    words = f"{where} does not hold a key of {_KEY_BYTES} bytes"
    hint = f"bring the old one back, or make one: openssl rand -base64 {_KEY_BYTES}"
    raise Problem(Diagnostic("PR417", words, help=hint))


def _written(tokens: Tokens) -> bytes:
    return json.dumps(
        {
            "refresh_token": tokens.refresh_token,
            "since": tokens.since,
            "used": tokens.used,
            "until": tokens.until,
            "access": {
                scopes: {"token": each.token, "until": each.until}
                for scopes, each in tokens.access.items()
            },
        }
    ).encode()


def _tokens(text: bytes) -> Tokens | None:
    """Return what the text says, or None: an error would carry tokens along in its traceback."""
    try:
        data: dict[str, Any] = json.loads(text)
        access = {
            str(scopes): Access(str(each["token"]), float(each["until"]))
            for scopes, each in data["access"].items()
        }
        used, until = float(data.get("used", 0)), float(data.get("until", 0))
        refresh_token, since = str(data["refresh_token"]), float(data["since"])
        return Tokens(refresh_token, since, access, used, until)
    except (ValueError, KeyError, TypeError, AttributeError):
        return None


def _unreadable(path: Path, why: str, hint: str) -> Problem:
    words = f"what is kept of a sign-in in `{path}` cannot be used: {why}"
    return Problem(Diagnostic("PR417", words, help=hint))
