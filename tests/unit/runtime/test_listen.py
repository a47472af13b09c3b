from __future__ import annotations

import http.client
import json
import socket
import time
from typing import TYPE_CHECKING

import pytest
from tests.unit.runtime.memory import NOW
from tests.unit.runtime.test_metrics import RUNNING, STATUS

from postroom.runtime.watching import listen
from postroom.runtime.watching.listen import Board, listening, place_of
from postroom.runtime.watching.metrics import exposition
from postroom.runtime.watching.status import AccountStatus, Status
from postroom.source.diagnostic import Problem

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(autouse=True)
def ends_soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listen, "_LOOK_UP", 0.01)


@pytest.fixture
def board() -> Board:
    return Board(lambda: NOW)


@pytest.fixture
def port(board: Board) -> Iterator[int]:
    with listening(board, ("127.0.0.1", 0)) as port:
        yield port


def ask(port: int, path: str, method: str = "GET") -> tuple[int, str, str]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request(method, path)
        answer = connection.getresponse()
        return answer.status, answer.getheader("Content-Type", ""), answer.read().decode()
    finally:
        connection.close()


def test_before_the_first_look_nothing_is_fine(port: int) -> None:
    assert ask(port, "/health") == (503, "application/json", '{"fine": false}\n')
    assert ask(port, "/metrics")[2] == ""


def test_health_says_what_is_wrong(board: Board, port: int) -> None:
    board.post(STATUS)
    code, _, body = ask(port, "/health")
    told = json.loads(body)
    assert (code, told["fine"], told["alarms"][0]["code"]) == (503, False, "PR511")


def test_health_is_200_while_all_is_fine(board: Board, port: int) -> None:
    fine = AccountStatus("imap", "fine", last_look=NOW)
    board.post(Status(RUNNING, 1, NOW, NOW, "f00d", 10**10, {"support": fine}))
    assert ask(port, "/health")[0] == 200


def test_metrics_are_what_prometheus_reads(board: Board, port: int) -> None:
    board.post(STATUS)
    code, kind, body = ask(port, "/metrics")
    assert (code, kind) == (200, "text/plain; version=0.0.4; charset=utf-8")
    assert body == exposition(STATUS, NOW)


@pytest.mark.parametrize("path", ["/", "/metrics/", "/../etc/passwd", "/health?x=1"])
def test_there_is_nothing_else(port: int, path: str) -> None:
    assert ask(port, path)[0] == 404


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS"])
def test_nothing_can_be_done_there(port: int, method: str) -> None:
    assert ask(port, "/metrics", method)[0] == 501


def test_who_dawdles_is_hung_up_on_and_holds_up_nobody(
    board: Board, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listen, "_SECONDS", 0.5)
    with listening(board, ("127.0.0.1", 0)) as port:
        slow = [socket.create_connection(("127.0.0.1", port), 5) for _ in range(30)]
        for each in slow[:8]:
            each.sendall(b"GET /health HT")
        began = time.monotonic()
        for each in slow:
            assert each.recv(1000) == b""
            each.close()
        assert time.monotonic() - began < 5
        assert ask(port, "/health")[0] == 503


def test_a_header_without_end_is_refused(port: int) -> None:
    with socket.create_connection(("127.0.0.1", port), 5) as line:
        line.sendall(b"GET /health HTTP/1.1\r\n" + b"X: y\r\n" * 200)
        assert b" 431 " in line.recv(1000)


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("9464", ("127.0.0.1", 9464)),
        (":9464", ("127.0.0.1", 9464)),
        ("0.0.0.0:80", ("0.0.0.0", 80)),
        ("[::1]:9464", ("::1", 9464)),
        ("localhost:0", ("localhost", 0)),
    ],
)
def test_a_place_is_a_host_and_a_port(text: str, place: tuple[str, int]) -> None:
    assert place_of(text) == place


@pytest.mark.parametrize(
    "text", ["", "localhost", "localhost:", "localhost:http", "h:65536", "h:-1"]
)
def test_what_is_no_place_is_refused(text: str) -> None:
    with pytest.raises(Problem, match="PR488"):
        place_of(text)


def test_a_port_that_is_taken_is_told(board: Board, port: int) -> None:
    with pytest.raises(Problem, match="PR488"), listening(board, ("127.0.0.1", port)):
        pass
