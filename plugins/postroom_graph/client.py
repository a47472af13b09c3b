"""Ask Graph for things: one request at a time, with limits in time and size.

Every request asks for immutable ids, which a message keeps when it is moved. Nothing is compressed
on its way, so that no answer is larger than it looks.
"""

from __future__ import annotations

import json
import ssl
import time
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlsplit

from postroom.hooks.words import plain
from postroom.source.diagnostic import Diagnostic, Problem
from postroom_graph.destinations import Destinations
from postroom_graph.problems import (
    Answer,
    diagnostic,
    failure,
    protocol_broken,
    translated,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    import httpx

    from postroom.model.settings import Secret
    from postroom_graph.settings import Server

PURPOSE = "graph"
"""What a token is asked for."""
PAGE = 100
_ANSWER = 4 * 1024 * 1024
"""Bytes that an answer in JSON may have."""
_MOST_PAGES = 50_000
_SLOWEST = 1024
"""Bytes that must come in within one timeout."""
_BRIEFLY = 3.0
"""Seconds that leaving may take."""
_UNAUTHORIZED = 401
_REDIRECTED = 300


class Graph:
    """A mailbox on Graph. Raises DeclinedError, or Problem."""

    def __init__(self, server: Server, trace: Callable[[str], None] | None = None) -> None:
        self.server = server
        self._tell = trace
        self._client = _client(server)
        self.destinations = Destinations()

    def url(self, *parts: str) -> str:
        """Return the address of something in the mailbox."""
        path = "/".join(quote(each, safe="$") for each in ("users", self.server.mailbox, *parts))
        return f"{self.server.base_url.rstrip('/')}/{path}"

    def subscriptions(self, *parts: str) -> str:
        """Return the address of the subscriptions, which are in no mailbox, or of one of them."""
        path = "/".join(quote(each, safe="") for each in ("subscriptions", *parts))
        return f"{self.server.base_url.rstrip('/')}/{path}"

    def get(self, url: str, doing: str, **query: str) -> dict[str, Any]:
        """Return a JSON object; names of options in the query get their `$`."""
        if query:
            url += "?" + "&".join(f"${k}={quote(v, safe=',')}" for k, v in query.items())
        return self._fields(self._call("GET", url, doing), doing)

    def pages(self, url: str, doing: str, **query: str) -> Iterator[dict[str, Any]]:
        """Yield the pages of a list, each with its `value`."""
        page = self.get(url, doing, **query)
        followed: set[int] = set()
        for _ in range(_MOST_PAGES):
            if not isinstance(page.get("value"), list):
                raise protocol_broken(self.server, f"{doing}: a page without `value`")
            yield page
            if "@odata.nextLink" not in page:
                return
            link = self.own(page["@odata.nextLink"], doing)
            if hash(link) in followed:
                break
            followed.add(hash(link))
            page = self.get(link, doing)
        raise protocol_broken(self.server, f"{doing}: it does not come to an end")

    def own(self, link: object, doing: str) -> str:
        """Return a link that the server gave. Raises Problem if it leads to another one."""
        ours = urlsplit(self.server.base_url)
        try:
            theirs = urlsplit(link if isinstance(link, str) else "")
        except ValueError:
            theirs = urlsplit("")
        if not isinstance(link, str) or theirs[:2] != ours[:2] or not link.isprintable():
            raise protocol_broken(self.server, f"{doing}: a link that leads to another server")
        return link

    def value(self, url: str, doing: str, most: int) -> Answer:
        """Return bytes, cut off behind most of them."""
        return self._call("GET", url, doing, most=most)

    def send(
        self,
        method: str,
        url: str,
        doing: str,
        fields: Mapping[str, object] | None = None,
        if_match: str = "",
    ) -> dict[str, Any]:
        """Change something; return what it is now, {} if the server does not say."""
        headers = {"If-Match": if_match} if if_match else {}
        body = None
        if fields is not None:
            headers["Content-Type"] = "application/json"
            body = json.dumps(fields).encode()
        answer = self._call(method, url, doing, headers=headers, body=body)
        return self._fields(answer, doing) if answer.body else {}

    def hand_over(self, url: str, doing: str, body: bytes) -> None:
        """Send a body as plain text."""
        self._call("POST", url, doing, headers={"Content-Type": "text/plain"}, body=body)

    def leave(self, url: str) -> None:
        """Delete something on the way out: within seconds, or not at all. Raises Problem."""
        request = self._client.build_request("DELETE", url, timeout=_BRIEFLY)
        self._once(request, self.server.auth.token(PURPOSE), "leaving", _ANSWER)

    def close(self) -> None:
        """Let go of the connection; any thread may call."""
        self._client.close()

    def _fields(self, answer: Answer, doing: str) -> dict[str, Any]:
        if not answer.whole:
            raise protocol_broken(self.server, f"{doing}: an answer of more than {_ANSWER} bytes")
        try:
            return answer.fields()
        except ValueError:
            raise protocol_broken(self.server, f"{doing}: an answer that is no JSON") from None

    def _call(
        self,
        method: str,
        url: str,
        doing: str,
        *,
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
        most: int = _ANSWER,
    ) -> Answer:
        """Ask; where the token is refused, once more with a fresh one."""
        auth = self.server.auth
        request = self._client.build_request(method, url, headers=headers, content=body)
        token = auth.token(PURPOSE)
        answer = self._once(request, token, doing, most)
        if answer.status == _UNAUTHORIZED:
            auth.refused(token)
            answer = self._once(request, auth.token(PURPOSE), doing, most)
        if answer.status >= _REDIRECTED:
            raise failure(self.server, answer, doing)
        return answer

    def _once(self, request: httpx.Request, token: Secret, doing: str, most: int) -> Answer:
        request.headers["Authorization"] = f"Bearer {token.reveal()}"
        self._trace(f"C: {request.method} {request.url}")
        with translated(self.server, doing):
            response = self._client.send(request, stream=True)
            try:
                body, whole = self._read(response, most)
            finally:
                response.close()
        self._trace(f"S: {response.status_code} ({len(body)} bytes)")
        stated = response.headers.get("Content-Length", "")
        size = int(stated) if not whole and stated.isdecimal() else len(body)
        after = response.headers.get("Retry-After", "")
        return Answer(response.status_code, body[:most], size, whole, after)

    def _read(self, response: httpx.Response, most: int) -> tuple[bytes, bool]:
        """Return the body, or a bit more than is wanted of it, and whether it is all.

        Raises TimeoutError for a server that sends a byte now and then.
        """
        seconds = self.server.timeout.total_seconds()
        found, since, got = bytearray(), time.monotonic(), 0
        for block in response.iter_raw():
            found += block
            got += len(block)
            if len(found) > most:
                return bytes(found), False
            if (now := time.monotonic()) - since > seconds:
                if got < _SLOWEST:
                    raise TimeoutError
                since, got = now, 0
        return bytes(found), True

    def _trace(self, line: str) -> None:
        if self._tell:
            self._tell(plain(line))


def _client(server: Server) -> httpx.Client:
    """Return a client. Raises Problem PR574 if the library is not installed, PR512."""
    try:
        import httpx
    except ImportError:
        words = "mail over Microsoft Graph needs an extra"
        raise Problem(Diagnostic("PR574", words, help="pip install 'postroom[graph]'")) from None
    try:
        context = ssl.create_default_context(cafile=server.ca_file)
    except (OSError, ssl.SSLError) as error:
        words = f"`ca_file: {server.ca_file}` cannot be used: {error.strerror or error}"
        hint = "name a file with certificates in PEM form"
        raise Problem(diagnostic("PR512", server, words, hint)) from None
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return httpx.Client(
        verify=context,
        timeout=server.timeout.total_seconds(),
        follow_redirects=False,
        headers={
            "Accept-Encoding": "identity",
            "Prefer": f'IdType="ImmutableId", odata.maxpagesize={PAGE}',
        },
    )
