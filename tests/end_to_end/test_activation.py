"""Other rules are taken up while an engine runs; bad ones never unseat good ones."""

from __future__ import annotations

import json
import signal
from contextlib import closing, contextmanager
from queue import Queue
from threading import Event as Stop
from threading import Thread
from typing import TYPE_CHECKING, Any

import pytest
from tests.end_to_end.desk import mail, put

from postroom.cli.main import main
from postroom.runtime.clock import SYSTEM
from postroom.runtime.events import Committed
from postroom.runtime.requests.acts import carry_out
from postroom.runtime.requests.files import request
from postroom.runtime.rulesets.activation import lay_down
from postroom.runtime.rulesets.loading import load_rules
from postroom.runtime.settings import folders
from postroom.runtime.start import assemble
from postroom.runtime.stores import archive
from postroom.runtime.supervise import run_once, run_until
from postroom.source.diagnostic import Problem

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Iterator
    from pathlib import Path

    from tests.end_to_end.desk import Desk

    from postroom.runtime.events import Event

RECEIVE = "{use: eml, path: inbox, poll_every: 1s}"
SET = 'title: "${subject}"'
MARKED = 'title: "${subject}, by new rules"'
WRONG = 'title: "${subjekt}"'
TESTS = """\
version: 1
tests:
  - name: a request becomes a ticket
    account: support
    mail: {from: ann@weaver.example, subject: Hello}
    expect: {decision: created, fired: [anybody], record: {title: "%s"}}
"""


@pytest.fixture
def inbox(desk: Desk) -> Path:
    desk.write(support=RECEIVE)
    folder = desk.folder / "inbox"
    folder.mkdir()
    return folder


class Running:
    """An engine in a process of its own, and what it says."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self.told: list[dict[str, Any]] = []

    def until(self, event: str, **wanted: object) -> dict[str, Any]:
        """Read on until it tells of an event."""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            told: dict[str, Any] = json.loads(line)
            self.told.append(told)
            if told["event"] == event and wanted.items() <= told.items():
                return told
        raise AssertionError(f"it ended before {event}: {self.told}, {self.process.stderr}")


@contextmanager
def running(desk: Desk) -> Iterator[Running]:
    with desk.start("--json") as process:
        engine = Running(process)
        engine.until("started")
        yield engine
        process.send_signal(signal.SIGTERM)
        engine.until("stopped")
    assert process.returncode == 0


def deliver(inbox: Path, number: int) -> None:
    put(inbox / f"{number:05d}.eml", mail(number))


def copy_of(desk: Desk, tmp_path: Path, *edits: tuple[str, str]) -> Path:
    """Return a folder with the rules, changed."""
    folder = tmp_path / "changed"
    folder.mkdir(exist_ok=True)
    edit(desk.folder / "rules.yaml", folder / "rules.yaml", *edits)
    return folder


def edit(source: Path, target: Path, *edits: tuple[str, str]) -> None:
    text = source.read_text("utf-8")
    for old, new in edits:
        assert old in text
        text = text.replace(old, new)
    target.write_text(text, "utf-8")


def activate(desk: Desk, folder: Path, *words: str) -> int:
    places = [word for name in ("data", "keys") for word in (f"--{name}", str(place(desk, name)))]
    return main(["activate", str(folder), "--by", "ann", "--reason", "why not", *places, *words])


def ask(desk: Desk, query: str) -> list[dict[str, Any]]:
    """Return the rows of an answer, without a process for it."""
    rows = archive(place(desk, "data")).query(query)
    return [dict(zip(rows.columns, row, strict=True)) for row in rows.rows]


def titles(desk: Desk) -> list[str]:
    return [row["title"] for row in ask(desk, "SELECT title FROM records.ticket ORDER BY title")]


def work_off(desk: Desk) -> None:
    assert run_once(assemble(folders(desk.folder)))


def place(desk: Desk, name: str) -> Path:
    return desk.folder / f"postroom-{name}"


def rules_of(desk: Desk) -> dict[int, str]:
    rows = ask(desk, "SELECT communication, rules FROM decisions ORDER BY seq")
    return {row["communication"]: row["rules"] for row in rows}


def test_new_rules_decide_the_next_message_and_broken_ones_nothing(
    desk: Desk, inbox: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with running(desk) as engine:
        deliver(inbox, 1)
        engine.until("committed")
        more = ("{type: files}", "{type: files}\n      kind: {type: text}")
        changed = copy_of(desk, tmp_path, (SET, MARKED), more)
        assert activate(desk, changed, "--json") == 0
        told = json.loads(capsys.readouterr().out)
        assert engine.until("activated")["rules"] == told["rules"] != told["previous"]
        deliver(inbox, 2)
        assert engine.until("decided")["outcome"] == "created"

        assert activate(desk, copy_of(desk, tmp_path, (SET, WRONG))) == 1
        assert "did you mean" in capsys.readouterr().err
        assert activate(desk, copy_of(desk, tmp_path, ("max: 250", "max: 5"))) == 1
        assert "PR521" in capsys.readouterr().err
        assert engine.until("not_activated")["found"][0]["code"] == "PR521"
        deliver(inbox, 3)
        engine.until("decided")
    assert titles(desk) == [
        "Request 00001", "Request 00002, by new rules", "Request 00003, by new rules",
    ]  # fmt: skip
    old, new = told["previous"], told["rules"]
    assert rules_of(desk) == {1: old, 2: new, 3: new}
    (change,) = ask(desk, "SELECT * FROM rule_changes WHERE how = 'activate'")
    assert (change["by"], change["reason"], change["previous"]) == ("ann", "why not", old)
    assert json.loads(change["tests"]) == {"passed": 0, "failed": 0}
    (not_taken,) = ask(desk, "SELECT * FROM rules_refused")
    assert (not_taken["by"], "PR521" in not_taken["words"]) == ("ann", True)


def test_at_a_signal_the_folder_is_read_again(desk: Desk, inbox: Path) -> None:
    file = desk.folder / "rules.yaml"
    with running(desk) as engine:
        edit(file, file, (SET, MARKED))
        engine.process.send_signal(signal.SIGHUP)
        engine.until("activated")
        edit(file, file, (MARKED, WRONG))
        engine.process.send_signal(signal.SIGHUP)
        assert engine.until("not_activated")["found"][0]["code"] == "PR201"
        edit(file, file, (WRONG, SET))
        (desk.folder / "a.test.yaml").write_text(TESTS % "Other", "utf-8")
        engine.process.send_signal(signal.SIGHUP)
        assert engine.until("not_activated")["found"][0]["code"] == "PR451"
        deliver(inbox, 1)
        engine.until("decided")
    assert titles(desk) == ["Request 00001, by new rules"]
    rows = ask(desk, "SELECT how, words FROM rules_refused ORDER BY seq")
    assert [row["how"] for row in rows] == ["reload", "reload"]
    (change,) = ask(desk, "SELECT tests FROM rule_changes WHERE how = 'reload'")
    assert change == {"tests": '{"failed":0,"passed":0}'}


def test_accounts_that_are_new_are_read_and_those_gone_are_not(
    desk: Desk, inbox: Path, tmp_path: Path
) -> None:
    work_off(desk)
    told: Queue[Event] = Queue()
    stop, engine = Stop(), assemble(folders(desk.folder), tell=told.put)
    thread = Thread(target=run_until, args=(engine, stop))
    thread.start()
    other = desk.folder / "other"
    other.mkdir()
    renamed = ("  support:\n", "  sales:\n"), ("support@", "sales@"), ("inbox", "other")
    assert activate(desk, copy_of(desk, tmp_path, *renamed)) == 0
    deliver(inbox, 2)
    deliver(other, 3)
    while not isinstance(told.get(timeout=30), Committed):
        pass
    stop.set()
    thread.join(30)
    assert titles(desk) == ["Request 00003"]


def test_without_an_engine_the_command_does_it_itself(
    desk: Desk, inbox: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    deliver(inbox, 1)
    work_off(desk)
    (before,) = {*rules_of(desk).values()}
    assert activate(desk, copy_of(desk, tmp_path, (SET, MARKED)), "--fail-if", "outcome") == 0
    assert "1 values" in capsys.readouterr().out
    (change,) = ask(desk, "SELECT * FROM rule_changes WHERE how = 'activate'")
    assert json.loads(change["replay"]) == {
        "messages": 1, "values": 1, "uncertain": 0, "skipped": 0,
    }  # fmt: skip
    assert change["previous"] == before
    assert not list((place(desk, "data") / "requests").iterdir())
    assert main(["rules", "--rules", str(desk.folder)]) == 0
    listed = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert [line[3] for line in listed] == ["start", "start", "activate"]
    assert main(["rules", listed[-1][2][:9], "--rules", str(desk.folder)]) == 0
    assert MARKED in capsys.readouterr().out
    assert main(["rules", "zzz", "--rules", str(desk.folder)]) == 1


def test_rules_that_do_not_pass_are_refused(
    desk: Desk, inbox: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    deliver(inbox, 1)
    work_off(desk)
    changed = copy_of(desk, tmp_path, (SET, MARKED))
    assert activate(desk, changed, "--fail-if", "values") == 1
    assert "PR453" in capsys.readouterr().err
    unused = "\nlists:\n  nobody: [a]\n"
    (changed / "lists.yaml").write_text(f"version: 1{unused}", "utf-8")
    assert activate(desk, changed, "--strict") == 1
    assert "PR452" in capsys.readouterr().err
    (changed / "a.test.yaml").write_text(TESTS % "Other", "utf-8")
    assert activate(desk, changed) == 1
    assert "PR451" in capsys.readouterr().err
    assert ask(desk, "SELECT * FROM rule_changes WHERE how = 'activate'") == []


def test_rules_that_were_changed_after_they_were_tested_are_refused(
    desk: Desk, tmp_path: Path
) -> None:
    desk.write(support=RECEIVE)
    (desk.folder / "inbox").mkdir()
    work_off(desk)
    rules = load_rules(copy_of(desk, tmp_path, (SET, MARKED)))
    where = folders(desk.folder)
    body: dict[str, Any] = {"previous": "", "tests": {}, "lint": {}, "replay": {}}
    for damage in (b'{"rules.yaml": "version: 1"}', b"{", None):
        lay_down(where.data, rules)
        path = where.data / "requests" / f"{rules.hash}.rules"
        path.write_bytes(damage) if damage else path.unlink()
        asked = request("activate", SYSTEM.now(), by="ann", body=body | {"rules": rules.hash})
        engine = assemble(where)
        with closing(engine), pytest.raises(Problem, match="PR450"):
            carry_out(engine, asked)
        assert engine.rules.hash != rules.hash
    assert len(ask(desk, "SELECT * FROM rules_refused")) == 3
