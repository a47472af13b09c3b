"""What a JMAP server, or somebody in between, may do wrong, and what becomes of it."""

from __future__ import annotations

import json
import threading
import time
from contextlib import closing, contextmanager
from datetime import timedelta
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import pytest

from postroom.hooks.contracts import TransportContext
from postroom.model.settings import Secret
from postroom.source.diagnostic import Diagnostic, Problem
from postroom.testing.transport_contract import Ledger, action_for, message
from postroom_jmap.session import CORE, MAIL
from postroom_jmap.settings import JmapSettings
from postroom_jmap.transport import JmapTransport

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.servers.ca import Certificate, LocalCA

    from postroom.model.envelope import Envelope

TOKEN = "xyzzy-jmap-47"
TIMEOUT = 5.0
PING = b'event: ping\r\ndata: {"interval": 30}\r\n\r\n'
RAWS = {f"M{number}": message(number) for number in (1, 2, 3)}


class FakeJmap:
    """A JMAP server that is well-behaved but for what a test puts into `answers`."""

    def __init__(self) -> None:
        self.mail = dict(RAWS)
        self.answers: dict[str, Any] = {}
        """By method or path: fields in place of the usual ones, a status, or bytes."""
        self.calls: list[tuple[str, dict[str, Any]]] = []
        self.shown: list[str] = []
        """Every Authorization header."""
        self.good = {f"Bearer {TOKEN}"}
        self.state = 1
        self.changed: list[str] = []
        self.streams: list[bytes] = []
        """What is pushed, one connection after the other."""
        self.since: list[str] = []
        """Every Last-Event-ID."""

    def answer(self, request: BaseHTTPRequestHandler) -> None:
        """Answer a request of HTTP."""
        path = request.path.partition("?")[0]
        size = int(request.headers.get("Content-Length", 0))
        body = request.rfile.read(size)
        self.shown.append(request.headers.get("Authorization", ""))
        odd = self.answers.get(path)
        if self.shown[-1] not in self.good:
            return say(request, 401)
        match odd:
            case "gone":
                del self.mail[path.removeprefix("/download/B")]
                return say(request, 404)
            case int() | (int(), bytes()):
                return say(request, *(odd if isinstance(odd, tuple) else (odd,)))
            case bytes():
                return say(request, 200, odd)
            case str():
                return say(request, 302, location=odd)
            case _:
                return self.well(request, path, body)

    def well(self, request: BaseHTTPRequestHandler, path: str, body: bytes) -> None:
        """Answer as a good server does."""
        odd = self.answers.get(path)
        if path == "/.well-known/jmap":
            return say(request, 200, json.dumps({**self.session(), **(odd or {})}).encode())
        if path.startswith("/download/"):
            return say(request, 200, self.mail[path.removeprefix("/download/B")])
        if path == "/events":
            self.since.append(request.headers.get("Last-Event-ID", ""))
            events = self.streams.pop(0) if self.streams else PING + told_of("A1", "2")
            return say(request, 200, events, kind="text/event-stream")
        ((name, told, _),) = json.loads(body)["methodCalls"]
        self.calls.append((name, told))
        return say(request, 200, self.method(name, told))

    def session(self) -> dict[str, Any]:
        return {
            "capabilities": {CORE: {"maxObjectsInGet": 2}, MAIL: {}},
            "accounts": {"A1": {"name": "me"}, "A2": {"name": "shared@kestrel.example"}},
            "primaryAccounts": {MAIL: "A1"},
            "apiUrl": "/api",
            "downloadUrl": "/download/{blobId}?name={name}&type={type}",
            "eventSourceUrl": "/events?types={types}&closeafter={closeafter}&ping={ping}",
        }

    def method(self, name: str, told: dict[str, Any]) -> bytes:
        """Answer a method call."""
        odd = self.answers.get(name)
        if isinstance(odd, bytes):
            return odd
        if isinstance(odd, str):
            return responses(["error", {"type": odd}, "0"])
        return responses([name, {**self.usual(name, told), **(odd or {})}, "0"])

    def usual(self, name: str, told: dict[str, Any]) -> dict[str, Any]:
        match name:
            case "Mailbox/get":
                return {"list": [{"id": "F1", "name": "Inbox", "role": "inbox", "totalEmails": 3}]}
            case "Email/query":
                keys = sorted(self.mail)
                if "anchor" in told:
                    keys = keys[keys.index(told["anchor"]) + 1 :]
                return {"ids": keys[:2]}
            case "Email/changes":
                found, self.changed = self.changed, []
                return {"created": found, "updated": [], "newState": str(self.state)}
            case "Email/get":
                assert len(told["ids"]) <= 2, "more than the server takes at once"
                keys = [key for key in told["ids"] if key in self.mail]
                return {"state": str(self.state), "list": [self.email(key) for key in keys]}
            case _:
                return {}

    def email(self, key: str) -> dict[str, Any]:
        return {
            "id": key, "blobId": f"B{key}", "size": len(self.mail[key]),
            "receivedAt": f"2024-01-0{key[1]}T00:00:00Z", "mailboxIds": {"F1": True},
        }  # fmt: skip


def told_of(account: str, state: str, kind: str = "Email", id_: str = "") -> bytes:
    """Return an event that says what is in another state (RFC 8620 7.1)."""
    changed = {"@type": "StateChange", "changed": {account: {kind: state}}}
    head = f"id: {id_}\n" if id_ else ""
    return f"{head}event: state\ndata: {json.dumps(changed)}\n\n".encode()


def responses(*found: Any) -> bytes:
    return json.dumps({"methodResponses": found}).encode()


def say(
    request: BaseHTTPRequestHandler,
    status: int,
    body: bytes = b"",
    *,
    location: str = "",
    kind: str = "application/json",
) -> None:
    request.send_response(status)
    request.send_header("Content-Type", kind)
    request.send_header("Content-Length", str(len(body)))
    if location:
        request.send_header("Location", location)
    request.end_headers()
    request.wfile.write(body)


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def __init__(self, fake: FakeJmap, *words: Any) -> None:
        self.fake = fake
        super().__init__(*words)

    def do_GET(self) -> None:
        self.fake.answer(self)

    do_POST = do_GET  # noqa: N815 - the name that the library looks for

    def log_message(self, *_words: Any) -> None:
        """Keep quiet."""


class Quiet(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_words: Any) -> None:
        """Keep quiet: that clients go away is what many of these tests are about."""


class Desk:
    def __init__(self, ca: LocalCA, certificate: Certificate) -> None:
        self.ca = ca
        self.certificate = certificate
        self.fake = FakeJmap()
        self.trace: list[str] = []

    @contextmanager
    def serving(
        self, *, certificate: Certificate | None = None, most: int = 100_000, **settings: Any
    ) -> Iterator[JmapTransport]:
        server = Quiet(("127.0.0.1", 0), partial(Handler, self.fake))
        context = (certificate or self.certificate).context()
        server.socket = context.wrap_socket(
            server.socket, server_side=True, do_handshake_on_connect=False
        )
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        told: dict[str, Any] = {
            "host": "localhost", "token": Secret(TOKEN), "ca_file": self.ca.ca_file,
            "port": server.server_address[1], "timeout": timedelta(seconds=TIMEOUT), **settings,
        }  # fmt: skip
        context_ = TransportContext("test", most, self.trace.append)
        try:
            with closing(JmapTransport(JmapSettings(**told), context_)) as transport:
                yield transport
        finally:
            server.shutdown()
            thread.join()
            server.server_close()

    def refused(self, **settings: Any) -> Diagnostic:
        """Return why a transport cannot be used; the token must be nowhere in it."""
        with self.serving(**settings) as transport, pytest.raises(Problem) as caught:
            fetch(transport)
        assert TOKEN not in f"{caught.value} {caught.value.diagnostic} {self.trace}"
        return caught.value.diagnostic


@pytest.fixture
def desk(ca: LocalCA, certificate: Certificate) -> Desk:
    return Desk(ca, certificate)


def fetch(transport: JmapTransport, ledger: Ledger | None = None) -> list[Envelope]:
    return list(transport.fetch(ledger or Ledger(), 100))


def test_everything_is_well_as_long_as_nothing_is_odd(desk: Desk) -> None:
    with desk.serving() as transport:
        assert [each.raw for each in fetch(transport)] == list(RAWS.values())
    assert TOKEN not in str(desk.trace)


# --- the connection and the session ---------------------------------------------


def test_a_certificate_for_another_host_is_not_accepted(desk: Desk) -> None:
    other = desk.ca.issue("jmap-other", ("other.example",))
    assert desk.refused(certificate=other).code == "PR512"
    assert desk.fake.shown == []


def test_an_expired_certificate_is_not_accepted(desk: Desk) -> None:
    expired = desk.ca.issue("jmap-expired", expired=True)
    assert desk.refused(certificate=expired).code == "PR512"


def test_a_certificate_of_nobody_we_know_is_not_accepted(desk: Desk) -> None:
    assert desk.refused(ca_file=None).code == "PR512"


@pytest.mark.parametrize("target", ["https://evil.example/jmap", "http://localhost/jmap"])
def test_nobody_sends_us_elsewhere(target: str, desk: Desk) -> None:
    desk.fake.answers["/.well-known/jmap"] = target
    assert desk.refused().code == "PR512"
    assert len(desk.fake.shown) == 1


def test_a_redirect_that_never_ends_is_given_up(desk: Desk) -> None:
    desk.fake.answers["/.well-known/jmap"] = "/.well-known/jmap"
    assert desk.refused().code == "PR515"


NO_ADDRESS = ("https://[::1", "https://[x]/", "https://localhost:x/", "https://a\x01b/")


@pytest.mark.parametrize("target", NO_ADDRESS)
@pytest.mark.parametrize("name", ["apiUrl", "downloadUrl"])
def test_an_address_that_is_none_is_the_servers_fault(name: str, target: str, desk: Desk) -> None:
    desk.fake.answers["/.well-known/jmap"] = {name: target}
    assert desk.refused().code == "PR515"


def test_a_redirect_to_no_address_is_the_servers_fault(desk: Desk) -> None:
    desk.fake.answers["/.well-known/jmap"] = "https://[::1"
    assert desk.refused().code in ("PR510", "PR515")


@pytest.mark.parametrize("name", ["apiUrl", "downloadUrl", "eventSourceUrl"])
def test_no_part_of_the_server_goes_without_encryption(name: str, desk: Desk) -> None:
    desk.fake.answers["/.well-known/jmap"] = {name: "http://localhost/api"}
    assert desk.refused().code == "PR515"


@pytest.mark.parametrize(
    ("status", "code"),
    [(401, "PR511"), (403, "PR511"), (429, "PR516"), (503, "PR516"), (418, "PR515")],
)
@pytest.mark.parametrize("path", ["/.well-known/jmap", "/api", "/download/BM1"])
def test_a_refusal_for_good_is_told_from_one_that_passes(
    path: str, status: int, code: str, desk: Desk
) -> None:
    desk.fake.answers[path] = status
    assert desk.refused().code == code


def test_a_token_that_is_refused_is_replaced_once(desk: Desk) -> None:
    class Auth:
        method = None

        def __init__(self) -> None:
            self.tokens = ["old", TOKEN]

        def token(self, purpose: str) -> Secret:
            assert purpose == "jmap"
            return Secret(self.tokens[0])

        def refused(self, token: Secret) -> None:
            assert self.tokens.pop(0) == token.reveal()

    with desk.serving(token=None, auth=Auth()) as transport:
        assert len(fetch(transport)) == 3
    assert desk.fake.shown[:2] == ["Bearer old", f"Bearer {TOKEN}"]


def test_a_password_is_shown_as_basic(desk: Desk) -> None:
    desk.fake.good = {"Basic bWU6c2VjcmV0"}
    with desk.serving(token=None, username="me", password=Secret("secret")) as transport:
        assert transport.probe().ok


@pytest.mark.parametrize("account", ["A2", "shared@kestrel.example"])
def test_a_shared_account_is_found_by_name_or_id(account: str, desk: Desk) -> None:
    with desk.serving(account=account) as transport:
        assert {each.place.epoch for each in fetch(transport)} == {"A2"}
    assert {told["accountId"] for _, told in desk.fake.calls} == {"A2"}


def test_an_account_or_a_folder_that_is_not_there_is_named(desk: Desk) -> None:
    assert desk.refused(account="nobody").code == "PR511"
    found = desk.refused(folder="Support/In")
    assert (found.code, "`Inbox`" in str(found.help)) == ("PR513", True)


@pytest.mark.parametrize(
    "answer",
    [
        b"nonsense", b"[]", b"[" * 100_000, b"{}", responses(), responses(["Email/get"]),
        responses(["Other/get", {}, "0"]), responses(["Email/query", {"ids": "all"}, "0"]),
        responses(["Email/query", {"ids": [7]}, "0"]), b"x" * 17_000_000,
    ],
)  # fmt: skip
def test_an_answer_without_sense_is_the_servers_fault(answer: bytes, desk: Desk) -> None:
    desk.fake.answers["Email/query"] = answer
    assert desk.refused().code == "PR515"


def test_an_answer_that_never_comes_is_given_up(desk: Desk, monkeypatch: Any) -> None:
    def late(*_words: Any) -> bytes:
        time.sleep(1)
        return b"{}"

    monkeypatch.setattr(desk.fake, "method", late)
    assert desk.refused(timeout=timedelta(seconds=0.5)).code == "PR514"


# --- what is new -------------------------------------------------------------------


def test_between_sweeps_only_changes_are_asked_for(desk: Desk) -> None:
    ledger = Ledger()
    with desk.serving() as transport:
        ledger.note(fetch(transport, ledger))
        desk.fake.calls.clear()
        assert fetch(transport, ledger) == []
        assert [name for name, _ in desk.fake.calls] == ["Email/changes"]
        desk.fake.mail["M4"] = message(4)
        desk.fake.changed = ["M4"]
        assert [each.raw for each in fetch(transport, ledger)] == [message(4)]


def test_what_could_not_be_committed_comes_again(desk: Desk) -> None:
    ledger = Ledger()
    with desk.serving() as transport:
        assert len(fetch(transport, ledger)) == 3
        assert [each.raw for each in fetch(transport, ledger)] == list(RAWS.values())


def test_a_server_that_cannot_say_what_changed_is_asked_for_all(desk: Desk) -> None:
    ledger = Ledger()
    with desk.serving() as transport:
        ledger.note(fetch(transport, ledger))
        desk.fake.mail["M4"] = message(4)
        desk.fake.answers["Email/changes"] = "cannotCalculateChanges"
        assert [each.raw for each in fetch(transport, ledger)] == [message(4)]


def test_a_message_that_changed_in_another_folder_is_not_ours(desk: Desk) -> None:
    ledger = Ledger()
    with desk.serving() as transport:
        ledger.note(fetch(transport, ledger))
        desk.fake.mail["M4"] = message(4)
        desk.fake.changed = ["M4", "M9"]
        usual = desk.fake.email
        desk.fake.email = lambda key: {**usual(key), "mailboxIds": {"F2": True}}  # type: ignore[method-assign]
        assert fetch(transport, ledger) == []


def test_one_message_that_is_gone_costs_nothing(desk: Desk) -> None:
    desk.fake.answers["/download/BM2"] = "gone"
    with desk.serving() as transport:
        assert [each.raw for each in fetch(transport)] == [RAWS["M1"], RAWS["M3"]]


def test_one_message_whose_content_is_gone_comes_with_its_problem(desk: Desk) -> None:
    desk.fake.answers["/download/BM2"] = 404
    with desk.serving() as transport:
        found = fetch(transport)
    assert [each.raw for each in found] == [RAWS["M1"], b"", RAWS["M3"]]
    assert found[1].problem == "the server does not give the message: notFound"


@pytest.mark.parametrize("body", [RAWS["M2"][:-1], RAWS["M2"] + b"x", b""])
def test_a_message_that_is_not_as_large_as_stated_costs_one_message(
    body: bytes, desk: Desk
) -> None:
    """It is not believed, and asked for twice."""
    desk.fake.answers["/download/BM2"] = body
    with desk.serving() as transport:
        found = fetch(transport)
    assert [each.raw for each in found] == [RAWS["M1"], b"", RAWS["M3"]]
    assert f"{len(body)} bytes came in place of" in str(found[1].problem)
    assert sum("GET" in line and "BM2" in line for line in desk.trace) == 2


@pytest.mark.parametrize("same", [["M1"], ["M1", "M2"]])
def test_a_list_that_goes_round_and_round_is_given_up(same: list[str], desk: Desk) -> None:
    """As of a server that does not know anchors."""
    desk.fake.answers["Email/query"] = {"ids": same}
    assert desk.refused().code == "PR515"
    assert len(desk.fake.calls) < 10


def test_a_list_without_end_is_given_up(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("postroom_jmap.listing._MOST", 2)
    assert desk.refused().code == "PR515"


# --- settling, waiting ---------------------------------------------------------------


@pytest.mark.parametrize(
    ("error", "told"),
    [("notFound", (True, True)), ("forbidden", (False, True)), ("serverFail", (False, False))],
)
def test_a_deletion_that_is_refused_is_told(error: str, told: Any, desk: Desk) -> None:
    desk.fake.answers["Email/set"] = {"notDestroyed": {"M1": {"type": error}}}
    with desk.serving() as transport:
        receipt = transport.settle(action_for(fetch(transport)[0], "delete"))
    assert (receipt.done, receipt.final) == told


def test_what_lies_in_two_folders_is_only_taken_out_of_ours(desk: Desk) -> None:
    usual = desk.fake.email
    both = {"F1": True, "F2": True}
    desk.fake.email = lambda key: {**usual(key), "mailboxIds": both}  # type: ignore[method-assign]
    with desk.serving() as transport:
        assert transport.settle(action_for(fetch(transport)[0], "delete")).done
    changes = [told for name, told in desk.fake.calls if name == "Email/set"]
    assert [each["update"] for each in changes] == [{"M1": {"mailboxIds/F1": None}}]


def test_an_event_ends_the_waiting(desk: Desk) -> None:
    with desk.serving() as transport:
        assert transport.wait(timedelta(seconds=5))
    with desk.serving(push=False) as transport:
        assert not transport.wait(timedelta(seconds=5))


@pytest.mark.parametrize(
    "told",
    [
        b": hello\rid: 7\revent: state\rdata: {\rdata: }\r\r" + told_of("A1", "2"),
        PING + told_of("A9", "2") + told_of("A1", "1") + told_of("A1", "2"),
        b"event: state\ndata: what?\n\n",
    ],
)
def test_an_event_is_read_however_it_is_written(told: bytes, desk: Desk) -> None:
    desk.fake.streams = [told]
    with desk.serving() as transport:
        fetch(transport)
        assert transport.wait(timedelta(seconds=5))
    assert len(desk.fake.since) == 1


def test_an_event_that_is_not_about_us_is_waited_on_from_there(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A stream may end with any event; what came meanwhile is told by the id of the last."""
    monkeypatch.setattr("postroom_jmap.transport._SHORTEST", 0.0)
    desk.fake.streams = [told_of("A9", "5", id_="x1"), told_of("A1", "9", kind="Thread", id_="x2")]
    with desk.serving() as transport:
        fetch(transport)
        assert transport.wait(timedelta(seconds=5))
    assert desk.fake.since == ["", "x1", "x2"]


@pytest.mark.parametrize("told", [told_of("A1", "1"), told_of("A9", "5"), PING, b""])
def test_a_stream_that_ends_at_once_ends_the_waiting(told: bytes, desk: Desk) -> None:
    desk.fake.streams = [told] * 3
    with desk.serving() as transport:
        fetch(transport)
        assert not transport.wait(timedelta(seconds=5))
    assert len(desk.fake.since) == 1


@pytest.mark.parametrize("told", [told_of("A1", "p7"), b"event: state\ndata: what?\n\n"])
def test_a_state_that_is_pushed_again_is_no_news(told: bytes, desk: Desk) -> None:
    """As by a server that tells it upon connecting, and tells another one when asked."""
    desk.fake.streams = [told, told, told + told_of("A1", "p8")]
    with desk.serving() as transport:
        heard = []
        for _ in range(3):
            fetch(transport)
            heard.append(transport.wait(timedelta(seconds=5)))
    assert heard == [True, False, True]


def test_a_stream_is_to_stay_open_whatever_it_tells(desk: Desk) -> None:
    with desk.serving() as transport:
        assert transport.wait(timedelta(seconds=5))
    assert any("/events?" in line and "closeafter=no" in line for line in desk.trace)


def test_what_is_known_already_is_no_news(desk: Desk) -> None:
    desk.fake.streams = [told_of("A1", "1"), PING]
    with desk.serving() as transport:
        fetch(transport)
        assert not transport.wait(timedelta(seconds=5))


@pytest.mark.parametrize("odd", [b"event: state", b"data: x\n" * 40_000, b"x" * 200_000])
def test_a_stream_that_makes_no_sense_brings_no_news(odd: bytes, desk: Desk) -> None:
    desk.fake.streams = [odd]
    with desk.serving() as transport:
        fetch(transport)
        if len(odd) < 100:
            assert not transport.wait(timedelta(seconds=5))
            return
        with pytest.raises(Problem) as caught:
            transport.wait(timedelta(seconds=5))
        assert caught.value.diagnostic.code == "PR515"


def test_a_server_without_events_for_now_is_asked_again(desk: Desk) -> None:
    desk.fake.answers["/events"] = 503
    with desk.serving() as transport:
        assert not transport.wait(timedelta(seconds=5))
        del desk.fake.answers["/events"]
        assert transport.wait(timedelta(seconds=5))


@pytest.mark.parametrize("error", ["rateLimit", "serverUnavailable", "anchorNotFound"])
def test_a_method_that_is_declined_for_now_is_tried_again(error: str, desk: Desk) -> None:
    """The last: the message that a page ended with was deleted before the next one."""
    desk.fake.answers["Email/query"] = error
    assert desk.refused().code == "PR516"


def test_a_server_that_is_asked_too_much_is_tried_again(desk: Desk) -> None:
    """RFC 8620 3.6.1: the status may be any."""
    problem = json.dumps({"type": "urn:ietf:params:jmap:error:limit", "limit": "x"}).encode()
    desk.fake.answers["/api"] = (400, problem)
    assert desk.refused().code == "PR516"
    desk.fake.answers["/api"] = (400, b'{"type": "urn:ietf:params:jmap:error:notJSON"}')
    assert desk.refused().code == "PR515"


def test_a_server_without_events_is_asked_once(desk: Desk) -> None:
    desk.fake.answers["/events"] = 204
    with desk.serving() as transport:
        assert not transport.wait(timedelta(seconds=5))
        before = len(desk.fake.shown)
        assert not transport.wait(timedelta(seconds=5))
    assert len(desk.fake.shown) == before


@pytest.mark.parametrize(
    "told",
    [
        {},
        {"token": Secret("x"), "password": Secret("y"), "username": "me"},
        {"password": Secret("x")},
        {"password": Secret("x"), "username": "me:you"},
    ],
)
def test_there_is_one_way_to_sign_in(told: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"give|hold"):
        JmapSettings(host="localhost", **told)
