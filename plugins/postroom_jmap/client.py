"""Ask a JMAP server for things: one request at a time, with limits in time and size."""

from __future__ import annotations

import base64
import json
import socket
import ssl
import time
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote, urlsplit

from postroom.hooks.words import plain
from postroom.source.diagnostic import Diagnostic, Problem
from postroom_jmap.answers import Fields, SenselessError, fields_of
from postroom_jmap.problems import (
    LIMIT,
    PASSING,
    DeclinedError,
    broken,
    of_method,
    of_status,
    problem,
    translated,
)
from postroom_jmap.session import CORE, MAIL, Session, joined, session_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    import httpx

    from postroom.model.settings import Secret
    from postroom_jmap.settings import JmapSettings

PURPOSE: Final = "jmap"
"""What a token is asked for."""
_ANSWER: Final = 16 * 1024 * 1024
"""Bytes that an answer in JSON may have."""
_ERROR: Final = 64 * 1024
"""Bytes that are read of what says why a request is refused."""
_REDIRECTS: Final = 3
_SLOWEST: Final = 1024
"""Bytes that must come in within one timeout."""
_BAD_REQUEST: Final = 400
_UNAUTHORIZED: Final = 401
_OK: Final = 200
_MOVED: Final = (301, 302, 307, 308)


class Client:
    """An account on a JMAP server. Raises DeclinedError for one thing, Problem for all."""

    def __init__(self, settings: JmapSettings, trace: Callable[[str], None] | None) -> None:
        self.settings = settings
        self._tell = trace
        self._client = _client(settings)
        self._socket: socket.socket | None = None
        self._found: Session | None = None

    @property
    def session(self) -> Session:
        """Return what the server says of itself; it is asked once."""
        if self._found is None:
            self._found = self._discover()
        return self._found

    def call(self, method: str, doing: str, **arguments: Any) -> Fields:  # noqa: ANN401 - JSON
        """Return the answer to one method call. Raises DeclinedError, Problem."""
        session = self.session
        call = [method, {"accountId": session.account, **arguments}, "0"]
        body = json.dumps({"using": [CORE, MAIL], "methodCalls": [call]}).encode()
        told = self._json("POST", session.api_url, doing, body)
        with self.sensible(doing):
            name, answer = _first_response(told)
        if name == "error":
            raise DeclinedError(str(answer.get("type")), str(answer.get("description") or ""))
        if name != method:
            raise broken(self.settings, f"{doing}: another method was answered")
        return answer

    def must(self, method: str, doing: str, **arguments: Any) -> Fields:  # noqa: ANN401 - JSON
        """Return the answer to a call without which nothing goes on. Raises Problem."""
        try:
            return self.call(method, doing, **arguments)
        except DeclinedError as declined:
            raise of_method(self.settings, declined, doing) from None

    def blob(self, blob: str, most: int, *, header_only: bool = False) -> bytes:
        """Return a blob, at most so many bytes of it, or what stands before its empty line."""
        session, found = self.session, bytearray()
        names = {"accountId": session.account, "blobId": blob, "name": "mail.eml"}
        names["type"] = "message/rfc822"
        address = _filled(session.download_url, names)
        with self._asked("GET", address, "fetching a message") as response:
            if response.status_code == 404:  # noqa: PLR2004 - as RFC 9110 has it
                raise DeclinedError("notFound")
            self._check(response, "fetching a message")
            for block in self._blocks(response):
                found += block
                if header_only and (end := found.find(b"\r\n\r\n")) >= 0:
                    return bytes(found[: end + 4])
                if len(found) > most:
                    return bytes(found[: most if header_only else most + 1])
        return bytes(found)

    @contextmanager
    def events(self, timeout: float, since: str = "") -> Iterator[Iterator[bytes] | None]:
        """Yield what the server says of its events (RFC 8620 7.3), or None if it has none.

        since is the id of the event that came last. Raises Problem PR516 if there are none now.
        """
        address = self.session.event_url
        if not address:
            yield None
            return
        address = _filled(address, {"types": "Email", "closeafter": "no", "ping": "30"})
        fields = {"Accept": "text/event-stream", "Cache-Control": "no-cache"}
        if since.isascii() and since.isprintable() and since:
            fields["Last-Event-ID"] = since
        with self._asked("GET", address, "waiting", timeout, fields) as response:
            if response.status_code in PASSING:
                self._check(response, "waiting")
            kind = response.headers.get("Content-Type", "")
            fine = response.status_code == _OK and kind.startswith("text/event-stream")
            yield response.iter_raw() if fine else None

    def close(self) -> None:
        """Let go of the connection, under another thread that reads from it as well."""
        connection, self._socket = self._socket, None
        if connection is not None:
            with suppress(OSError):
                # the plain socket's: the encrypted one's would wait for the thread that reads
                socket.socket.shutdown(connection, socket.SHUT_RDWR)
        self._client.close()

    @contextmanager
    def sensible(self, doing: str) -> Iterator[None]:
        """Look at an answer. Raises Problem PR515 if it makes no sense."""
        try:
            yield
        except SenselessError as error:
            raise broken(
                self.settings, f"{doing}: an answer that makes no sense: {error}"
            ) from None

    def _discover(self) -> Session:
        doing = "asking what the server offers"
        host = f"[{self.settings.host}]" if ":" in self.settings.host else self.settings.host
        address = f"https://{host}:{self.settings.port}/.well-known/jmap"
        for _ in range(_REDIRECTS):
            with self._asked("GET", address, doing) as response:
                if response.status_code not in _MOVED:
                    self._check(response, doing)
                    told = self._read_json(response, doing)
                    break
                address = self._redirected(address, response.headers.get("Location", ""))
        else:
            raise broken(self.settings, f"{doing}: it sends us round and round")
        with self.sensible(doing):
            found = session_of(self.settings, address, told)
        self._trace(f"S: account {found.account}")
        return found

    def _redirected(self, address: str, target: str) -> str:
        """Return where the server sends us, which must be its own."""
        with self.sensible("asking what the server offers"):
            found = joined(address, target)
        if urlsplit(found)[:2] != urlsplit(address)[:2]:
            hint = "name that server as `host` if it is the right one"
            words = f"we are sent to another server: {found}"
            raise problem("PR512", self.settings, words, hint)
        return found

    def _json(self, method: str, address: str, doing: str, body: bytes) -> Fields:
        with self._asked(method, address, doing, body=body) as response:
            self._check(response, doing)
            return self._read_json(response, doing)

    def _read_json(self, response: httpx.Response, doing: str) -> Fields:
        found = bytearray()
        for block in self._blocks(response):
            found += block
            if len(found) > _ANSWER:
                raise broken(self.settings, f"{doing}: an answer of more than {_ANSWER} bytes")
        with self.sensible(doing):
            return fields_of(bytes(found))

    def _check(self, response: httpx.Response, doing: str) -> None:
        status = response.status_code
        if status == _OK:
            return
        after = response.headers.get("Retry-After", "")
        limited = status == _BAD_REQUEST and self._kind_of_error(response) == LIMIT
        raise of_status(self.settings, status, doing, after, limited=limited)

    def _kind_of_error(self, response: httpx.Response) -> str:
        """Return the type of an error of a whole request (RFC 8620 3.6.1), or ""."""
        found = bytearray()
        for block in self._blocks(response):
            found += block
            if len(found) > _ERROR:
                return ""
        with suppress(SenselessError):
            return str(fields_of(bytes(found)).get("type"))
        return ""

    @contextmanager
    def _asked(
        self,
        method: str,
        address: str,
        doing: str,
        timeout: float = 0,
        fields: Mapping[str, str] | None = None,
        body: bytes | None = None,
    ) -> Iterator[httpx.Response]:
        """Send a request; where an access token is refused, once more with a fresh one."""
        auth = self.settings.auth
        with translated(self.settings, doing):
            request = self._client.build_request(
                method, address, content=body, timeout=timeout or self.settings.seconds
            )
            request.headers.update(fields or {})
            if body is not None:
                request.headers["Content-Type"] = "application/json"
            token = auth.token(PURPOSE) if auth else None
            response = self._once(request, token)
            if response.status_code == _UNAUTHORIZED and auth and token:
                response.close()
                auth.refused(token)
                response = self._once(request, auth.token(PURPOSE))
            try:
                yield response
            finally:
                self._socket = None
                response.close()

    def _once(self, request: httpx.Request, token: Secret | None) -> httpx.Response:
        request.headers["Authorization"] = self._proof(token)
        self._trace(f"C: {request.method} {request.url}")
        response = self._client.send(request, stream=True)
        self._trace(f"S: {response.status_code}")
        self._socket = response.extensions["network_stream"].get_extra_info("socket")
        return response

    def _proof(self, token: Secret | None) -> str:
        shown = token or self.settings.token
        if shown is not None:
            return f"Bearer {shown.reveal()}"
        password = self.settings.password.reveal() if self.settings.password else ""
        told = f"{self.settings.username}:{password}".encode()
        return f"Basic {base64.b64encode(told).decode()}"

    def _blocks(self, response: httpx.Response) -> Iterator[bytes]:
        """Yield what comes in. Raises TimeoutError for a server that sends a byte now and then."""
        since, got = time.monotonic(), 0
        for block in response.iter_raw():
            yield block
            got += len(block)
            if (now := time.monotonic()) - since > self.settings.seconds:
                if got < _SLOWEST:
                    raise TimeoutError
                since, got = now, 0

    def _trace(self, line: str) -> None:
        if self._tell:
            self._tell(plain(line))


def _client(settings: JmapSettings) -> httpx.Client:
    """Return a client. Raises Problem PR574 if the library is not installed, PR512."""
    try:
        import httpx
    except ImportError:
        words = "mail over JMAP needs an extra"
        raise Problem(Diagnostic("PR574", words, help="pip install 'postroom[jmap]'")) from None
    try:
        context = ssl.create_default_context(cafile=settings.ca_file)
    except (OSError, ssl.SSLError) as error:
        words = f"`ca_file: {settings.ca_file}` cannot be used: {error.strerror or error}"
        hint = "name a file with certificates in PEM form"
        raise problem("PR512", settings, words, hint) from None
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    # nothing is compressed on its way, so that no answer is larger than it looks
    headers = {"Accept-Encoding": "identity"}
    return httpx.Client(verify=context, follow_redirects=False, headers=headers, trust_env=False)


def _first_response(told: Fields) -> tuple[str, Fields]:
    responses = told.get("methodResponses")
    match responses:
        case [[str() as name, dict() as answer, *_], *_]:
            return name, answer
        case _:
            raise SenselessError("no method is answered")


def _filled(template: str, names: dict[str, str]) -> str:
    """Return a URI template (RFC 6570, level 1) filled in."""
    for name, value in names.items():
        template = template.replace(f"{{{name}}}", quote(value, safe=""))
    return template
