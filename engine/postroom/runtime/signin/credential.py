"""A live credential: hands out access tokens, renewed ahead of their end, one renewal at a time."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from threading import Lock
from typing import TYPE_CHECKING

from postroom.hooks.failpoints import failpoint
from postroom.model.settings import Secret, SecretRef
from postroom.runtime.signin.assertion import assertion
from postroom.runtime.signin.generic import GenericAuthority
from postroom.runtime.signin.grant import Busy, Declined
from postroom.runtime.signin.kept import Access, Tokens
from postroom.runtime.signin.microsoft import MicrosoftAuthority
from postroom.source.diagnostic import Diagnostic, Problem

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from postroom.model.signin import Method, SignIn
    from postroom.runtime.clock import Clock
    from postroom.runtime.signin.grant import Authority, Grant
    from postroom.runtime.signin.kept import Keeper

AHEAD = 300.0
"""Seconds before its end at which a token is renewed."""
_LONGEST = 10 * 365 * 86_400.0
"""Seconds that a token is believed to live, whatever is said of it."""
_SHORT = 0.2
"""Of a token that lives shortly, the part of its life before its end at which it is renewed."""


class StoredCredential:
    """The tokens of one sign-in. Any thread may ask."""

    def __init__(self, sign_in: SignIn, authority: Authority, keeper: Keeper, clock: Clock) -> None:
        self._sign_in = sign_in
        self._authority = authority
        self._keeper = keeper
        self._clock = clock
        self._lock = Lock()
        self._refused: set[str] = set()

    @property
    def method(self) -> Method | None:
        """How the rule file wants tokens to be shown."""
        return self._sign_in.method

    def token(self, purpose: str) -> Secret:
        """Return an access token. Raises Problem PR413, PR416, PR417, PR516."""
        scopes = self._sign_in.asks(purpose)
        with self._lock:
            found = self._fresh(self._keeper.read(self._sign_in.name), scopes)
            if found is None:
                with self._keeper.alone(self._sign_in.name):
                    found = self._renewed(scopes)
        return Secret(found.token)

    def refused(self, token: Secret) -> None:
        """Do not hand this token out again."""
        with self._lock:
            self._refused.add(token.reveal())

    def _fresh(self, tokens: Tokens | None, scopes: Sequence[str]) -> Access | None:
        found = tokens.access.get(" ".join(scopes)) if tokens else None
        if found is None or found.token in self._refused:
            return None
        return found if found.until > self._clock.now().timestamp() else None

    def _renewed(self, scopes: Sequence[str]) -> Access:
        """Renew, unless another process has done so meanwhile; keep, then hand out."""
        tokens = self._keeper.read(self._sign_in.name)
        unkept = self._keeper.unkept.get(self._sign_in.name)
        if unkept is not None and (tokens is None or tokens.since <= unkept.since):
            tokens = unkept
            self._write(tokens)
        found = self._fresh(tokens, scopes)
        if found is not None:
            return found
        if not self._sign_in.by_person:
            grant = self._asked(lambda: self._authority.for_client(scopes))
            return self.keep(grant, scopes, tokens or Tokens())
        if tokens is None or not tokens.refresh_token:
            raise _problem(self._sign_in, "PR413", "nobody has signed in yet")
        refresh_token = tokens.refresh_token
        # it may be good once: ask only if what comes in its place can be kept
        self._keeper.write(self._sign_in.name, tokens)
        failpoint("before-renewal")
        grant = self._asked(lambda: self._authority.renew(refresh_token, scopes))
        return self.keep(grant, scopes, tokens)

    def keep(self, grant: Grant, scopes: Sequence[str], tokens: Tokens) -> Access:
        """Make tokens durable; what is returned may be used from now on."""
        failpoint("renewed")
        now = self._clock.now().timestamp()
        lasts = min(grant.expires_in, _LONGEST)
        access = Access(grant.access_token, now + lasts - min(AHEAD, lasts * _SHORT))
        others = {kept: each for kept, each in tokens.access.items() if each.until > now}
        changed = replace(tokens, access={**others, " ".join(scopes): access})
        if grant.refresh_token and grant.refresh_token != tokens.refresh_token:
            changed = replace(changed, refresh_token=grant.refresh_token, since=now, until=0)
        if grant.refresh_expires_in:
            changed = replace(changed, until=now + min(grant.refresh_expires_in, _LONGEST))
        self._write(replace(changed, used=now))
        failpoint("tokens-kept")
        return access

    def _write(self, tokens: Tokens) -> None:
        self._keeper.unkept[self._sign_in.name] = tokens
        self._keeper.write(self._sign_in.name, tokens)
        self._keeper.unkept.pop(self._sign_in.name, None)

    def _asked(self, ask: Callable[[], Grant]) -> Grant:
        try:
            return ask()
        except Declined as declined:
            said = f"{declined.error}: {declined.words}" if declined.words else declined.error
            words = f"`{self._sign_in.provider.name}` no longer gives tokens: {said}"
            raise _problem(self._sign_in, "PR416", words) from None
        except Busy as busy:
            words, hint = f"no token now: {busy.words}", "it is tried again by itself"
            after = None if busy.after is None else timedelta(seconds=busy.after)
            found = Diagnostic("PR516", words, span=self._sign_in.span, help=hint)
            raise Problem(found, after) from None


@dataclass(frozen=True)
class Credentials:
    """Makes credentials of sign-ins. Those of one name share what is kept, and its lock."""

    keeper: Keeper
    clock: Clock
    resolve: Callable[[SecretRef], Secret]

    def of(self, sign_in: SignIn) -> StoredCredential:
        """Return the credential of a sign-in. Raises Problem PR410 for its secrets."""
        return StoredCredential(sign_in, self.authority(sign_in), self.keeper, self.clock)

    def authority(self, sign_in: SignIn) -> Authority:
        """Return the provider as this sign-in sees it."""
        reference = sign_in.client_secret
        secret = self.resolve(reference) if reference else None
        client_id, tenant = self._text(sign_in.client_id), self._text(sign_in.tenant)
        if sign_in.provider.authority:
            return MicrosoftAuthority(sign_in, client_id, secret, tenant)
        return GenericAuthority(sign_in, client_id, secret, tenant, self._sign(sign_in))

    def _sign(self, sign_in: SignIn) -> Callable[[Mapping[str, str]], str]:
        """Return what signs claims; the key is had when it is needed, and not kept."""

        def sign(claims: Mapping[str, str]) -> str:
            key = self.resolve(sign_in.key) if sign_in.key else Secret("")
            return assertion(key, claims, self.clock.now().timestamp(), sign_in.span)

        return sign

    def _text(self, given: str | SecretRef) -> str:
        return self.resolve(given).reveal() if isinstance(given, SecretRef) else given


def _problem(sign_in: SignIn, code: str, words: str) -> Problem:
    hint = f"postroom login {sign_in.name}"
    if code == "PR416" and not sign_in.by_person:
        hint = "see whether the secret has expired, and what the application may do"
    return Problem(Diagnostic(code, f"{sign_in.name}: {words}", span=sign_in.span, help=hint))
