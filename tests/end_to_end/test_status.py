"""What operators see of an engine, through the commands and over HTTP."""

from __future__ import annotations

import json
import signal
import socket
import time
import urllib.request
from typing import TYPE_CHECKING
from urllib.error import HTTPError, URLError

import pytest
from tests.end_to_end.desk import mail, put

if TYPE_CHECKING:
    from tests.end_to_end.desk import Desk


def get(port: int, path: str) -> tuple[int, str]:
    """Ask until the engine answers."""
    end = time.monotonic() + 30
    while True:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=5) as answer:
                return answer.status, answer.read().decode()
        except HTTPError as error:
            return error.code, error.read().decode()
        except URLError:
            assert time.monotonic() < end
            time.sleep(0.1)


@pytest.fixture
def port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


def test_an_engine_tells_how_it_is_while_it_runs_and_afterwards(desk: Desk, port: int) -> None:
    desk.write(support="{use: eml, path: inbox}", sales="{use: eml, path: nowhere}")
    (desk.folder / "inbox").mkdir()
    put(desk.folder / "inbox/1.eml", mail(1))
    engine = desk.start("--listen", f"127.0.0.1:{port}")
    end = time.monotonic() + 60
    code, told = 0, dict[str, object]()
    while not told.get("alarms"):
        assert time.monotonic() < end
        code, body = get(port, "/health")
        told = json.loads(body)
        time.sleep(0.2)
    assert code == 503
    _, metrics = get(port, "/metrics")
    assert 'postroom_messages_total{account="support",outcome="created"} 1' in metrics
    assert 'postroom_alarm{account="sales",code="PR513"} 1' in metrics
    assert "weaver" not in metrics

    running = desk.run("status", "--rules", str(desk.folder))
    assert running.returncode == 1
    assert "support: fine, looked into" in running.stdout
    assert "sales: failing" in running.stdout
    assert "alarm PR513" in running.stdout

    engine.send_signal(signal.SIGTERM)
    assert engine.wait(30) == 0
    _, said = engine.communicate()
    assert said.count("error[PR513]: account `sales`") == 1
    stopped = desk.run("status", "--rules", str(desk.folder), "--json")
    assert (stopped.returncode, json.loads(stopped.stdout)["running"]) == (1, False)
    assert desk.one("SELECT count(*) FROM entries WHERE kind = 'alarm_raised'") == 1


def test_all_is_fine_while_an_engine_runs_and_nothing_fails(desk: Desk, port: int) -> None:
    desk.write(support="{use: eml, path: inbox}")
    (desk.folder / "inbox").mkdir()
    engine = desk.start("--listen", str(port))
    end = time.monotonic() + 60
    while get(port, "/health")[0] != 200:
        assert time.monotonic() < end
        time.sleep(0.2)
    assert desk.run("status", "--rules", str(desk.folder)).returncode == 0
    engine.kill()
    engine.communicate()


def test_without_any_engine_there_is_nothing_to_tell(desk: Desk) -> None:
    desk.write(support="{use: eml, path: inbox}")
    done = desk.run("status", "--rules", str(desk.folder))
    assert (done.returncode, "PR487" in done.stderr) == (1, True)


def test_accounts_are_looked_into_one_by_one(desk: Desk) -> None:
    desk.write(support="{use: eml, path: inbox}", sales="{use: eml, path: nowhere}")
    (desk.folder / "inbox").mkdir()
    put(desk.folder / "inbox/1.eml", mail(1))
    where = ("--rules", str(desk.folder))
    plain = desk.run("accounts", *where)
    assert (plain.returncode, plain.stderr) == (0, "")
    assert "support: support@kestrel.example -> ticket; eml" in plain.stdout
    checked = desk.run("accounts", "--check", "--json", *where)
    assert checked.returncode == 1
    told = map(json.loads, checked.stdout.splitlines())
    found = {each["account"]: each["check"] for each in told}
    assert (found["support"]["ok"], found["support"]["waiting"]) == (True, 1)
    assert (found["sales"]["ok"], found["sales"]["code"]) == (False, "PR513")
    assert desk.run("accounts", "support", "--check", *where).returncode == 0
    unknown = desk.run("accounts", "nobody", *where)
    assert (unknown.returncode, "PR442" in unknown.stderr) == (1, True)
