"""A provider that a rule file declares: OAuth 2, and how providers depart from it."""

from __future__ import annotations

import base64
import hashlib
import secrets
from typing import TYPE_CHECKING
from urllib.parse import quote, urlencode, urlsplit

from postroom.runtime.signin.grant import (
    PENDING,
    Busy,
    CodeRequest,
    Declined,
    DeviceRequest,
    Grant,
    Pending,
    compared,
)
from postroom.runtime.signin.wire import post, seconds

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from postroom.model.settings import Secret
    from postroom.model.signin import SignIn

_SIGNED_GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
_DEVICE_GRANT = "urn:ietf:params:oauth:grant-type:device_code"
_HOUR = 3_600.0
_LONGEST_DEVICE = 900.0
_OK = 200


class GenericAuthority:
    """RFC 6749, 7523, 7636 and 8628 over the addresses and names of a `Provider`."""

    def __init__(
        self,
        sign_in: SignIn,
        client_id: str,
        secret: Secret | None,
        tenant: str,
        sign: Callable[[Mapping[str, str]], str],
    ) -> None:
        self._sign_in = sign_in
        self._provider = sign_in.provider
        self._client_id = client_id
        self._secret = secret
        self._tenant = tenant
        self._sign = sign

    def ask_person(self, redirect_uri: str, scopes: Sequence[str]) -> CodeRequest:
        """Return the address with PKCE's challenge in it."""
        verifier, state = secrets.token_urlsafe(48), secrets.token_urlsafe(24)
        digest = hashlib.sha256(verifier.encode("ascii")).digest()
        challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode("ascii")
        usual = {
            "response_type": "code",
            "client_id": "${client_id}",
            "redirect_uri": "${redirect_uri}",
            "scope": "${scope}",
            "state": "${state}",
            "code_challenge": "${code_challenge}",
            "code_challenge_method": "S256",
        }
        if self._sign_in.user:
            usual["login_hint"] = self._sign_in.user
        known = {
            "redirect_uri": redirect_uri,
            "scope": " ".join(scopes),
            "state": state,
            "code_challenge": challenge,
        }
        url = self._provider.authorize_url
        asked = urlencode(self._filled("authorize", usual, known), quote_via=quote)
        joined = f"{url}{'&' if urlsplit(url).query else '?'}{asked}"
        return CodeRequest(joined, state, redirect_uri, verifier)

    def take_code(self, asked: CodeRequest, answer: Mapping[str, str]) -> Grant:
        """Turn the code into tokens; the state is compared first (RFC 6749 10.12)."""
        compared(asked, answer)
        usual = {
            "grant_type": "authorization_code",
            "code": "${code}",
            "redirect_uri": "${redirect_uri}",
            "code_verifier": "${code_verifier}",
        }
        known = {
            "code": answer.get("code", ""),
            "redirect_uri": asked.redirect_uri,
            "code_verifier": asked.memory,
        }
        return self._grant(self._token("token", usual, known))

    def ask_device(self, scopes: Sequence[str]) -> DeviceRequest:
        """Ask for a code that a person can type."""
        form = self._filled(
            "device",
            {"client_id": "${client_id}", "scope": "${scope}"},
            {"scope": " ".join(scopes)},
        )
        said = self._post(self._provider.device_url, form)
        self._raise_if_declined(said)
        return DeviceRequest(
            url=said.get("verification_uri", ""),
            user_code=said.get("user_code", ""),
            interval=seconds(said.get("interval", ""), 5.0),
            expires_in=min(seconds(said.get("expires_in", ""), _LONGEST_DEVICE), _LONGEST_DEVICE),
            memory=said.get("device_code", ""),
        )

    def poll_device(self, asked: DeviceRequest) -> Grant | Pending:
        """Ask once whether the code was typed."""
        usual = {"grant_type": _DEVICE_GRANT, "device_code": "${device_code}"}
        said = self._token("token", usual, {"device_code": asked.memory})
        return PENDING.get(said.get("error", "")) or self._grant(said)

    def renew(self, refresh_token: str, scopes: Sequence[str]) -> Grant:
        """Use the refresh token."""
        usual = {"grant_type": "refresh_token", "refresh_token": "${refresh_token}"}
        known = {"refresh_token": refresh_token, "scope": " ".join(scopes)}
        return self._grant(self._token("refresh", usual, known))

    def for_client(self, scopes: Sequence[str]) -> Grant:
        """Sign in as the application, or by what it signs in the name of a mailbox."""
        if self._sign_in.flow == "service":
            return self._by_assertion(scopes)
        usual = {"grant_type": "client_credentials", "scope": "${scope}"}
        return self._grant(self._token("client", usual, {"scope": " ".join(scopes)}))

    def _by_assertion(self, scopes: Sequence[str]) -> Grant:
        """Show what the application has signed (RFC 7523 2.1). Raises Problem PR417."""
        usual = {
            "iss": "${client_id}",
            "sub": "${user}",
            "aud": "${token_url}",
            "scope": "${scope}",
        }
        known = {"scope": " ".join(scopes), "token_url": self._provider.token_url}
        signed = self._sign(self._filled("claims", usual, known))
        usual = {"grant_type": _SIGNED_GRANT, "assertion": "${assertion}"}
        form = self._filled("service", usual, {**known, "assertion": signed})
        return self._grant(self._post(self._provider.token_url, form))

    def _token(
        self, request: str, usual: Mapping[str, str], known: Mapping[str, str]
    ) -> dict[str, str]:
        by_form = self._provider.client == "body"
        own = {"client_id": "${client_id}"} if by_form else {}
        if by_form and self._secret is not None:
            own["client_secret"] = "${client_secret}"  # noqa: S105 - it stands for it
        form = self._filled(request, {**usual, **own}, known)
        basic = None
        if not by_form:
            basic = (self._client_id, self._secret.reveal() if self._secret else "")
        return self._post(self._provider.token_url, form, basic)

    def _post(
        self, url: str, form: Mapping[str, str], basic: tuple[str, str] | None = None
    ) -> dict[str, str]:
        """Return what was answered, by the usual names."""
        answer = post(url, form, basic=basic, ca_file=self._sign_in.ca_file)
        theirs = {own: usual for usual, own in self._provider.answers.items()}
        said = {theirs.get(name, name): value for name, value in answer.fields.items()}
        if answer.status != _OK and "error" not in said:
            said["error"] = str(answer.status)
        return said

    def _filled(
        self, request: str, usual: Mapping[str, str], known: Mapping[str, str]
    ) -> dict[str, str]:
        """Return the parameters of a request, with what they stand for."""
        named = {**usual, **self._provider.parameters.get(request, {})}
        values = {
            **known,
            "client_id": self._client_id,
            "tenant": self._tenant,
            "user": self._sign_in.user,
            "client_secret": self._secret.reveal() if self._secret else "",
        }
        return {name: _fill(text, values) for name, text in named.items() if text}

    def _grant(self, said: Mapping[str, str]) -> Grant:
        self._raise_if_declined(said)
        token = said.get("access_token", "")
        if not token:
            raise Busy(f"`{self._provider.name}` answers without an access token")
        # some say 0 of tokens that live on: each request would renew, and turn the refresh token
        expires_in = seconds(said.get("expires_in", ""), _HOUR) or _HOUR
        lasts = seconds(said.get("refresh_token_expires_in", ""), 0)
        return Grant(token, expires_in, said.get("refresh_token", ""), lasts)

    def _raise_if_declined(self, said: Mapping[str, str]) -> None:
        if "error" in said:
            raise Declined(said["error"], said.get("error_description", ""))


def _fill(text: str, values: Mapping[str, str]) -> str:
    """Put in what `${name}` stands for, once: what is put in is not looked at again."""
    pieces = text.split("${")
    filled = [pieces[0]]
    for piece in pieces[1:]:
        name, brace, rest = piece.partition("}")
        filled.append(values[name] + rest if brace and name in values else "${" + piece)
    return "".join(filled)
