"""Where Graph calls us: a port that all accounts share which name it.

Anybody can call. What comes in has no effect but this: who knows the secret of a subscription can
have its folder looked at.
"""

from __future__ import annotations

import json
import threading
from contextlib import contextmanager
from functools import partial
from hashlib import sha256
from typing import TYPE_CHECKING, Final
from urllib.parse import parse_qs, urlsplit

from postroom.hooks.http_talk import HttpTalk, Limits, RefusedError
from postroom.hooks.listening import on_port, own_certificate
from postroom.hooks.talks import Room, Talks
from postroom.source.diagnostic import Diagnostic, Problem

if TYPE_CHECKING:
    import socket
    import ssl
    from collections.abc import Callable, Iterator, Mapping

    from postroom.hooks.http_talk import Request
    from postroom_graph.ear import Ear
    from postroom_graph.settings import Push

_LIMIT: Final = 512 * 1024
"""Bytes of a request; a notice has less than 2,000."""
_MOST: Final = 1_000
"""Notices of one request that are looked at."""
_ROOM: Final = 32 * _LIMIT
_SECONDS: Final = 10.0
_CONNECTIONS: Final = 64
_OF_ONE_CLIENT: Final = 16
"""So that a stranger does not take the place of Graph; a proxy in front makes all of them one."""
_LONGEST_TOKEN: Final = 2_048
_ACCEPTED: Final = (202, "")


class Line:
    """Takes calls. Any thread may use it."""

    def __init__(self, told: Push) -> None:
        self.told = told
        self.ears: dict[bytes, Ear] = {}
        """By the digest of their secret: how long it takes to find one says nothing of any."""
        self.held: set[str] = set()
        """Ids of the subscriptions that accounts of this process live by."""
        self._beginning: dict[str, threading.Lock] = {}
        self._talks: Talks | None = None
        self._asking = 0
        self._strange = 0
        self._lock = threading.Lock()

    def open(self) -> None:
        """Listen. Raises Problem PR518, PR543."""
        if self.told.certificate is not None:
            own_certificate(self.told.certificate, self.told.key)
        listening = on_port(self.told.host, self.told.port, "choose another `push_listen:`")
        each = _OF_ONE_CLIENT if self.told.certificate is not None else 0
        self._talks = Talks("graph", listening, _CONNECTIONS, each)
        path = urlsplit(self.told.url).path or "/"
        self._talks.start(partial(self._begin, Limits(path, _SECONDS, _LIMIT), Room(_ROOM)))

    def close(self) -> None:
        """Take no more calls."""
        if self._talks is not None:
            self._talks.stop()

    def beginning(self, resource: str) -> threading.Lock:
        """Return what has accounts that watch the same begin one after the other.

        So that none takes what another is being given for the rest of an engine that died.
        """
        with self._lock:
            return self._beginning.setdefault(resource.casefold(), threading.Lock())

    @contextmanager
    def expecting(self) -> Iterator[None]:
        """Prove to Graph, while it is asked to call, that the address is ours; nobody else."""
        with self._lock:
            self._asking += 1
        try:
            yield
        finally:
            with self._lock:
                self._asking -= 1

    def _begin(
        self,
        limits: Limits,
        room: Room,
        connection: socket.socket,
        stopping: Callable[[], bool],
    ) -> HttpTalk:
        return HttpTalk(connection, self._certificate(), limits, room, self, stopping)

    def _certificate(self) -> Callable[[], ssl.SSLContext] | None:
        certificate = self.told.certificate
        if certificate is None:
            return None
        return lambda: own_certificate(certificate, self.told.key)

    def admit(self, headers: Mapping[str, str]) -> None:
        """Let everybody go on: no header tells Graph from anybody else."""

    def take(self, request: Request) -> tuple[int, str]:
        """Say the token that Graph wants to hear, or pass on notices. Raises RefusedError."""
        if request.query:
            return 200, self._token(request.query)
        for each in _notices(request.body):
            self._pass_on(each)
        return _ACCEPTED

    def _token(self, query: str) -> str:
        if not self._asking:
            raise RefusedError(404, "nothing was asked for")
        try:
            (token,) = parse_qs(query, max_num_fields=8)["validationToken"]
        except (KeyError, ValueError):
            raise RefusedError(400, "there is no token") from None
        if len(token) > _LONGEST_TOKEN or not token.isprintable():
            raise RefusedError(400, "that is no token")
        return token

    def _pass_on(self, notice: Mapping[str, object]) -> None:
        state = notice.get("clientState")
        ear = self.ears.get(_digest(state)) if isinstance(state, str) else None
        if ear is None:
            self._note_stranger()
        else:
            ear.hear(notice.get("lifecycleEvent"))

    def _note_stranger(self) -> None:
        """Count; tell of the 1st, 2nd, 4th, 8th..., for they can be as many as somebody likes."""
        with self._lock:
            self._strange += 1
            count = self._strange
        if count & (count - 1) == 0:
            for ear in list(self.ears.values()):
                ear.tell(f"{count} notices so far without the secret of a subscription: ignored")


class Lines:
    """The lines of this process, for a port can be listened on only once."""

    def __init__(self) -> None:
        self._lines: dict[tuple[str, int], Line] = {}
        self._lock = threading.Lock()

    def join(self, told: Push, ear: Ear) -> Line:
        """Listen, if nobody does yet. Raises Problem PR518, PR543, PR546."""
        where = (told.host, told.port)
        with self._lock:
            line = self._lines.get(where)
            if line is None:
                line = Line(told)
                line.open()
                self._lines[where] = line
            elif line.told != told:
                raise _disagreement(told)
            line.ears = {**line.ears, _digest(ear.state): ear}
            return line

    def leave(self, line: Line, ear: Ear) -> None:
        """Hear nothing more; who leaves last ends the listening."""
        with self._lock:
            digest = _digest(ear.state)
            line.ears = {key: each for key, each in line.ears.items() if key != digest}
            if not line.ears:
                self._lines.pop((line.told.host, line.told.port), None)
                line.close()


LINES: Final = Lines()


def _disagreement(told: Push) -> Problem:
    words = f"accounts that share `push_listen: {told.listen}` want different things of it"
    hint = "give all of them the same `push_url`, `push_certificate` and `push_key`"
    return Problem(Diagnostic("PR546", words, help=hint))


def _digest(state: str) -> bytes:
    return sha256(state.encode("utf-8", "surrogatepass")).digest()


def _notices(body: bytes) -> list[Mapping[str, object]]:
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        raise RefusedError(400, "that is no JSON") from None
    notices = found.get("value") if isinstance(found, dict) else None
    if not isinstance(notices, list):
        raise RefusedError(400, "there are no notices in it")
    return [each for each in notices[:_MOST] if isinstance(each, dict)]
