"""How exchangelib reaches the server: our own sessions, limited in time and size.

exchangelib keeps adapters, timeouts and connections for the whole process, and answers with its own
ideas of waiting; none of that is used. A token is shown with each request, and a fresh one once
where it is refused. A status that only tells us to wait is raised before anybody reads it.
"""

from __future__ import annotations

import ssl
import time
from typing import TYPE_CHECKING, Any

import requests
from exchangelib import protocol
from requests.adapters import HTTPAdapter

from postroom_ews.problems import HttpError

if TYPE_CHECKING:
    from collections.abc import Callable

    from exchangelib import Configuration

    from postroom.model.signin import Credential
    from postroom_ews.settings import EwsSettings

PURPOSE = "ews"
"""What a token is asked for."""
_SLOWEST = 1024
"""Bytes that must come in within one timeout."""
_BLOCK = 64 * 1024
_UNAUTHORIZED = 401
_NO_SOAP = frozenset({403, 429, 502, 503, 504})


class Wire(protocol.Protocol):  # type: ignore[misc]  # exchangelib has no types
    """A server of one account."""

    def __init__(
        self,
        config: Configuration,
        settings: EwsSettings,
        most: int,
        trace: Callable[[str], None] | None,
    ) -> None:
        super().__init__(config=config)
        self._settings = settings
        self._most = most
        self._tell = trace
        self.TIMEOUT = settings.seconds

    def create_session(self) -> requests.Session:
        """Return a session that signs in."""
        settings = self._settings
        session = requests.Session()
        session.trust_env = False
        session.headers.update(protocol.DEFAULT_HEADERS)
        session.headers["Accept-Encoding"] = "identity"
        session.verify = str(settings.ca_file) if settings.ca_file else _authorities()
        adapter = Adapter(settings.auth, settings.seconds, self._most, self._tell)
        session.mount(settings.url, adapter)
        if settings.username is not None and settings.password is not None:
            session.auth = protocol.get_auth_instance(
                auth_type=self.auth_type,
                username=settings.username,
                password=settings.password.reveal(),
            )
        # what exchangelib wants to find at a session
        session.session_id, session.usage_count = 1, 0  # type: ignore[attr-defined]
        return session

    @classmethod
    def opened(cls, *args: Any) -> Wire:  # noqa: ANN401 - those of the class
        """Return a new one, past the metaclass that would keep it for the whole process."""
        made: Wire = type.__call__(cls, *args)
        return made


class Adapter(HTTPAdapter):
    """Sends requests, and reads answers up to a limit."""

    def __init__(
        self,
        auth: Credential | None,
        seconds: float,
        most: int,
        trace: Callable[[str], None] | None,
    ) -> None:
        super().__init__(pool_connections=1, pool_maxsize=1, max_retries=0)
        self._auth, self._seconds, self._most, self._tell = auth, seconds, most, trace

    def send(self, request: requests.PreparedRequest, **options: Any) -> requests.Response:  # type: ignore[override]  # noqa: ANN401
        """Send a request; where its token is refused, once more with a fresh one."""
        options["stream"] = True
        if self._auth is None:
            return self._read(super().send(request, **options))
        token = self._auth.token(PURPOSE)
        request.headers["Authorization"] = f"Bearer {token.reveal()}"
        response = self._read(super().send(request, **options))
        if response.status_code == _UNAUTHORIZED:
            self._auth.refused(token)
            fresh = self._auth.token(PURPOSE).reveal()
            request.headers["Authorization"] = f"Bearer {fresh}"
            response = self._read(super().send(request, **options))
        return response

    def _read(self, response: requests.Response) -> requests.Response:
        """Read a body whole. Raises HttpError, and requests' own for one that does not end."""
        body, since, got = bytearray(), time.monotonic(), 0
        for block in response.iter_content(_BLOCK):
            body += block
            got += len(block)
            if len(body) > self._most:
                response.close()
                raise ValueError("the server sends more than was asked for")
            if (now := time.monotonic()) - since > self._seconds:
                if got < _SLOWEST:
                    response.close()
                    raise requests.exceptions.ReadTimeout("hardly anything came in")
                since, got = now, 0
        response._content = bytes(body)  # noqa: SLF001 - what `content` looks at first
        if self._tell:
            self._tell(f"S: {response.status_code} ({len(body)} bytes)")
        if response.status_code in _NO_SOAP:
            raise HttpError(response.status_code, response.headers.get("Retry-After", ""))
        return response


def _authorities() -> str | bool:
    """Return where the system keeps the certificates that it trusts."""
    paths = ssl.get_default_verify_paths()
    return paths.cafile or paths.capath or True
