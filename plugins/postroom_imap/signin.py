"""Connect and sign in."""

from __future__ import annotations

import imaplib
from functools import partial
from typing import TYPE_CHECKING

import imapclient

from postroom.hooks.sasl import chosen, proof, show_token
from postroom_imap.problems import DeclinedError, sign_in_refused
from postroom_imap.translate import declined, lost, translated
from postroom_imap.wire import Wire

if TYPE_CHECKING:
    from collections.abc import Callable

    from postroom.model.settings import Secret
    from postroom.model.signin import Credential
    from postroom_imap.settings import ImapSettings

PURPOSE = "imap"
"""What a token is asked for."""


class Client(imapclient.IMAPClient):  # type: ignore[misc]  # it ships no types
    """An IMAPClient over a wire of ours."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire
        # ssl=False is about a socket that it would make itself; ours is encrypted
        super().__init__(wire.host, wire.port, ssl=False, timeout=wire.settings.seconds)
        self.normalise_times = False
        wire.debug = 0  # it turns on what imaplib keeps of the conversation

    def _create_IMAP4(self) -> Wire:  # noqa: N802 - its name there
        return self._wire


def greet(settings: ImapSettings, trace: Callable[[str], None] | None) -> Wire:
    """Return an encrypted connection on which the server has greeted us. Raises LostError."""
    try:
        with translated(settings, "connecting"):
            return Wire(settings, trace)
    except DeclinedError as refused:
        if refused.text.upper().startswith("* BYE"):
            words = f"the server sends us away: {refused.text[5:]}"
            raise lost(settings, "PR516", words) from None
        words = f"the server does not begin as IMAP servers do: {refused.text}"
        raise lost(settings, "PR515", words) from None


def sign_in(client: Client, wire: Wire, settings: ImapSettings) -> None:
    """Sign in. Raises Problem PR511 or PR516, LostError, or what `translated` takes."""
    if wire.state != "NONAUTH":  # PREAUTH: as whom, nobody knows
        raise lost(settings, "PR515", "the server says that somebody is signed in already")
    try:
        with wire.hushed():
            if settings.auth is not None:
                auth, name = settings.auth, settings.username
                show_token(auth, PURPOSE, partial(_show, wire, name, auth), DeclinedError)
            elif settings.password is not None:
                _tell_password(client, wire, settings.username, settings.password.reveal())
    except DeclinedError as refused:
        raise sign_in_refused(settings, refused) from None
    except imaplib.IMAP4.error as error:
        # imapclient reports a broken connection as a refused sign-in
        for each in (error, error.__context__):
            if isinstance(each, imaplib.IMAP4.abort):
                raise each from None
        raise sign_in_refused(settings, declined(error)) from None


def _show(wire: Wire, name: str, auth: Credential, token: Secret) -> None:
    offered = [each.removeprefix("AUTH=") for each in wire.capabilities]
    method = chosen(auth, offered)
    if method is None:
        raise DeclinedError("the server does not take tokens: use `password` in place of `auth`")
    try:
        said = proof(method, name, token)
    except ValueError as error:
        raise DeclinedError(str(error)) from None
    # a refusal is explained in a challenge, which wants an empty answer
    answers = iter([said])
    try:
        kind, data = wire.authenticate(method.upper(), lambda _: next(answers, "").encode())
    except imaplib.IMAP4.abort:
        raise
    except imaplib.IMAP4.error as error:
        raise declined(error) from None
    if kind != "OK":
        raise DeclinedError(str(data))


def _tell_password(client: Client, wire: Wire, name: str, password: str) -> None:
    if any(letter in name + password for letter in "\r\n\0"):
        raise DeclinedError("a line end in the user's name or the password")
    if "AUTH=PLAIN" in wire.capabilities:
        client.plain_login(name, password)
    elif "LOGINDISABLED" in wire.capabilities or not (name + password).isascii():
        raise DeclinedError("the server offers no way to sign in with this password")
    else:
        client.login(_quoted(name), password)


def _quoted(text: str) -> str:
    """Return a quoted string (RFC 3501 4.3): imaplib sends the user's name as it is."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
