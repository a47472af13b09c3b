"""Notices over HTTPS: what arrives, and where nothing is ever sent to.

Row of docs/explanation/threats.md: webhooks.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import socket
import threading
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from tests.servers.script import ScriptedServer

from postroom.hooks.contracts import Refused, Retry, Uncertain
from postroom.model.settings import Secret
from postroom.testing.notifier_contract import NotifierContract, letter
from postroom_notify_webhook import notifier as module
from postroom_notify_webhook.addresses import is_public
from postroom_notify_webhook.notifier import WebhookNotifier
from postroom_notify_webhook.settings import WebhookSettings
from postroom_notify_webhook.wire import World

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from tests.servers.ca import Certificate, LocalCA
    from tests.servers.script import Wire

PUBLIC = "93.184.215.14"
CANARY = "canary-7f3a"
PRIVATE = [
    "127.0.0.1", "127.255.255.254", "0.0.0.0", "10.1.2.3", "172.16.0.1", "192.168.1.1",
    "169.254.169.254", "100.64.0.1", "100.100.100.200", "192.0.0.192", "168.63.129.16",
    "224.0.0.1", "255.255.255.255", "240.0.0.1", "198.18.0.1",
    "::", "::1", "fe80::1", "fe80::1%eth0", "fc00::1", "fd00:ec2::254", "fec0::1", "ff02::1",
    "::ffff:127.0.0.1", "::ffff:7f00:1", "::ffff:a9fe:a9fe", "::127.0.0.1",
    "64:ff9b::7f00:1", "64:ff9b::10.0.0.1", "64:ff9b:1::a9fe:a9fe", "2002:7f00:1::",
    "2002:a00:1::1",
    "2001:0:4136:e378:8000:63bf:80ff:fffe", "", "pager.example",
]  # fmt: skip
"""The last but two is Teredo for 127.0.0.1."""


@dataclass
class Net:
    """A network in which names mean what a test says, and every address is this machine."""

    port: int = 0
    means: list[list[str]] = field(default_factory=lambda: [[PUBLIC]])
    """What the name means, time after time; the last stays."""
    asked: int = 0
    connected: list[str] = field(default_factory=list)

    def resolve(self, host: str, port: int) -> list[str]:
        del host, port
        self.asked += 1
        return self.means[min(self.asked, len(self.means)) - 1]

    def connect(self, address: str, port: int, seconds: float) -> socket.socket:
        del port
        self.connected.append(address)
        return socket.create_connection(("127.0.0.1", self.port), seconds)


class Pager:
    """A service that takes what it is sent."""

    def __init__(self, ca: LocalCA, certificate: Certificate) -> None:
        self.says = b"HTTP/1.1 204 No Content\r\n\r\n"
        self.requests: list[tuple[list[str], bytes]] = []
        self.server = ScriptedServer(self._serve, tls=certificate.context())
        self.net = Net(self.server.port)
        self.settings: dict[str, Any] = {
            "url": Secret(f"https://localhost/hook/{CANARY}"),
            "ca_file": ca.ca_file,
        }

    def _serve(self, wire: Wire) -> None:
        head = []
        while line := wire.line():
            head.append(line.decode())
        length = next(int(line[16:]) for line in head if line.startswith("Content-Length: "))
        body = wire.exactly(length)
        if self.says.startswith(b"HTTP/1.1 2"):
            self.requests.append((head, body))
        wire.say(self.says)

    def notifier(self, **changes: Any) -> WebhookNotifier:
        return WebhookNotifier(WebhookSettings(**self.settings | changes), self.net)

    def received(self) -> Sequence[bytes]:
        return [body for _, body in self.requests]

    def refuse(self, *, for_good: bool) -> bool:
        status = b"400 Bad Request" if for_good else b"503 Service Unavailable"
        self.says = b"HTTP/1.1 " + status + b"\r\nContent-Length: 0\r\n\r\n"
        return True

    def accept(self) -> None:
        self.says = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


@pytest.fixture
def desk(ca: LocalCA, certificate: Certificate) -> Iterator[Pager]:
    pager = Pager(ca, certificate)
    with pager.server:
        yield pager


class TestContract(NotifierContract):
    """What the engine relies on."""


# --- what arrives -------------------------------------------------------------


def test_a_request_says_what_it_is_about(desk: Pager) -> None:
    desk.notifier().send(letter(kind="alert", rule="page"))
    ((head, body),) = desk.requests
    assert head[:2] == [f"POST /hook/{CANARY} HTTP/1.1", "Host: localhost"]
    told = json.loads(body)
    assert (told["kind"], told["rule"], told["cut"]) == ("alert", "page", False)
    assert told["text"] == "We have opened SUP-4711.\n"


def test_a_request_is_signed_and_the_same_notice_has_the_same_key(desk: Pager) -> None:
    notifier = desk.notifier(key=Secret("hush"))
    for number in (1, 1, 2):
        notifier.send(letter(key=f"key-{number}"))
    keys = []
    for head, body in desk.requests:
        fields = dict(line.split(": ", 1) for line in head[1:])
        signed = f"{fields['Postroom-Timestamp']}\n{fields['Idempotency-Key']}\n".encode() + body
        good = hmac.new(b"hush", signed, hashlib.sha256).hexdigest()
        assert fields["Postroom-Signature"] == good
        keys.append(fields["Idempotency-Key"])
    assert keys[0] == keys[1] != keys[2]


def test_a_long_text_is_cut_and_says_so(desk: Pager) -> None:
    desk.notifier().send(letter(text="\U0001f4a3" * 100_000, subject="\u20ac" * 100_000))
    ((_, body),) = desk.requests
    assert json.loads(body)["cut"]
    assert len(body) < 64 * 1024


# --- where nothing is sent to -------------------------------------------------


@pytest.mark.parametrize("address", PRIVATE)
def test_nothing_is_sent_into_a_private_network(ca: LocalCA, address: str) -> None:
    net = Net(means=[[address]])
    settings = WebhookSettings(Secret("https://pager.example/"), ca_file=ca.ca_file)
    with pytest.raises(Retry, match="private network"):
        WebhookNotifier(settings, net).send(letter())
    assert not is_public(address)
    assert net.connected == []


@pytest.mark.parametrize(
    "address", [PUBLIC, "2606:2800:21f:cb07:6820:80da:af6b:8b2c", "::ffff:93.184.215.14",
                "64:ff9b::5db8:d70e", "2002:5db8:d70e::1"],
)  # fmt: skip
def test_addresses_of_the_whole_world_are_public(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize(
    "host",
    ["127.1", "0x7f000001", "2130706433", "0177.0.0.1", "[::ffff:7f00:1]", "[::1]", "localhost",
     "127.0.0.1", "0"],
)  # fmt: skip
def test_no_spelling_of_this_machine_gets_past_the_resolver_of_the_system(host: str) -> None:
    """With the real one; a service would be reached if it were asked."""
    with socket.create_server(("127.0.0.1", 0)) as service:
        service.settimeout(0.05)
        url = Secret(f"https://{host}:{service.getsockname()[1]}/")
        with pytest.raises(Retry, match=r"private network|cannot be reached"):
            WebhookNotifier(WebhookSettings(url), World()).send(letter())
        with pytest.raises(TimeoutError):
            service.accept()


def test_a_name_that_means_something_else_a_moment_later_changes_nothing(desk: Pager) -> None:
    desk.net.means = [[PUBLIC], ["127.0.0.1"]]
    desk.notifier().send(letter())
    assert desk.net.asked == 1
    assert desk.net.connected == [PUBLIC]
    with pytest.raises(Retry, match="private network"):
        desk.notifier().send(letter())
    assert desk.net.connected == [PUBLIC]


def test_one_private_address_among_others_is_enough_to_send_nothing(desk: Pager) -> None:
    desk.net.means = [[PUBLIC, "10.0.0.1"]]
    with pytest.raises(Retry, match="private network"):
        desk.notifier().send(letter())
    assert desk.net.connected == []


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_not_followed(desk: Pager, status: int) -> None:
    desk.says = f"HTTP/1.1 {status} Go\r\nLocation: https://169.254.169.254/\r\n\r\n".encode()
    with pytest.raises(Refused, match="redirects are not followed"):
        desk.notifier().send(letter())
    assert desk.net.connected == [PUBLIC]
    assert desk.server.connections == 1


@pytest.mark.parametrize(
    "url",
    ["http://pager.example/", "ftp://pager.example/", "file:///etc/passwd", "https:///x", "",
     "https://u:p@pager.example/", "https://pager.example:99999/", "https://pager.example/a b",
     "https://pager.example/x\r\nX-Evil: 1", "https://[::1/", "//pager.example/"],
)  # fmt: skip
def test_what_is_no_https_url_is_refused(url: str) -> None:
    net = Net()
    with pytest.raises(Refused, match="`url`"):
        WebhookNotifier(WebhookSettings(Secret(url)), net).send(letter())
    assert net.asked == 0


def test_nothing_in_a_mail_chooses_the_host(desk: Pager) -> None:
    evil = "https://evil.example/"
    desk.notifier().send(letter(to=(evil,), subject=evil, text=evil, options={"url": evil}))
    ((head, _),) = desk.requests
    assert head[1] == "Host: localhost"


def test_a_certificate_that_does_not_fit_is_not_accepted(desk: Pager) -> None:
    with pytest.raises(Retry, match="its certificate is not good"):
        desk.notifier(url=Secret("https://pager.example/")).send(letter())
    with pytest.raises(Retry, match="its certificate is not good"):
        desk.notifier(ca_file=None).send(letter())
    assert desk.requests == []


# --- services that misbehave --------------------------------------------------


@pytest.mark.parametrize(
    ("says", "after"),
    [(b"503 x\r\nRetry-After: 120", 120), (b"429 x\r\nRetry-After: 999999999", None),
     (b"500 x\r\nRetry-After: soon", None), (b"408 x", None)],
)  # fmt: skip
def test_a_refusal_that_passes_is_tried_again(desk: Pager, says: bytes, after: int | None) -> None:
    desk.says = b"HTTP/1.1 " + says + b"\r\n\r\n"
    with pytest.raises(Retry) as caught:
        desk.notifier().send(letter())
    assert not isinstance(caught.value, Uncertain)
    assert caught.value.after == (timedelta(seconds=after) if after else None)


@pytest.mark.parametrize("says", [b"", b"SSH-2.0-x\r\n\r\n", b"HTTP/1.1 abc\r\n\r\n"])
def test_what_is_no_answer_leaves_it_in_doubt(desk: Pager, says: bytes) -> None:
    desk.says = says
    with pytest.raises(Uncertain):
        desk.notifier().send(letter())


def test_no_more_than_64_kib_of_an_answer_are_read(desk: Pager) -> None:
    desk.says = b"HTTP/1.1 200 OK\r\nX: " + b"x" * 5_000_000
    with pytest.raises(Uncertain, match="no end"):
        desk.notifier().send(letter())


@pytest.mark.parametrize("drip", [b"", b"x"], ids=["says nothing", "drips"])
def test_a_service_that_takes_too_long_is_given_up(
    ca: LocalCA, certificate: Certificate, monkeypatch: pytest.MonkeyPatch, drip: bytes
) -> None:
    monkeypatch.setattr(module, "SECONDS", 0.5)
    over = threading.Event()

    def script(wire: Wire) -> None:
        for _ in range(200):
            wire.say(drip)
            if over.wait(0.05):
                return

    settings = WebhookSettings(Secret("https://localhost/"), ca_file=ca.ca_file)
    with ScriptedServer(script, tls=certificate.context()) as server:
        with pytest.raises(Uncertain, match=r"no answer within 0\.5 seconds"):
            WebhookNotifier(settings, Net(server.port)).send(letter())
        over.set()


SPOILED: dict[str, Callable[[Pager], object]] = {
    "private": lambda desk: desk.net.means.__setitem__(0, ["127.0.0.1"]),
    "refused": lambda desk: desk.refuse(for_good=True),
    "later": lambda desk: desk.refuse(for_good=False),
    "gone": lambda desk: setattr(desk.net, "port", 1),
    "nonsense": lambda desk: setattr(desk, "says", b"\r\n\r\n"),
}


@pytest.mark.parametrize("how", SPOILED)
def test_no_error_says_the_url(desk: Pager, how: str) -> None:
    SPOILED[how](desk)
    with pytest.raises((Retry, Refused)) as caught:
        desk.notifier().send(letter())
    assert CANARY not in str(caught.value)
    assert CANARY not in repr(desk.settings)
