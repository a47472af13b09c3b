"""Microsoft's identity platform, through its own library, msal."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

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
from postroom.runtime.signin.wire import limited, raise_if_busy, seconds
from postroom.source.diagnostic import Diagnostic, Problem

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from postroom.model.settings import Secret
    from postroom.model.signin import SignIn

_PASSING = ("temporarily_unavailable", "server_error", "429", "503")
_TIMEOUT = 30
_BLOCK = 8_192
_HOUR = 3_600.0
_SENSELESS = (
    ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError, RuntimeError,
)  # fmt: skip
"""What msal makes of answers that nobody thought of."""


class MicrosoftAuthority:
    """An application of a directory. msal keeps nothing: tokens go straight to our own file."""

    def __init__(self, sign_in: SignIn, client_id: str, secret: Secret | None, tenant: str) -> None:
        self._sign_in = sign_in
        self._client_id = client_id
        self._secret = secret
        self._address = f"{sign_in.provider.authority.rstrip('/')}/{tenant}"

    def ask_person(self, redirect_uri: str, scopes: Sequence[str]) -> CodeRequest:
        """Return the address; msal adds PKCE's challenge and the state."""
        with warnings.catch_warnings():
            # msal would rather have a form posted, which nobody can paste
            warnings.simplefilter("ignore", UserWarning)
            asked = self._do(
                lambda app: app.initiate_auth_code_flow(
                    list(scopes), redirect_uri=redirect_uri, login_hint=self._sign_in.user or None
                )
            )
        return CodeRequest(asked["auth_uri"], asked["state"], redirect_uri, asked)

    def take_code(self, asked: CodeRequest, answer: Mapping[str, str]) -> Grant:
        """Turn the code into tokens."""
        compared(asked, answer)
        return _grant(
            self._do(lambda app: app.acquire_token_by_auth_code_flow(asked.memory, dict(answer)))
        )

    def ask_device(self, scopes: Sequence[str]) -> DeviceRequest:
        """Ask for a code that a person can type."""
        asked = self._do(lambda app: app.initiate_device_flow(list(scopes)))
        if "user_code" not in asked:
            _raise(asked)
        # with a pause of nothing msal would ask again and again by itself
        asked["interval"] = max(1, int(seconds(asked.get("interval"), 5)))
        return DeviceRequest(
            str(asked.get("verification_uri")),
            asked["user_code"],
            asked["interval"],
            seconds(asked.get("expires_in"), 900),
            asked,
        )

    def poll_device(self, asked: DeviceRequest) -> Grant | Pending:
        """Ask once whether the code was typed."""
        said = self._do(
            lambda app: app.acquire_token_by_device_flow(
                asked.memory, exit_condition=lambda _flow: True
            )
        )
        return PENDING.get(str(said.get("error"))) or _grant(said)

    def renew(self, refresh_token: str, scopes: Sequence[str]) -> Grant:
        """Use the refresh token; Microsoft gives a new one each time."""
        return _grant(
            self._do(lambda app: app.acquire_token_by_refresh_token(refresh_token, list(scopes)))
        )

    def for_client(self, scopes: Sequence[str]) -> Grant:
        """Sign in as the application, with its secret or certificate."""
        return _grant(self._do(lambda app: app.acquire_token_for_client(list(scopes))))

    def _do(self, ask: Any) -> dict[str, Any]:  # noqa: ANN401 - msal's own objects
        """Ask, with an application of msal's that remembers nothing of earlier questions."""
        try:
            import msal
            import requests
        except ImportError:
            words = "signing in at Microsoft needs an extra"
            hint = "pip install 'postroom[oauth]'"
            raise Problem(Diagnostic("PR419", words, help=hint)) from None
        with requests.Session() as session:
            if self._sign_in.ca_file is not None:
                session.verify = str(self._sign_in.ca_file)
                session.trust_env = False  # a bundle named in the environment would win
            try:
                said = ask(self._application(msal, session))
            except (requests.RequestException, msal.exceptions.MsalServiceError) as error:
                words = f"Microsoft's sign-in cannot be reached: {type(error).__name__}"
                raise Busy(words) from None
            except _SENSELESS as error:
                words = f"Microsoft's sign-in answers without sense ({type(error).__name__})"
                raise Busy(words) from None
        return dict(said or {})

    def _application(self, msal: Any, session: Any) -> Any:  # noqa: ANN401 - msal has no types
        shared = {
            "authority": self._address,
            "http_client": _Limited(session, self._address),
            # the address stands in the rules: nobody need be asked whether it exists
            "instance_discovery": False,
        }
        proof = self._proof()
        if proof is None:
            return msal.PublicClientApplication(self._client_id, **shared)
        return msal.ConfidentialClientApplication(
            self._client_id, client_credential=proof, **shared
        )

    def _proof(self) -> str | dict[str, str] | None:
        """Return what proves that we are the application; None where nothing has to."""
        if self._sign_in.certificate is not None:
            return _certificate(self._sign_in)
        return self._secret.reveal() if self._secret is not None else None


class _Limited:
    """msal's idea of an HTTP client, over requests, with limits in time and size.

    requests would wait for ever, and carry secrets to wherever a redirection points. Raises Busy,
    and Declined for a directory that does not exist.
    """

    def __init__(self, session: Any, directory: str) -> None:  # noqa: ANN401
        self._session = session
        self._directory = directory.rpartition("/")[2]

    def post(self, url: str, **kwargs: Any) -> Any:  # noqa: ANN401
        return self._asked("POST", url, **kwargs)

    def get(self, url: str, **kwargs: Any) -> Any:  # noqa: ANN401
        """Ask what the directory offers, which is all that msal gets."""
        response = self._asked("GET", url, **kwargs)
        if 400 <= response.status_code < 500:  # noqa: PLR2004 - as RFC 9110 has it
            words = f"there is no directory `{self._directory}`: see `tenant`"
            raise Declined("invalid_tenant", words)
        return response

    def _asked(self, method: str, url: str, **kwargs: Any) -> Any:  # noqa: ANN401
        limits = {"timeout": _TIMEOUT, "allow_redirects": False, "stream": True}
        with self._session.request(method, url, **limits, **kwargs) as response:
            found = limited(response.iter_content(_BLOCK), url)
        raise_if_busy(url, response.status_code, response.headers.get("Retry-After", ""))
        response._content = found  # noqa: SLF001 - what `text` is made of
        return response

    def close(self) -> None:
        self._session.close()


def _certificate(sign_in: SignIn) -> dict[str, str]:
    """Return key and thumbprint as msal wants them. Raises Problem PR417."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization

    path = sign_in.certificate
    try:
        pem = path.read_bytes() if path else b""
        found = x509.load_pem_x509_certificate(pem)
        serialization.load_pem_private_key(pem, None)  # TypeError: it wants a password
    except (OSError, ValueError, TypeError) as error:
        words = f"the certificate `{path}` cannot be used: {type(error).__name__}"
        hint = "name a PEM file with the private key, without a password, and the certificate"
        raise Problem(Diagnostic("PR417", words, span=sign_in.span, help=hint)) from None
    return {
        "private_key": pem.decode("ascii", "replace"),
        "thumbprint": found.fingerprint(hashes.SHA1()).hex(),  # noqa: S303 - RFC 7515 `x5t`
        "public_certificate": pem.decode("ascii", "replace"),
    }


def _grant(said: Mapping[str, Any]) -> Grant:
    token = said.get("access_token")
    if not token:
        _raise(said)
    expires_in = seconds(said.get("expires_in"), _HOUR) or _HOUR
    lasts = seconds(said.get("refresh_token_expires_in"), 0)
    return Grant(str(token), expires_in, str(said.get("refresh_token") or ""), lasts)


def _raise(said: Mapping[str, Any]) -> None:
    error = str(said.get("error", "no answer"))
    words = str(said.get("error_description", "")).split("\n")[0]
    if error in _PASSING:
        raise Busy(words or error)
    raise Declined(error, words)
