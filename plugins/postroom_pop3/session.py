"""A signed-in connection: the few commands that are needed, typed.

What a session deletes is gone when it ends with QUIT, and not before (RFC 1939 6). No data of a
message ever becomes part of a command: messages are asked for by numbers.
"""

from __future__ import annotations

import base64
from contextlib import contextmanager, suppress
from functools import partial
from typing import TYPE_CHECKING

from postroom.hooks.sasl import chosen, proof, show_token
from postroom_pop3.problems import DeclinedError, problem, sign_in_refused, translated
from postroom_pop3.wire import ANSWER, Wire

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from postroom.model.settings import Secret
    from postroom.model.signin import Credential
    from postroom_pop3.settings import Pop3Settings

PURPOSE = "pop3"
"""What a token is asked for."""
HEADER_BLOCK = 256 * 1024
"""How much of the header of a message that is too large is fetched."""
_SLACK = 1024 * 1024
_INEXACT = 2
"""How many times larger than stated a message may be: some servers guess its size."""


class Session:
    """A connection that is signed in. Raises DeclinedError, or Problem."""

    def __init__(self, settings: Pop3Settings, trace: Callable[[str], None] | None) -> None:
        self._settings = settings
        with translated(settings, "connecting"):
            self._wire = Wire(settings, trace)
        try:
            self._sign_in()
        except BaseException:
            self.drop()
            raise

    def sizes(self) -> dict[int, int]:
        """Return the size of each message by its number, the oldest first. Raises Problem."""
        try:
            with self._talk("listing the messages"):
                lines = (line.split()[:2] for line in self._wire.list()[1])
                return {int(number): int(size) for number, size in lines}
        except DeclinedError as refused:
            words = f"the server does not list its messages: {refused.text or 'no reason given'}"
            raise problem("PR516", self._settings, words) from None

    def ids(self) -> dict[int, str]:
        """Return the id (UIDL) of each message by its number. Raises Problem PR515."""
        try:
            with self._talk("listing the messages"):
                pairs = (line.split(None, 1) for line in self._wire.uidl()[1])
                return {int(number): _text(id_) for number, id_ in pairs}
        except DeclinedError:
            hint = "ask who runs the server: without UIDL nobody can tell what is new"
            words = "the server gives messages no unique ids"
            raise problem("PR515", self._settings, words, hint) from None

    def message(self, number: int, size: int) -> bytes:
        """Return a whole message."""
        with self._talk("fetching a message"):
            self._wire.allow(size * _INEXACT + _SLACK)
            return _joined(self._wire.retr(number)[1])

    def header(self, number: int, most: int = 0) -> bytes:
        """Return the header of a message, or as much of it as is wanted.

        most says how large the whole message may be, where that is known.
        """
        with self._talk("fetching a header"):
            self._wire.allow(max(most * _INEXACT, HEADER_BLOCK) + _SLACK)
            return _joined(self._wire.top(number, 0)[1])[:HEADER_BLOCK]

    def delete(self, number: int) -> None:
        """Mark a message, to be deleted when the session is left."""
        with self._talk("deleting a message"):
            self._wire.dele(number)

    def leave(self) -> None:
        """Say goodbye: what was marked is deleted now."""
        with self._talk("leaving"):
            self._wire.quit()

    def drop(self) -> None:
        """Close without a word: nothing is deleted."""
        self._wire.interrupt()
        with suppress(OSError):
            self._wire.close()

    @contextmanager
    def _talk(self, doing: str) -> Iterator[None]:
        self._wire.allow(ANSWER)
        with translated(self._settings, doing):
            yield

    def _sign_in(self) -> None:
        settings = self._settings
        self._wire.hushed = True
        try:
            if settings.auth is not None:
                show_token(
                    settings.auth, PURPOSE, partial(self._show, settings.auth), DeclinedError
                )
            elif settings.password is not None:
                self._tell_password(settings.password)
        except DeclinedError as refused:
            raise sign_in_refused(settings, refused) from None
        finally:
            self._wire.hushed = False

    def _tell_password(self, password: Secret) -> None:
        name, secret = self._settings.username, password.reveal()
        if any(letter in name + secret for letter in "\r\n\0"):
            raise DeclinedError("a line end in the user's name or the password")
        with self._talk("signing in"):
            self._wire.encoding = "UTF-8"
            self._wire.user(name)
            self._wire.pass_(secret)

    def _show(self, auth: Credential, token: Secret) -> None:
        with self._talk("signing in"):
            offered = {each.upper() for each in self._wire.capa().get("SASL", ())}
        method = chosen(auth, offered)
        if method is None:
            raise DeclinedError("the server does not take tokens: use `password` in its place")
        try:
            said = proof(method, self._settings.username, token)
        except ValueError as error:
            raise DeclinedError(str(error)) from None
        with self._talk("signing in"):
            self._answer(method.upper(), base64.b64encode(said.encode()))

    def _answer(self, mechanism: str, proof: bytes) -> None:
        """Go through AUTH (RFC 5034), the proof in a line of its own: it is longer than 255."""
        self._wire._putcmd(f"AUTH {mechanism}")  # type: ignore[attr-defined]  # noqa: SLF001
        said = self._wire._getresp()  # noqa: SLF001 - poplib has no AUTH
        for line in (proof, b""):  # a refusal is explained in a challenge, which wants an answer
            if not said.startswith(b"+ "):
                break
            self._wire._putline(line)  # noqa: SLF001
            said = self._wire._getresp()  # noqa: SLF001


def _joined(lines: list[bytes]) -> bytes:
    """Return the lines as the message that they are: each ends with CRLF (RFC 1939 3)."""
    return b"\r\n".join([*lines, b""])


def _text(id_: bytes) -> str:
    return id_.strip().decode("ascii", "backslashreplace")
