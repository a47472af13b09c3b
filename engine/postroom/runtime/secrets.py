"""Where secrets come from: the environment, a file, a keyring, or a plugin that knows.

A rule file holds a reference. The secret itself is fetched when an account starts, lives in a
`Secret`, and is never part of an error: what is said names the reference.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, fields, is_dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from postroom.model.settings import Secret, SecretRef
from postroom.model.signin import SignIn
from postroom.source.diagnostic import Diagnostic, Problem

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from postroom.model.signin import Credential
    from postroom.source.text import Span

Settings = TypeVar("Settings")
_LARGEST = 64 * 1024


def _no_plugin(_reference: SecretRef) -> Secret | None:
    return None


def _nobody(sign_in: SignIn) -> Credential:
    words = f"the sign-in `{sign_in.name}` is not used here"
    raise Problem(Diagnostic("PR413", words, span=sign_in.span))


@dataclass(frozen=True)
class Secrets:
    """Turns references into secrets. Plugins are asked first."""

    folder: Path
    """Where a relative `file:` is looked for: the folder of the rules."""
    ask_plugins: Callable[[SecretRef], Secret | None] = _no_plugin
    environment: Mapping[str, str] | None = None
    """None: the process's own, read when asked."""
    sign_in: Callable[[SignIn], Credential] = _nobody
    """Makes a live credential of what a rule file says of a sign-in."""

    def resolve(self, reference: SecretRef, span: Span | None = None) -> Secret:
        """Return the secret. Raises Problem PR410 that names the reference if there is none."""
        found = self.ask_plugins(reference)
        if found is not None:
            return found
        match reference.scheme:
            case "env":
                return self._from_environment(reference, span)
            case "file":
                return self._from_file(reference, span)
            case "keyring":
                return _from_keyring(reference, span)

    def settle(self, settings: Settings, span: Span | None = None) -> Settings:
        """Return a copy of a settings dataclass that is ready for use.

        Every reference is resolved, and a relative path is found from the rule folder, wherever
        the engine was started.
        """
        if not is_dataclass(settings) or isinstance(settings, type):
            return settings
        changed: dict[str, object] = {}
        for each in fields(settings):
            value = getattr(settings, each.name)
            if isinstance(value, SecretRef):
                changed[each.name] = self.resolve(value, span)
            elif isinstance(value, SignIn):
                changed[each.name] = self.sign_in(self.placed(value))
            elif isinstance(value, Path):
                changed[each.name] = self.folder / value
            elif is_dataclass(value):
                changed[each.name] = self.settle(value, span)
        return replace(settings, **changed) if changed else settings

    def placed(self, sign_in: SignIn) -> SignIn:
        """Return a sign-in whose files are found from the rule folder."""
        found = {
            name: self.folder / path
            for name in ("certificate", "ca_file")
            if (path := getattr(sign_in, name)) is not None
        }
        return replace(sign_in, **found)

    def _from_environment(self, reference: SecretRef, span: Span | None) -> Secret:
        environment = os.environ if self.environment is None else self.environment
        value = environment.get(reference.name, "")
        if not value:
            raise _missing(
                reference, "the variable is not set", f"export {reference.name}=...", span
            )
        return Secret(value)

    def _from_file(self, reference: SecretRef, span: Span | None) -> Secret:
        path = self.folder / reference.name
        hint = f"put the secret, and nothing else, into {path}"
        try:
            with path.open("rb") as file:
                data = file.read(_LARGEST + 1)
        except OSError as error:
            raise _missing(reference, (error.strerror or "").lower(), hint, span) from None
        text = _text(data)
        if text is None:
            raise _missing(reference, "the file is not UTF-8 text", hint, span)
        value = text.rstrip("\r\n")
        if not value or len(data) > _LARGEST:
            raise _missing(reference, "the file is empty or far too long", hint, span)
        return Secret(value)


def _text(data: bytes) -> str | None:
    """Decode, or return None: the error would carry the secret along in the traceback."""
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return None


def _from_keyring(reference: SecretRef, span: Span | None) -> Secret:
    try:
        import keyring
    except ImportError:
        raise _missing(
            reference, "keyrings need an extra", "pip install 'postroom[keyring]'", span
        ) from None
    service, _, user = reference.name.rpartition("/")
    hint = f"keyring set {service or 'postroom'} {user}"
    try:
        value = keyring.get_password(service or "postroom", user)
    except Exception as error:  # noqa: BLE001 - each backend raises what it likes
        raise _missing(
            reference, f"the keyring failed: {type(error).__name__}", hint, span
        ) from None
    if not value:
        raise _missing(reference, "the keyring has no such entry", hint, span)
    return Secret(value)


def _missing(reference: SecretRef, why: str, hint: str, span: Span | None) -> Problem:
    words = f"the secret {{{reference.scheme}: {reference.name}}} cannot be had: {why}"
    return Problem(Diagnostic("PR410", words, span=span, help=hint))
