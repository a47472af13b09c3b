"""Messages that crash, hang or starve the process that reads them; engines that are killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.faults.processes import children, gone, linux
from tests.faults.readers import READ
from tests.unit.runtime.memory import House, envelope, mail

from postroom.runtime.reading.limits import ReadingLimits
from postroom.runtime.reading.reader import Isolated

if TYPE_CHECKING:
    from collections.abc import Iterator

LIMITS = ReadingLimits(processor=1.0, wall=4.0, memory=64 * 1024 * 1024)
COULD_NOT = "it could not be read: "


@pytest.fixture
def bystanders() -> frozenset[int]:
    """Return the processes that are here before a reader is: servers of other tests."""
    return frozenset(children(os.getpid()))


@pytest.fixture
def reader(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Isolated]:
    monkeypatch.setenv("MAIL_PASSWORD", "canary")
    monkeypatch.setenv("PYTHONPATH", str(Path.cwd()))
    monkeypatch.chdir(tmp_path)
    before = children(os.getpid())
    made = Isolated(LIMITS, function=READ)
    yield made
    made.close()
    assert children(os.getpid()) == before


@pytest.fixture
def house(reader: Isolated) -> House:
    house = House()
    house.engine = replace(house.engine, reader=reader)
    return house


def outcomes(house: House, *bad: tuple[int, str], count: int = 40) -> list[tuple[int, str]]:
    """Process mail of which some is bad; return number and reason of all that is quarantined."""
    words = dict(bad)
    mails = [envelope(n, mail(n, words.get(n, "Hello."))) for n in range(count)]
    decisions = house.engine.process(house.account, mails)
    assert len(decisions) == len(house.store.received) == count
    assert [each.raw for each in house.store.communications] == [each.raw for each in mails]
    held = [n for n in range(count) if decisions[n].outcome == "quarantined"]
    others = {d.outcome for n, d in enumerate(decisions) if n not in held}
    assert others <= {"created"}
    return [(n, " ".join(decisions[n].reasons).removeprefix(COULD_NOT)) for n in held]


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        ("crash", "the process that read it was ended by SIGSEGV"),
        ("loop for ever", "reading it takes more than 1 s of processor time"),
        ("sleep for ever", "reading it takes longer than 4 s"),
        ("eat all memory", "reading it takes more than 64 MiB of memory"),
        ("raise an error", "the process that read it failed"),
        ("write a file", "the process that read it failed"),
        ("lie to the engine", "the process that read it failed"),
    ],
)
def test_a_message_that_breaks_its_reader_costs_itself(
    house: House, words: str, reason: str, tmp_path: Path
) -> None:
    assert outcomes(house, (7, words)) == [(7, reason)]
    assert [path.name for path in tmp_path.iterdir() if path.stat().st_size] == []
    assert not (tmp_path / "canary-was-called").exists()


def test_a_message_alone_that_breaks_its_reader_costs_itself(house: House) -> None:
    assert outcomes(house, (0, "crash"), count=1) == [
        (0, "the process that read it was ended by SIGSEGV")
    ]


def test_several_of_them_cost_themselves(house: House) -> None:
    bad = [(0, "crash"), (1, "eat all memory"), (31, "crash"), (32, "loop for ever"), (69, "crash")]
    assert [number for number, _ in outcomes(house, *bad, count=70)] == [0, 1, 31, 32, 69]


def test_the_words_of_an_error_go_nowhere(house: House, capfd: pytest.CaptureFixture[str]) -> None:
    ((_, reason),) = outcomes(house, (3, "raise an error"))
    assert "canary" not in reason + "".join(capfd.readouterr())


def test_the_process_that_reads_knows_no_secret_of_the_environment(house: House) -> None:
    assert outcomes(house, (1, "look for secrets")) == []


@linux
def test_a_process_killed_while_idle_costs_nothing(
    bystanders: frozenset[int], reader: Isolated
) -> None:
    mails = [(mail(1), None)]
    reader.read(mails)
    for pid in set(children(os.getpid())) - bystanders:
        os.kill(pid, signal.SIGKILL)
    (message,) = reader.read(mails)
    assert message.subject == "Request 1"
    assert message.refused is None


@linux
def test_a_stopped_process_is_given_up(reader: Isolated, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("postroom.runtime.reading.process._GRACE", 0.2)
    stopped, fine = reader.read([(mail(1, "stop yourself"), None), (mail(2), None)])
    assert stopped.refused == "reading it takes longer than 4 s"
    assert fine.subject == "Request 2"


def test_a_reader_that_is_closed_before_it_came_up_leaves_nothing() -> None:
    before = children(os.getpid())
    Isolated().close()
    assert children(os.getpid()) == before


ENGINE = """
import os, sys, threading
from postroom.runtime.reading.reader import Isolated
from tests.unit.runtime.memory import mail
if __name__ == "__main__":
    reader = Isolated(function="tests.faults.readers:read")
    reader.read([(mail(1), None)])
    if sys.argv[1]:
        threading.Thread(target=reader.read, args=([(mail(1, sys.argv[1]), None)],)).start()
    print("up", flush=True)
    threading.Event().wait()
"""


@linux
@pytest.mark.parametrize("words", ["", "loop for ever", "sleep for ever"])
def test_an_engine_that_is_killed_leaves_no_process_behind(words: str) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", ENGINE, words],
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(Path.cwd())},
    ) as engine:
        assert engine.stdout is not None
        assert engine.stdout.readline() == b"up\n"
        time.sleep(0.2)
        pids = children(engine.pid)
        engine.kill()
    assert pids
    assert gone(pids, within=5)
