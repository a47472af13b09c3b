"""Graph tells of new mail, anybody else may try to, and what becomes of that."""

from __future__ import annotations

import http.client
import json
import socket
import ssl
import time
from contextlib import ExitStack, closing
from dataclasses import replace
from datetime import timedelta
from threading import Thread
from typing import TYPE_CHECKING, Any

import pytest
from tests.plugins.exchange import ADDRESS
from tests.plugins.graph.box import Box, said
from tests.servers.ports import free_ports
from tests.servers.web import Response

from postroom.testing.transport_contract import Ledger, message
from postroom_graph import notices
from postroom_graph.line import LINES
from postroom_graph.settings import GraphSettings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.servers.ca import Certificate, LocalCA
    from tests.servers.graph import FakeGraph
    from tests.servers.web import Request

    from postroom.hooks.contracts import Transport

BRIEF = timedelta(seconds=0.05)
LONG = timedelta(seconds=15)
"""Nobody waits as long as that."""


class Called(Box):
    """A mailbox whose Graph can call us."""

    def __init__(self, graph: FakeGraph, ca: LocalCA, certificate: Certificate) -> None:
        super().__init__(graph, ca)
        self.ca_file = ca.ca_file
        (self.port,) = free_ports(1)
        self.push: dict[str, Any] = {
            "push_url": f"https://localhost:{self.port}/graph",
            "push_listen": f"127.0.0.1:{self.port}",
            "push_certificate": certificate.cert,
            "push_key": certificate.key,
        }
        self.lines: list[str] = []

    def listening(self, **changes: Any) -> Transport:
        """Return a transport whose Graph tells of what comes in from now on."""
        transport = self.transport(trace=self.lines.append, **{**self.push, **changes})
        list(transport.fetch(Ledger(), 10))
        assert transport.wait(LONG), "what came in before is not told: it is to be looked for"
        return transport

    def post(
        self, body: bytes, query: str = "", path: str = "/graph", method: str = "POST"
    ) -> tuple[int, str]:
        """Call as anybody can."""
        context = ssl.create_default_context(cafile=self.ca_file)
        line = http.client.HTTPSConnection("localhost", self.port, timeout=10, context=context)
        with closing(line):
            line.request(method, path + query, body)
            answer = line.getresponse()
            assert answer.headers["Content-Type"].startswith("text/plain")
            assert answer.headers["X-Content-Type-Options"] == "nosniff"
            return answer.status, answer.read().decode()

    @property
    def subscriptions(self) -> list[str]:
        """How `/subscriptions` was asked for things."""
        return [
            method for method, path in self.graph.asked if path.startswith("/v1.0/subscriptions")
        ]


@pytest.fixture
def box(graph: FakeGraph, ca: LocalCA, certificate: Certificate) -> Iterator[Called]:
    with closing(Called(graph, ca, certificate)) as box:
        yield box


def when_asked(answer: Response, method: str = "POST") -> Callable[[Request], Response | None]:
    """Answer like this what is asked of subscriptions."""

    def answering(request: Request) -> Response | None:
        ours = request.path.startswith("/v1.0/subscriptions") and request.method == method
        return answer if ours else None

    return answering


def secret(box: Called) -> str:
    (known,) = box.graph.calls.known.values()
    state: str = known.asked["clientState"]
    return state


def test_waiting_ends_when_mail_comes_in(box: Called) -> None:
    transport = box.listening()
    thread = Thread(target=box.deliver, args=([message(1)],))
    thread.start()
    assert transport.wait(LONG)
    thread.join()
    assert [each.raw for each in transport.fetch(Ledger(), 10)] == [message(1)]
    assert box.graph.calls.statuses == [202]


def test_mail_that_came_in_while_nobody_waited_is_told_of_once(box: Called) -> None:
    transport = box.listening()
    box.deliver([message(1), message(2)])
    assert transport.wait(LONG)
    assert not transport.wait(BRIEF)


def test_mail_of_another_folder_is_not_told_of(box: Called) -> None:
    transport = box.listening()
    box.mailbox.deliver(message(1), box.mailbox.known("archive"))
    assert not transport.wait(BRIEF)


def test_accounts_share_a_port_and_each_hears_of_its_own(box: Called) -> None:
    other = box.graph.mailbox("other@kestrel.example")
    one, two = box.listening(), box.listening(mailbox="other@kestrel.example")
    other.deliver(message(1))
    assert two.wait(LONG)
    assert not one.wait(BRIEF)
    one.close()
    other.deliver(message(2))
    assert two.wait(LONG), "the port stays open for the others"
    two.close()
    with pytest.raises(ConnectionError):
        box.post(b"{}")


def test_accounts_on_one_mailbox_and_folder_both_hear(box: Called) -> None:
    one, two = box.listening(), box.listening()
    assert len(box.graph.calls.known) == 2
    box.deliver([message(1)])
    assert one.wait(LONG)
    assert two.wait(LONG)
    one.close()
    assert len(box.graph.calls.known) == 1
    box.deliver([message(2)])
    assert two.wait(LONG)


def test_accounts_on_one_folder_begin_one_after_the_other(box: Called) -> None:
    """So that none takes what another is being given for what a dead engine has left."""
    both = [box.transport(**box.push) for _ in range(2)]
    for transport in both:
        list(transport.fetch(Ledger(), 10))

    def slowly(request: Request) -> None:
        if request.path.startswith("/v1.0/subscriptions"):
            time.sleep(0.05)

    box.graph.answers.append(slowly)
    threads = [Thread(target=transport.wait, args=(LONG,)) for transport in both]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert box.subscriptions == ["GET", "POST", "GET", "POST"]
    assert len(box.graph.calls.known) == 2


def test_accounts_that_disagree_about_a_port_are_told_so(box: Called) -> None:
    box.listening()
    other = box.transport(trace=box.lines.append, **{**box.push, "push_key": None})
    list(other.fetch(Ledger(), 10))
    assert not other.wait(LONG)
    assert "PR546" in box.lines[-1]


def test_closing_ends_waiting_and_graph_forgets_us(box: Called) -> None:
    transport = box.listening()
    heard: list[bool] = []
    waiting = Thread(target=lambda: heard.append(transport.wait(LONG)))
    waiting.start()
    time.sleep(BRIEF.total_seconds())
    assert waiting.is_alive()
    transport.close()
    waiting.join(5)
    assert heard == [False]
    assert box.graph.calls.known == {}


def test_what_an_engine_that_died_has_left_is_taken_away(box: Called) -> None:
    transport: Any = box.listening()
    calls = box.graph.calls
    ((key, left),) = calls.known.items()
    transport._notices._line.held.clear()  # as if it were of another process
    elsewhere = {**left.asked, "notificationUrl": "https://other.example/"}
    beside = {**left.asked, "resource": left.asked["resource"].replace("folder", "other")}
    calls.known["elsewhere"] = replace(left, key="elsewhere", asked=elsewhere)
    calls.known["beside"] = replace(left, key="beside", asked=beside)
    box.listening()
    assert len(calls.known) == 3
    assert key not in calls.known
    assert {"elsewhere", "beside"} <= calls.known.keys()


def test_a_subscription_is_renewed_long_before_it_ends(box: Called) -> None:
    transport: Any = box.listening()
    (known,) = box.graph.calls.known.values()
    assert known.until == known.asked["expirationDateTime"]
    told = transport._notices
    assert 20 * 3600 < told._renew_at - time.monotonic() < 28 * 3600
    told._renew_at = 0.0
    known.until = "2026-01-01T00:00:00Z"
    assert not transport.wait(BRIEF)
    assert "PATCH" in box.subscriptions
    assert known.until >= known.asked["expirationDateTime"]


def test_what_graph_no_longer_knows_is_asked_for_anew(box: Called) -> None:
    transport: Any = box.listening()
    transport._notices._renew_at = 0.0
    box.graph.calls.known.clear()
    assert transport.wait(LONG)
    assert len(box.graph.calls.known) == 1
    box.deliver([message(1)])
    assert transport.wait(LONG)


def test_a_renewal_that_fails_does_not_end_what_stands(box: Called) -> None:
    transport: Any = box.listening()
    transport._notices._renew_at = 0.0
    box.graph.answers.append(when_asked(said(500, "InternalServerError"), "PATCH"))
    assert not transport.wait(BRIEF)
    assert "no notices for 600 s" in box.lines[-1]
    box.deliver([message(1)])
    assert transport.wait(LONG)
    assert box.subscriptions.count("POST") == 1


@pytest.mark.parametrize("until", ["2026-01-01T00:00:00Z", "", "never", None])
def test_an_end_that_makes_no_sense_has_nobody_asked_all_the_time(box: Called, until: str) -> None:
    answer = {"id": "made", "expirationDateTime": until}
    box.graph.answers.append(when_asked(Response(201, json.dumps(answer).encode())))
    transport = box.listening()
    assert not transport.wait(BRIEF)
    assert box.subscriptions == ["GET", "POST"]


@pytest.mark.parametrize(
    ("event", "method"),
    [("reauthorizationRequired", "PATCH"), ("subscriptionRemoved", "POST"), ("missed", "")],
)
def test_what_becomes_of_a_subscription_is_heard(box: Called, event: str, method: str) -> None:
    transport = box.listening()
    box.graph.asked.clear()
    box.graph.calls.lifecycle(event)
    assert box.graph.calls.statuses == [202]
    assert transport.wait(LONG), "there may be mail that was not told of"
    transport.wait(BRIEF)
    assert (method in box.subscriptions) if method else box.subscriptions == []


@pytest.mark.parametrize(
    ("answer", "why"),
    [(said(403, "Forbidden", "Operation is not allowed."), "PR511"),
     (said(400, "InvalidRequest", "Bad url."), "PR545"), (said(503, "Busy"), "PR516"),
     (Response(200, b"<html>"), "PR515"), (Response(201, b"{}"), "PR515")],
)  # fmt: skip
def test_where_graph_refuses_it_is_looked_at_as_ever(
    box: Called, caplog: pytest.LogCaptureFixture, answer: Response, why: str
) -> None:
    transport = box.transport(trace=box.lines.append, **box.push)
    list(transport.fetch(Ledger(), 10))
    box.graph.answers.append(when_asked(answer))
    assert not transport.wait(LONG)
    assert f"no notices for 600 s: {why}" in box.lines[-1]
    assert why in caplog.text
    assert not transport.wait(LONG)
    assert box.subscriptions.count("POST") == 1, "it is not asked again at once"
    box.deliver([message(1)])
    assert [each.raw for each in transport.fetch(Ledger(), 10)] == [message(1)]


def test_what_was_refused_is_asked_for_again_after_a_rest(
    box: Called, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(notices, "_REST", 0.0)
    transport = box.transport(**box.push)
    list(transport.fetch(Ledger(), 10))
    box.graph.answers.append(said(403, "Forbidden"))
    box.graph.answers.append(said(403, "Forbidden"))
    assert not transport.wait(LONG)
    assert transport.wait(LONG)


def test_an_address_that_graph_cannot_reach_is_named(box: Called) -> None:
    (nobody,) = free_ports(1)
    url = f"https://localhost:{nobody}/graph"
    transport = box.transport(trace=box.lines.append, **{**box.push, "push_url": url})
    list(transport.fetch(Ledger(), 10))
    assert not transport.wait(LONG)
    assert "PR545" in box.lines[-1]
    assert url in box.lines[-1]


def test_a_port_that_is_taken_or_a_certificate_that_is_missing_is_no_end(box: Called) -> None:
    taken = box.server.url.rpartition(":")[2].partition("/")[0]  # type: ignore[attr-defined]
    for changes, why in (
        ({"push_listen": f"127.0.0.1:{taken}"}, "PR518"),
        ({"push_certificate": box.ca_file / "not"}, "PR543"),
    ):
        transport = box.transport(trace=box.lines.append, **{**box.push, **changes})
        list(transport.fetch(Ledger(), 10))
        assert not transport.wait(LONG)
        assert why in box.lines[-1]


def test_a_check_says_whether_graph_tells_of_new_mail(box: Called) -> None:
    checking = box.transport(**box.push)
    assert "Graph does not tell of new mail" in checking.probe().detail
    box.listening()
    assert "Graph tells of new mail until 20" in checking.probe().detail
    box.graph.answers.append(when_asked(said(403, "Forbidden"), "GET"))
    health = checking.probe()
    assert health.ok
    assert "whether Graph tells of new mail is not known: PR511" in health.detail
    assert "tells" not in box.transport().probe().detail


def test_no_secret_of_a_subscription_is_traced(box: Called) -> None:
    box.listening()
    assert not any(secret(box) in line for line in box.lines)


class TestStrangers:
    """What somebody can do who finds the port."""

    def test_a_notice_without_the_secret_wakes_nobody_and_is_counted(self, box: Called) -> None:
        transport = box.listening()
        for state in ("", "x", None, 7, secret(box)[:-1], "\ud800"):
            notice = {"clientState": state, "changeType": "created"}
            assert box.post(json.dumps({"value": [notice]}).encode()) == (202, "")
        assert not transport.wait(BRIEF)
        told = [line for line in box.lines if "without the secret" in line]
        assert [line.split()[0] for line in told] == ["1", "2", "4"]

    def test_nothing_that_a_notice_says_is_believed(self, box: Called) -> None:
        transport = box.listening()
        box.graph.asked.clear()
        lie = {
            "clientState": secret(box),
            "subscriptionId": "../x",
            "resource": "https://evil.example/",
            "resourceData": {"@odata.id": "https://evil.example/"},
        }
        assert box.post(json.dumps({"value": [lie]}).encode()) == (202, "")
        assert transport.wait(LONG)
        list(transport.fetch(Ledger(), 10))
        assert {method for method, _ in box.graph.asked} == {"GET"}

    def test_what_makes_no_sense_is_refused(self, box: Called) -> None:
        transport = box.listening()
        for body in (b"", b"{", b"[]", b"7", b'{"value": 7}', b"[" * 100_000, b"\xff", b'{"x": 1}'):
            assert box.post(body)[0] == 400, body[:20]
        assert not transport.wait(BRIEF)

    def test_notices_that_are_none_are_passed_over(self, box: Called) -> None:
        transport = box.listening()
        good = {"clientState": secret(box)}
        body = json.dumps({"value": [7, None, [], {}, good]}).encode()
        assert box.post(body)[0] == 202
        assert transport.wait(LONG)

    def test_what_is_too_large_is_refused(self, box: Called) -> None:
        box.listening()
        assert box.post(b" " * 600_000)[0] == 413

    def test_of_a_flood_of_notices_some_are_looked_at(self, box: Called) -> None:
        transport = box.listening()
        many: list[dict[str, str]] = [{}] * 1_000 + [{"clientState": secret(box)}]
        assert box.post(json.dumps({"value": many}).encode())[0] == 202
        assert not transport.wait(BRIEF)

    def test_nobody_has_us_repeat_words_that_we_did_not_ask_graph_for(self, box: Called) -> None:
        box.listening()
        status, words = box.post(b"", "?validationToken=%3Cscript%3E")
        assert (status, words) == (404, "nothing was asked for")

    def test_what_is_no_token_is_not_repeated(self, box: Called) -> None:
        transport: Any = box.listening()
        with transport._notices._line.expecting():
            for none in (
                "?x=1", "?validationToken=", "?validationToken=a&validationToken=b",
                "?validationToken=a%0d%0aSet-Cookie:%20x", "?validationToken=" + "x" * 2_049,
                "?validationToken=a" + "&b=c" * 20,
            ):  # fmt: skip
                assert box.post(b"", none)[0] == 400, none
            assert box.post(b"", "?validationToken=a%20b%2B%C3%BC+c") == (200, "a b+ü c")

    def test_a_client_takes_only_so_many_places(
        self, box: Called, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        # this machine's own programs have no such limit
        monkeypatch.setattr("postroom.hooks.talks.client_of", lambda _address: "192.0.2.7")
        box.listening()
        with ExitStack() as stack:
            for _ in range(16):
                place = socket.create_connection(("127.0.0.1", box.port), timeout=10)
                stack.enter_context(place)
            with pytest.raises(OSError, match=r"EOF|reset|Broken pipe|closed"):
                box.post(b"{}")

    def test_only_post_to_the_path_is_answered(self, box: Called) -> None:
        box.listening()
        assert box.post(b"{}", path="/")[0] == 404
        assert box.post(b"", method="GET")[0] == 405


@pytest.mark.parametrize(
    ("told", "why"),
    [({"push_url": "http://x.example/"}, "https://"), ({"push_url": "https://[x"}, "address"),
     ({"push_url": "https://x.example/?y=1"}, "query"),
     ({"push_listen": "8443"}, "`0.0.0.0:8443`"), ({"push_listen": "localhost:x"}, "port"),
     ({"push_listen": "localhost:123456"}, "port"),
     ({"push_listen": "0.0.0.0:8443"}, "push_certificate"),
     ({"push_key": "x"}, "push_certificate")],
)  # fmt: skip
def test_settings_that_cannot_work_are_refused(told: dict[str, Any], why: str) -> None:
    auth: Any = None
    with pytest.raises(ValueError, match="push") as caught:
        GraphSettings(ADDRESS, auth, **{"push_url": "https://x.example/", **told})
    assert why in str(caught.value)


def test_an_address_of_ipv6_can_be_listened_on() -> None:
    auth: Any = None
    push = GraphSettings(ADDRESS, auth, push_url="https://x.example", push_listen="[::1]:99").push
    assert push is not None
    assert (push.host, push.port) == ("::1", 99)


@pytest.fixture(autouse=True)
def _all_lines_are_closed_in_the_end() -> Iterator[None]:
    yield
    assert LINES._lines == {}
