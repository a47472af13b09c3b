"""Lead a person through a sign-in, with a browser on this machine or on another one."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from threading import Event
from typing import TYPE_CHECKING, Protocol
from urllib.parse import urlsplit

from postroom.model.signin import SignIn
from postroom.runtime.signin.grant import Busy, Declined, Pending
from postroom.runtime.signin.kept import Tokens
from postroom.runtime.signin.loopback import LOCAL, Loopback, fields_of
from postroom.source.diagnostic import Diagnostic, Problem

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from postroom.rules.ruleset import Account
    from postroom.runtime.clock import Clock
    from postroom.runtime.signin.credential import Credentials
    from postroom.runtime.signin.grant import Authority, CodeRequest, Grant

_PATIENCE = 900.0
"""Seconds that a person has to sign in."""
_SHORTEST, _LONGEST, _SLOWER = 1.0, 60.0, 5.0
"""Seconds between two questions about a code, and those added where they are too many."""
_HINTS = {
    "no_code": "paste the whole address in which the browser ends, with `code=` in it, even if the "
    "page itself cannot be shown",
    "state": "begin again, and open the newest address",
    "access_denied": "begin again and agree to what is asked, or have an administrator do so",
    "consent_required": "begin again and agree to what is asked, or have an administrator do so",
    "authorization_declined": "begin again and agree to what is asked",
    "expired_token": "begin again: a code is good for some minutes",
    "timeout": "begin again; `--paste` is for a browser on another machine",
    "invalid_grant": "begin again: a code is good once, and for some minutes",
    "invalid_client": "see whether `client_id` and the secret are right, and have not expired",
}
"""By an error of OAuth 2, or one of our own: what to do."""
_OURS = ("no_code", "state", "timeout")


class Guide(Protocol):
    """What is said to the person, and asked."""

    def go_to(self, url: str) -> None:
        """Say which address to open."""
        ...

    def type_code(self, url: str, code: str) -> None:
        """Say which code to type, and where."""
        ...

    def pasted(self) -> str:
        """Return the address that the browser was sent to in the end."""
        ...


def sign_ins_of(account: Account) -> Iterator[tuple[SignIn, str]]:
    """Yield each sign-in that an account names, and what it is for: the plugin's name."""
    for part in (account.receive, account.send):
        settings = None if part is None else part.settings
        if part is None or not is_dataclass(settings):
            continue
        for each in fields(settings):
            found = getattr(settings, each.name)
            if isinstance(found, SignIn):
                yield found, part.use


def login(
    credentials: Credentials, sign_in: SignIn, purpose: str, guide: Guide, *, paste: bool = False
) -> None:
    """Sign in, and keep the tokens. Raises Problem PR413, PR416, PR417."""
    scopes = sign_in.asks(purpose)
    authority = credentials.authority(sign_in)
    try:
        grant = _grant(authority, sign_in, guide, credentials.clock, purpose, paste=paste)
    except Declined as declined:
        raise _failed(
            sign_in, _said(declined), _HINTS.get(declined.error, "see what the application may do")
        ) from None
    except Busy as busy:
        raise _failed(sign_in, busy.words, "try again a little later") from None
    live, keeper = credentials.of(sign_in), credentials.keeper
    with keeper.alone(sign_in.name):
        live.keep(grant, scopes, Tokens())


def _grant(
    authority: Authority,
    sign_in: SignIn,
    guide: Guide,
    clock: Clock,
    purpose: str,
    *,
    paste: bool,
) -> Grant:
    scopes = sign_in.asks(purpose)
    match sign_in.flow:
        case "client" | "service":
            return authority.for_client(scopes)
        case "device":
            return _by_device(authority, sign_in, guide, clock, purpose)
        case "code":
            return _by_code(authority, sign_in, guide, clock, purpose, paste=paste)


def _by_device(
    authority: Authority, sign_in: SignIn, guide: Guide, clock: Clock, purpose: str
) -> Grant:
    asked = authority.ask_device(sign_in.asks(purpose))
    guide.type_code(asked.url, asked.user_code)
    give_up, never = clock.monotonic() + min(asked.expires_in, _PATIENCE), Event()
    pause = max(asked.interval, _SHORTEST)
    while clock.monotonic() < give_up:
        clock.wait(never, min(pause, _LONGEST))
        grant = authority.poll_device(asked)
        if not isinstance(grant, Pending):
            return grant
        if grant is Pending.SLOWER:
            pause += _SLOWER
    raise Declined("expired_token", "nobody typed the code in time")


def _by_code(
    authority: Authority,
    sign_in: SignIn,
    guide: Guide,
    clock: Clock,
    purpose: str,
    *,
    paste: bool,
) -> Grant:
    parts = urlsplit(sign_in.redirect_url)
    if paste or (sign_in.redirect_url and parts.hostname not in LOCAL):
        address = sign_in.redirect_url or "http://127.0.0.1/"
        asked = authority.ask_person(address, sign_in.asks(purpose))
        guide.go_to(asked.url)
        return authority.take_code(asked, fields_of(guide.pasted()))
    with Loopback(parts.port or 0, parts.path or "/") as loopback:
        address = sign_in.redirect_url or f"http://127.0.0.1:{loopback.port}/"
        asked = authority.ask_person(address, sign_in.asks(purpose))
        guide.go_to(asked.url)
        return authority.take_code(asked, _brought(loopback, asked, clock))


def _brought(loopback: Loopback, asked: CodeRequest, clock: Clock) -> Mapping[str, str]:
    give_up = clock.monotonic() + _PATIENCE
    while clock.monotonic() < give_up:
        answer = loopback.look()
        if answer is not None and ("error" in answer or answer.get("state") == asked.state):
            return answer
    raise Declined("timeout", "nobody came back from the browser in time")


def _said(declined: Declined) -> str:
    if declined.error in _OURS:
        return declined.words
    said = f"{declined.error}: {declined.words}" if declined.words else declined.error
    return f"the provider declined: {said}"


def _failed(sign_in: SignIn, words: str, hint: str) -> Problem:
    message = f"{sign_in.name}: {words}"
    return Problem(Diagnostic("PR416", message, span=sign_in.span, help=hint))
