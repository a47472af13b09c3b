"""How exchangelib reaches the server: our own sessions, limited in time and size.

exchangelib keeps adapters, timeouts and connections for the whole process, and answers with its own
ideas of waiting; none of that is used. A token is shown with each request, and a fresh one once
where it is refused. A status that only tells us to wait is raised before anybody reads the answer.
"""

from __future__ import annotations

import ssl
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import exchangelib
import requests
from exchangelib import protocol
from requests.adapters import HTTPAdapter

from postroom_ews.problems import HttpError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from exchangelib import Configuration
    from urllib3.response import BaseHTTPResponse

    from postroom.model.signin import Credential
    from postroom_ews.settings import EwsSettings

PURPOSE = "ews"
"""What a token is asked for."""
_SLOWEST = 1024
"""Bytes that must come in within one timeout."""
_BLOCK = 64 * 1024
_NOTICES = 512 * 1024
"""Bytes that a stream of notices may have; it is read byte by byte."""
_UNAUTHORIZED = 401
_NO_SOAP = frozenset({_UNAUTHORIZED, 403, 429, 502, 503, 504})


class Policy(exchangelib.FailFast):  # type: ignore[misc]  # exchangelib has no types
    """Never waits; raises HttpError for what is no SOAP."""

    def raise_response_errors(self, response: requests.Response) -> None:
        """Raise for an answer that need not be read."""
        if response.status_code in _NO_SOAP:
            said = response.headers
            after, offers = said.get("Retry-After", ""), said.get("WWW-Authenticate", "")
            raise HttpError(response.status_code, after, offers)
        super().raise_response_errors(response)


class Wire(protocol.Protocol):  # type: ignore[misc]  # exchangelib has no types
    """A server of one account."""

    def __init__(
        self,
        config: Configuration,
        settings: EwsSettings,
        most: int,
        trace: Callable[[str], None] | None,
    ) -> None:
        self._adapter = Adapter(settings.auth, settings.seconds, most, trace)
        self._settings = settings
        super().__init__(config=config)
        self.TIMEOUT = settings.seconds

    def create_session(self) -> requests.Session:
        """Return a session that signs in."""
        settings = self._settings
        session = requests.Session()
        session.trust_env = False
        session.headers.update(protocol.DEFAULT_HEADERS)
        session.headers["Accept-Encoding"] = "identity"
        session.verify = str(settings.ca_file) if settings.ca_file else _authorities()
        session.mount(settings.url, self._adapter)
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

    @property
    def is_idle(self) -> bool:
        """Whether nothing is being asked for."""
        return bool(self._session_pool.qsize())

    def interrupt(self) -> None:
        """Have the stream end that is being read, and those to come; any thread may call."""
        self._adapter.interrupt()


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
        self._streaming_for: float | None = None
        self._answer: Answer | None = None
        self._interrupted = False

    def send(self, request: requests.PreparedRequest, **options: Any) -> requests.Response:  # type: ignore[override]  # noqa: ANN401
        """Send a request; where its token is refused, once more with a fresh one."""
        self._streaming_for = options["timeout"] if options.get("stream") else None
        options["stream"] = True
        if self._auth is None:
            return super().send(request, **options)
        token = self._auth.token(PURPOSE)
        request.headers["Authorization"] = f"Bearer {token.reveal()}"
        response = super().send(request, **options)
        if response.status_code == _UNAUTHORIZED:
            response.close()
            self._auth.refused(token)
            fresh = self._auth.token(PURPOSE).reveal()
            request.headers["Authorization"] = f"Bearer {fresh}"
            response = super().send(request, **options)
        return response

    def build_response(
        self, req: requests.PreparedRequest, resp: BaseHTTPResponse
    ) -> requests.Response:
        """Return an answer that is limited. Called once its head is there."""
        if self._tell:
            self._tell(f"S: {resp.status} ({resp.headers.get('Content-Length', '?')} bytes)")
        limits = (self._most, self._seconds, self._streaming_for)
        answer = Answer(super().build_response(req, resp), *limits)
        self._answer = answer
        if self._interrupted:
            self.interrupt()
        return answer

    def interrupt(self) -> None:
        """Have the stream end that is being read, and those to come."""
        self._interrupted = True
        if self._answer is not None and self._answer.is_stream:
            with suppress(ValueError, RuntimeError, OSError):  # it has ended by itself
                self._answer.raw.shutdown()


class Answer(requests.Response):
    """An answer of so many bytes at most, that must not trickle in.

    A stream ends by itself after some seconds, and has no other limit in time.
    """

    def __init__(
        self, response: requests.Response, most: int, seconds: float, streaming_for: float | None
    ) -> None:
        super().__init__()
        vars(self).update(vars(response))
        self._most, self._seconds = most, seconds
        self._until = None if streaming_for is None else time.monotonic() + streaming_for

    @property
    def is_stream(self) -> bool:
        """Whether it goes on for as long as somebody listens."""
        return self._until is not None

    def iter_content(self, chunk_size: int | None = 1, *_: object, **__: object) -> Iterator[Any]:
        """Yield the body; whole if it was read before, for exchangelib would go byte by byte.

        Raises ValueError for one that is too large, ReadTimeout for one that trickles in.
        """
        if self._until is not None:
            yield from self._streamed(super().iter_content(chunk_size), self._until)
        elif isinstance(self._content, bytes):
            yield self._content
        else:
            yield from self._limited(super().iter_content(_BLOCK))

    def _limited(self, blocks: Iterator[bytes]) -> Iterator[bytes]:
        since, got, left = time.monotonic(), 0, self._most
        for block in blocks:
            got, left = got + len(block), left - len(block)
            self._see_that_it_fits(left)
            yield block
            if (now := time.monotonic()) - since > self._seconds:
                if got < _SLOWEST:
                    self.close()
                    raise requests.exceptions.ReadTimeout("hardly anything came in")
                since, got = now, 0

    def _streamed(self, blocks: Iterator[bytes], until: float) -> Iterator[bytes]:
        left = _NOTICES
        for block in blocks:
            if time.monotonic() > until:
                return
            left -= len(block)
            self._see_that_it_fits(left)
            yield block

    def _see_that_it_fits(self, left: int) -> None:
        if left < 0:
            self.close()
            raise ValueError("the server sends more than was asked for")


def _authorities() -> str | bool:
    """Return where the system keeps the certificates that it trusts."""
    paths = ssl.get_default_verify_paths()
    return paths.cafile or paths.capath or True
